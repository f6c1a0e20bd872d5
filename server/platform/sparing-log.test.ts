import { expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import { sparingLog } from './sparing-log.ts';
import { recordingLog } from './testing/recording-log.ts';

const line = (channel: number, times?: number) => ({
  ...{ level: 'warn', channel, msg: 'a receipt that nobody knows' },
  ...(times === undefined ? {} : { times }),
});

test('the same line is said at once, and then once a minute with its count, until a minute passes without it', async () => {
  const clock = new VirtualClock();
  const { log, lines } = recordingLog();
  const sparing = sparingLog(log, clock);
  const warn = (channel: number) => sparing.warn({ channel }, 'a receipt that nobody knows');
  for (let times = 0; times < 1_000; times++) warn(7);
  warn(8);
  expect(lines).toEqual([line(7), line(8)]);
  await clock.advance(60_000);
  expect(lines.slice(2)).toEqual([line(7, 999)]);
  warn(7);
  await clock.advance(60_000);
  expect(lines.slice(3)).toEqual([line(7, 1)]);
  await clock.advance(60_000);
  warn(7);
  expect(lines.slice(4)).toEqual([line(7)]);
});
