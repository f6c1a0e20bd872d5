import { expect, test } from 'vitest';
import type { RetryConfig } from '../../contract/rest/endpoints.ts';
import { instant } from '../domain/ids.ts';
import { nextTryAt, retryAfterMs } from './backoff.ts';

const started = instant(Date.UTC(2026, 0, 5));

/** Seconds from the first try to each later one, if every try fails at once. */
function triesOf(config: RetryConfig | null, { enabled = true, chance = 0.5 } = {}): number[] {
  const at: number[] = [];
  let triedAt = started;
  for (let tries = 1; ; tries++) {
    const next = nextTryAt({ tries, triedAt, now: triedAt, retryAfterMs: null, rules: { enabled, config }, chance });
    if (next === null) return at;
    at.push((next - started) / 1_000);
    triedAt = next;
  }
}

const config = (differing: Partial<RetryConfig>): RetryConfig => ({
  retry_value: 10,
  max_retries: 2,
  backoff_type: 'multiplier',
  backoff_value: 2,
  ...differing,
});

test('the documented example tries at 0, 10 and 30 s, whatever chance says', () => {
  for (const chance of [0, 0.5, 0.999]) expect(triesOf(config({}), { chance })).toEqual([10, 30]);
});

test('a constant back-off waits the same each time', () => {
  expect(triesOf(config({ backoff_type: 'constant', max_retries: 3 }))).toEqual([10, 20, 30]);
});

test('without retries there is one try', () => {
  expect(triesOf(config({ max_retries: 0 }))).toEqual([]);
  expect(triesOf(null, { enabled: false })).toEqual([]);
});

test('the default schedule lasts about 70 hours', () => {
  const at = triesOf(null);
  expect(at.slice(0, 5)).toEqual([5, 35, 155, 755, 4_355]);
  expect(at.length).toBe(10);
  expect(at.at(-1)! / 3_600).toBeCloseTo(70.2, 1);
});

test('its waits differ by at most a tenth', () => {
  expect(triesOf(null, { chance: 0 })[0]).toBeCloseTo(4.5);
  expect(triesOf(null, { chance: 0.999_999 })[0]).toBeCloseTo(5.5);
});

test('what a receiver asks for is waited for, up to a day; never less than the schedule says', () => {
  const now = instant(started + 1_000);
  const rules = { enabled: true, config: config({}) };
  const after = (asked: number) =>
    nextTryAt({ tries: 1, triedAt: started, now, retryAfterMs: asked, rules, chance: 0.5 })! - now;
  expect(after(60_000)).toBe(60_000);
  expect(after(1_000)).toBe(9_000);
  expect(after(100 * 3_600_000)).toBe(24 * 3_600_000);
});

test.each([
  ['120', 120_000],
  ['99999999999', 99_999_999_999_000],
  [['7', '9'], 7_000],
  ['Mon, 05 Jan 2026 00:01:00 GMT', 60_000],
  ['Sun, 04 Jan 2026 00:00:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After %j means %s ms', (header, ms) => {
  expect(retryAfterMs(header, started)).toBe(ms);
});
