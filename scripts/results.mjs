// What vitest's JSON report says, and `unhandled`, the errors of no test: what failed and why in a line each, what deserves
// a second try, and the sum of both.
import { relative } from 'node:path';

/** A race is lost by one file or two; more that fail are a fault, and trying them again would only hide when it began. */
const mostTriedAgain = 3;

/** Files with PostgreSQL or whole servers: real peers lose a race now and then. */
const withPeers = /\.pg\.test\.ts$|\.e2e\.test\.ts$|(^|\/)e2e\//;

/**
 * The files to run once more, whole (the tests of a file build on each other): those that failed, if all of them have
 * real peers and they are few; else none. None either if an error belongs to no test: nobody knows what would repeat it.
 */
export function secondTry(report, root) {
  if (report.unhandled.length > 0) return [];
  const files = report.testResults.filter(hasFailed).map(({ name }) => relative(root, name));
  return files.length <= mostTriedAgain && files.every((file) => withPeers.test(file)) ? files : [];
}

/** A sentence for each failure, in the order of the run. */
export function failures(report, root) {
  const outside = report.unhandled.map((message) => `outside of the tests: ${shortened(message)}`);
  const inside = report.testResults.filter(hasFailed).flatMap((file) => {
    const name = relative(root, file.name);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return [`${name}: ${shortened(file.message ?? 'did not load')}`];
    return failed.map((test) => `${name} > ${test.fullName}: ${shortened(test.failureMessages.join('\n'), name)}`);
  });
  return [...inside, ...outside];
}

/** `{passed, failed}` of a run, or of a run and the second try of some of its files. */
export function sum(first, second = { testResults: [], unhandled: [] }) {
  const again = new Set(second.testResults.map(({ name }) => name));
  const files = [...first.testResults.filter(({ name }) => !again.has(name)), ...second.testResults];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status) => tests.filter((test) => test.status === status).length;
  // A file that does not even load, or whose setup fails, counts as one failure.
  const withoutTest = files.filter((file) => hasFailed(file) && !file.assertionResults.some(isFailure)).length;
  const unhandled = first.unhandled.length + second.unhandled.length;
  return { passed: count('passed'), failed: count('failed') + withoutTest + unhandled };
}

const isFailure = ({ status }) => status === 'failed';

const hasFailed = (file) => file.status === 'failed' || file.assertionResults.some(isFailure);

/** The message's beginning, and where in its own file it happened. */
function shortened(message, name) {
  const line = message
    .split('\n')
    .find((text) => name !== undefined && text.includes(`${name}:`) && text.includes('at '));
  const where =
    line === undefined ? '' : ` (line ${line.slice(line.indexOf(`${name}:`) + name.length + 1).replace(/\)$/, '')})`;
  const text = message
    .split(/\n\s+at /)[0]
    .replaceAll(/\s+/g, ' ')
    .trim();
  return `${text.slice(0, 300)}${where}`;
}
