import { expect, test, vi } from 'vitest';
import { VirtualClock } from './clock.ts';
import { silentLog } from './log.ts';
import { StopList } from './shutdown.ts';
import { recordingLog } from './testing/recording-log.ts';

test('what started last stops first, one after the other', async () => {
  const list = new StopList({ log: silentLog });
  const told: string[] = [];
  list.add('database', () => told.push('database'), 1_000);
  list.add(
    'http',
    async () => {
      told.push('http stops');
      await Promise.resolve();
      told.push('http stopped');
    },
    1_000,
  );
  expect(await list.stop()).toBe(true);
  expect(told).toEqual(['http stops', 'http stopped', 'database']);
});

test('asked twice, it stops once', async () => {
  const list = new StopList({ log: silentLog });
  const stop = vi.fn<() => void>();
  list.add('http', stop, 1_000);
  await Promise.all([list.stop(), list.stop()]);
  expect(stop).toHaveBeenCalledTimes(1);
});

test('a stop waits for what is just starting, and stops it; nothing goes on', async () => {
  const list = new StopList({ log: silentLog });
  const told: string[] = [];
  const up = Promise.withResolvers<void>();
  const start = async (): Promise<void> => {
    await up.promise;
    list.add('postgres', () => told.push('postgres stopped'));
  };
  const goesOn = list.whileStarting('postgres', start, 1_000).then(() => told.push('goes on'));
  const stopped = list.stop();
  up.resolve();
  expect(await stopped).toBe(true);
  await expect(goesOn).rejects.toMatchObject({ code: 'server.draining' });
  expect(told).toEqual(['postgres stopped']);
  const tooLate = vi.fn<() => Promise<void>>();
  await expect(list.whileStarting('asterisk', tooLate, 1_000)).rejects.toMatchObject({ code: 'server.draining' });
  expect(tooLate).not.toHaveBeenCalled();
});

test('what does not come up keeps the rest from stopping for its limit only', async () => {
  const clock = new VirtualClock();
  const list = new StopList({ log: silentLog, clock });
  const home = vi.fn<() => void>();
  list.add('home', home);
  void list.whileStarting('asterisk', () => new Promise(() => undefined), 4_000);
  const stopped = list.stop();
  await clock.advance(3_999);
  expect(home).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(await stopped).toBe(false);
  expect(home).toHaveBeenCalledTimes(1);
});

test('a part that hangs or fails does not keep the others from stopping, and is told', async () => {
  const clock = new VirtualClock();
  const { log, lines } = recordingLog();
  const list = new StopList({ log, clock });
  const last = vi.fn<() => void>();
  list.add('database', last, 1_000);
  list.add('asterisk', () => Promise.reject(new Error('no')), 1_000);
  list.add('calls', () => new Promise(() => undefined), 5_000);
  const stopped = list.stop();
  await clock.advance(4_999);
  expect(lines).toEqual([]);
  await clock.advance(1);
  expect(await stopped).toBe(false);
  expect(last).toHaveBeenCalledTimes(1);
  expect(lines).toMatchObject([
    { level: 'error', part: 'calls', msg: 'part does not stop in time' },
    { level: 'error', part: 'asterisk', msg: 'part failed to stop' },
  ]);
});
