import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes } from './errors.ts';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$/gm)];

test('docs/errors.md lists every code with its status and title, in the same order, and says what to do', () => {
  const documented = rows.map(([, code, status, title]) => ({ code, status: Number(status), title }));
  expect(documented).toEqual(Object.entries(errorCodes).map(([code, { status, title }]) => ({ code, status, title })));
});
