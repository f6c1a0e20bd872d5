import { expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript, run before there are types.
import * as results from './results.mjs';

const { failures, secondTry, sum } = results as {
  failures: (report: Report, root: string) => string[];
  secondTry: (report: Report, root: string) => string[];
  sum: (first: Report, second?: Report) => { passed: number; failed: number };
};

interface Report {
  testResults: ReturnType<typeof file>[];
  unhandled: string[];
}

const file = (name: string, ...tests: ('passed' | 'failed' | 'skipped')[]) => ({
  name: `/parley/${name}`,
  status: tests.length === 0 || tests.includes('failed') ? 'failed' : 'passed',
  message: tests.length === 0 ? 'Cannot find module\n  at x' : '',
  assertionResults: tests.map((status, at) => ({
    status,
    fullName: `test ${at}`,
    failureMessages:
      status === 'failed'
        ? [`Error: expected 1\n to be 2\n    at eq (/parley/e2e/parley.ts:3:4)\n    at /parley/${name}:12:5`]
        : [],
  })),
});

const report = (...testResults: ReturnType<typeof file>[]): Report => ({ testResults, unhandled: [] });

test('files with real peers are tried again, whole, when they are few and nothing else failed', () => {
  const lost = [file('e2e/a.test.ts', 'passed', 'failed'), file('server/b.pg.test.ts', 'failed')];
  expect(secondTry(report(...lost, file('server/c.test.ts', 'passed')), '/parley')).toEqual([
    'e2e/a.test.ts',
    'server/b.pg.test.ts',
  ]);
  expect(secondTry(report(...lost, file('server/c.test.ts', 'failed')), '/parley')).toEqual([]);
  expect(secondTry(report(...lost, ...lost), '/parley')).toEqual([]);
  expect(secondTry(report(file('server/x.e2e.test.ts')), '/parley')).toEqual(['server/x.e2e.test.ts']);
});

test('what failed is said in a line each', () => {
  expect(failures(report(file('e2e/a.test.ts', 'passed', 'failed'), file('e2e/b.test.ts')), '/parley')).toEqual([
    'e2e/a.test.ts > test 1: Error: expected 1 to be 2 (line 12:5)',
    'e2e/b.test.ts: Cannot find module',
  ]);
});

test("a second try's files stand for the first's", () => {
  const first = report(
    file('a.test.ts', 'passed', 'skipped'),
    file('e2e/b.test.ts', 'passed', 'failed', 'failed'),
    file('e2e/c.test.ts'),
  );
  expect(sum(first)).toEqual({ passed: 2, failed: 3 });
  const second = report(file('e2e/b.test.ts', 'passed', 'passed', 'failed'), file('e2e/c.test.ts', 'passed'));
  expect(sum(first, second)).toEqual({ passed: 4, failed: 1 });
});

test('an error outside of the tests counts as a failure, is told, and no second try hides it', () => {
  const lost: Report = { ...report(file('e2e/a.test.ts', 'failed')), unhandled: ['Error: nobody caught it\n  at x'] };
  expect(secondTry(lost, '/parley')).toEqual([]);
  expect(failures(lost, '/parley').at(-1)).toBe('outside of the tests: Error: nobody caught it');
  expect(sum({ ...lost, testResults: [file('a.test.ts', 'passed')] })).toEqual({ passed: 1, failed: 1 });
  expect(
    sum(report(file('a.test.ts', 'failed')), { ...report(file('a.test.ts', 'passed')), unhandled: ['x'] }),
  ).toEqual({
    passed: 1,
    failed: 1,
  });
});
