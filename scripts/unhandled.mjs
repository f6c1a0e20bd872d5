// A reporter of vitest's: the errors that belong to no test, of which its JSON report says nothing. They are written to the
// file that UNHANDLED_ERRORS_FILE names, when there are any.
import { writeFileSync } from 'node:fs';

export default class UnhandledErrors {
  onTestRunEnd(_modules, errors) {
    const messages = errors.map(({ name, message }) => `${name}: ${message}`);
    if (messages.length > 0) writeFileSync(process.env.UNHANDLED_ERRORS_FILE, JSON.stringify(messages));
  }
}
