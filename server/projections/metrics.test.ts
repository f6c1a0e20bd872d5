import { expect, test } from 'vitest';
import type { Event } from '../domain/events.ts';
import { asId, asKey, type CallId, instant, type QueueId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { JournalLag } from '../journal/journal.ts';
import { type MetricSources, openMetrics } from './metrics.ts';

const aMetrics = (differing: Partial<MetricSources> = {}) =>
  openMetrics({
    liveCalls: () => 3,
    agents: () => new Map([['available', 2]]),
    streamClients: () => 1,
    journalLag: async () => [],
    ...differing,
  });

test('gauges show the moment of the scrape', async () => {
  let agents = new Map([['paused', 1]]);
  const metrics = aMetrics({ agents: () => agents });
  expect(await metrics.exposition()).toMatch(/^parley_agents\{state="paused"\} 1$/m);
  agents = new Map([['available', 1]]);
  const text = await metrics.exposition();
  expect(text).toMatch(/^parley_agents\{state="available"\} 1$/m);
  expect(text).not.toContain('paused');
  expect(text).toMatch(/^parley_calls 3$/m);
  expect(text).toMatch(/^parley_stream_clients 1$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});

test('how far followers are behind is shown from the first scrape on, and left out while nobody knows', async () => {
  let away = false;
  const lag: JournalLag = { name: 'calls', events: 7, oldestMs: 1_500, asOf: instant(0) };
  const metrics = aMetrics({
    journalLag: async () => {
      if (away) throw new AppError('database.unavailable', 'The database does not answer.');
      return [lag];
    },
  });
  const text = await metrics.exposition();
  expect(text).toMatch(/^parley_journal_lag_events\{follower="calls"\} 7$/m);
  expect(text).toMatch(/^parley_journal_lag_seconds\{follower="calls"\} 1.5$/m);
  away = true;
  const without = await metrics.exposition();
  expect(without).not.toContain('follower="calls"');
  expect(without).toMatch(/^parley_calls 3$/m);
});

test('ended calls and waits in queues are counted by how they ended', async () => {
  const metrics = aMetrics();
  const common = { call: asKey<CallId>('c'), at: instant(0), number: 1 };
  const queue = asId<QueueId>(4);
  const events: Event[] = [
    { ...common, type: 'call.abandoned', queue, waitedMs: 9_000 },
    { ...common, type: 'call.overflowed', queue, waitedMs: 60_000, to: null },
    { ...common, type: 'call.ended', outcome: 'abandoned', talkMs: null, durationMs: 9_000 },
  ];
  for (const event of events) metrics.count(event);
  const text = await metrics.exposition();
  expect(text).toMatch(/^parley_calls_ended_total\{outcome="abandoned"\} 1$/m);
  expect(text).toMatch(/^parley_queue_wait_seconds_sum\{end="abandoned"\} 9$/m);
  expect(text).toMatch(/^parley_queue_wait_seconds_bucket\{le="60",end="overflowed"\} 1$/m);
});
