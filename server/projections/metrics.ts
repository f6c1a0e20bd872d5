// Prometheus figures: gauges ask when they are scraped, counters follow the journal's events.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Event } from '../domain/events.ts';
import { isAppError } from '../errors.ts';
import type { Follower, JournalLag } from '../journal/journal.ts';

/** Asked at each scrape. */
export interface MetricSources {
  liveCalls(): number;
  /** Agents by state: available, paused, logged_out. */
  agents(): Map<string, number>;
  streamClients(): number;
  /** How far each follower is behind. */
  journalLag(): Promise<JournalLag[]>;
}

export interface Metrics {
  /** For figures that others show. */
  readonly registry: Registry;
  readonly contentType: string;
  exposition(): Promise<string>;
  /** For each event that was committed. */
  count(event: Event): void;
  /** From a party's answer to our first command for its leg. */
  answerTook(ms: number): void;
}

export function openMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry }); // With the delay of the event loop.

  new Gauge({
    name: 'parley_calls',
    help: 'Calls that live now',
    registers,
    collect() {
      this.set(sources.liveCalls());
    },
  });
  new Gauge({
    name: 'parley_agents',
    help: 'Agents by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of sources.agents()) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'parley_stream_clients',
    help: 'Clients of the supervision stream',
    registers,
    collect() {
      this.set(sources.streamClients());
    },
  });
  const lagAge = new Gauge({
    name: 'parley_journal_lag_seconds',
    help: 'Age of the oldest event that a follower has not seen',
    labelNames: ['follower'],
    registers,
  });
  const lagEvents = new Gauge({
    name: 'parley_journal_lag_events',
    help: 'Events that a follower has not seen',
    labelNames: ['follower'],
    registers,
  });
  const ended = new Counter({
    name: 'parley_calls_ended_total',
    help: 'Calls that ended, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const waited = new Histogram({
    name: 'parley_queue_wait_seconds',
    help: 'How long callers waited in a queue, by how it ended',
    labelNames: ['end'],
    buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800],
    registers,
  });
  const messages = new Counter({
    name: 'parley_messages_total',
    help: 'What became of attempts to reach contacts by messages',
    labelNames: ['status'],
    registers,
  });
  const answerTook = new Histogram({
    name: 'parley_answer_to_command_seconds',
    help: 'From a party’s answer, as the voice engine dates it, to the first command for its leg',
    registers,
    buckets: [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1],
  });

  return {
    registry,
    contentType: registry.contentType,
    async exposition() {
      lagEvents.reset();
      lagAge.reset();
      for (const { name, events, oldestMs } of await lagsOrUnknown(sources)) {
        lagEvents.set({ follower: name }, events);
        lagAge.set({ follower: name }, oldestMs / 1_000);
      }
      return await registry.metrics();
    },
    answerTook: (ms) => answerTook.observe(ms / 1_000),
    count(event) {
      switch (event.type) {
        case 'call.ended':
          return ended.inc({ outcome: event.outcome });
        case 'call.connected':
          return waited.observe({ end: 'connected' }, event.waitedMs / 1_000);
        case 'call.abandoned':
          return waited.observe({ end: 'abandoned' }, event.waitedMs / 1_000);
        case 'call.overflowed':
          return waited.observe({ end: 'overflowed' }, event.waitedMs / 1_000);
        case 'attempt.sent':
          return messages.inc({ status: 'sent' });
        case 'attempt.received':
          return messages.inc({ status: 'received' });
        case 'attempt.answered':
          return messages.inc({ status: 'answered' });
        case 'attempt.failed':
          return messages.inc({ status: 'failed' });
        case 'attempt.aborted':
          return messages.inc({ status: 'aborted' });
        case 'attempt.outcome_unknown':
          return messages.inc({ status: 'unknown' });
        default:
      }
    },
  };
}

/** While the database is away nobody knows; the other figures are wanted all the more. */
async function lagsOrUnknown(sources: MetricSources): Promise<JournalLag[]> {
  try {
    return await sources.journalLag();
  } catch (error) {
    if (isAppError(error, 'database.unavailable')) return [];
    throw error;
  }
}

/** Counts each event once in the installation, by whichever process moves the cursor. */
export function metricsFollower(metrics: Metrics): Follower {
  return {
    name: 'metrics',
    apply: async () => {},
    committed: (events) => events.forEach(({ event }) => metrics.count(event)),
  };
}
