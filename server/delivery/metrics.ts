// Prometheus figures of delivery: gauges ask the database when they are scraped, counters follow this process's tries.
// No label names an endpoint: there may be thousands, and GET /deliveries/summary tells of each.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { isAppError } from '../errors.ts';
import type { DeliveryFigures } from './figures.ts';
import type { Outcome } from './outbox-sql.ts';

export interface DeliveryMetricSources {
  figures(): Promise<DeliveryFigures>;
  /** Of the outbox, that this process sends. */
  partitions(): number;
}

export interface DeliveryMetrics {
  /** A try was made, and what became of it is written down. */
  tried(outcome: Pick<Outcome, 'status' | 'ms' | 'fate'>): void;
}

export function deliveryMetrics(registry: Registry, sources: DeliveryMetricSources): DeliveryMetrics {
  const registers = [registry];
  const figures = askedOnce(() => figuresOrUnknown(sources));
  const gauge = (name: string, help: string, valueOf: (figures: DeliveryFigures) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const known = await figures();
        if (known) this.set(valueOf(known));
        else this.remove();
      },
    });
  gauge('parley_deliveries_pending', 'Pushes that wait, of all processes, up to a million', (now) => now.pending);
  gauge('parley_deliveries_dead', 'Pushes that were given up and are still kept, up to a million', (now) => now.dead);
  gauge(
    'parley_deliveries_parked_keys',
    'Calls whose next push has failed and waits for its next try',
    (now) => now.parkedKeys,
  );
  gauge(
    'parley_deliveries_oldest_due_seconds',
    'How long the push that is longest due has waited for its try',
    (now) => now.oldestDueMs / 1_000,
  );
  gauge('parley_outbox_workers', 'Processes that send', (now) => now.workers);
  gauge('parley_outbox_partitions_unowned', 'Partitions of the outbox that no process sends', (now) => now.unowned);
  new Gauge({
    name: 'parley_outbox_partitions',
    help: 'Partitions of the outbox that this process sends',
    registers,
    collect() {
      this.set(sources.partitions());
    },
  });
  new Counter({
    name: 'parley_deliveries_accepted_total',
    help: 'Pushes given to the outbox by all processes, replays included',
    registers,
    async collect() {
      const known = await figures();
      this.reset();
      if (known) this.inc(known.accepted);
      else this.remove();
    },
  });
  const ended = new Counter({
    name: 'parley_deliveries_ended_total',
    help: 'Pushes that this process has delivered or given up',
    labelNames: ['fate'],
    registers,
  });
  const tries = new Counter({
    name: 'parley_delivery_tries_total',
    help: 'Tries of this process, by the class of the answer',
    labelNames: ['answer'],
    registers,
  });
  const took = new Histogram({
    name: 'parley_delivery_try_seconds',
    help: 'From a request to the end of its answer, or to what ended the wait for it',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers,
  });
  return {
    tried({ status, ms, fate }) {
      tries.inc({ answer: status === null ? 'none' : `${Math.floor(status / 100)}xx` });
      took.observe(ms / 1_000);
      if (fate.is !== 'parked') ended.inc({ fate: fate.is });
    },
  };
}

/** All gauges of a scrape ask at the same moment: one question. */
function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null;
  return () => {
    asking ??= ask().finally(() => (asking = null));
    return asking;
  };
}

/** While the database is away nobody knows; the other figures are wanted all the more. */
async function figuresOrUnknown(sources: DeliveryMetricSources): Promise<DeliveryFigures | null> {
  try {
    return await sources.figures();
  } catch (error) {
    if (isAppError(error, 'database.unavailable')) return null;
    throw error;
  }
}
