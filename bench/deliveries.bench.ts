// Receivers in a process of their own. Parley's side is whole: rows in PostgreSQL, ordered within their calls, signed,
// every try logged. The others only send: undici's own pool from memory, pg-boss its jobs from PostgreSQL.
import { latencies, othersThanTheDead } from './deliveries/latency.ts';
import { memoryWithBacklog } from './deliveries/memory.ts';
import { drained, drainedByPgBoss, endToEnd, type Parts, rawPosts } from './deliveries/throughput.ts';
import type { Program } from './program.ts';
import type { Result } from './results.ts';
import { alternate, type Compared } from './rounds.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';
import { startReceiver } from '../server/delivery/testing/receiver.ts';

type Options = ReadonlyMap<string, string>;

const parts: Record<string, (parts: Parts, options: Options) => Promise<Result[]>> = {
  async 'drain'(parts, options) {
    const sides = await alternate(
      rounds(options, 5),
      () => drained(parts),
      () => rawPosts(parts),
    );
    return [compared('drain a filled outbox', sides, 'undici', 0.2)];
  },
  async 'boss'(parts, options) {
    const ordered = await alternate(
      rounds(options, 5),
      () => drained(parts),
      () => drainedByPgBoss(parts, { ordered: true }),
    );
    return [compared('drain a filled outbox', ordered, 'pg-boss, each call in order (key_strict_fifo),', 2)];
  },
  async 'boss-unordered'(parts, options) {
    const unordered = await alternate(
      rounds(options, 5),
      () => drained(parts),
      () => drainedByPgBoss(parts, { ordered: false }),
    );
    return [compared('drain a filled outbox', unordered, 'pg-boss at its fastest, without order,', 2)];
  },
  async 'whole'(parts, options) {
    const sides = await alternate(
      rounds(options, 5),
      () => endToEnd(parts),
      () => rawPosts(parts),
    );
    return [compared('event → journal → projection → outbox → delivered', sides, 'undici', 0.12)];
  },
  'latency': async (parts) => [await latencies(parts)],
  'dead': async (parts) => [await othersThanTheDead(parts)],
  'memory': async (parts, options) => [await memoryWithBacklog(parts, Number(options.get('backlog') ?? 1_000_000))],
};

export const program: Program = {
  about:
    'Pushes of 1 KB over 50 connections, durable, ordered, signed, tries logged: throughput against raw undici Pool.request and pg-boss, latency, one dead endpoint among 100, memory with a backlog.',
  parts: Object.keys(parts),
  async run({ options, part, say }) {
    const count = Number(options.get('count') ?? 20_000);
    return await withThrowawayDatabase(async (database) => {
      const receiver = await startReceiver();
      try {
        await receiver.remember(false);
        return await parts[part]!({ database, receiver, count, say }, options);
      } finally {
        await receiver.stop();
      }
    });
  },
};

const rounds = (options: Options, usual: number): number => Number(options.get('rounds') ?? usual);

function compared(what: string, { ours, theirs, ratio }: Compared, peer: string, least: number): Result {
  return {
    what,
    ours: `${Math.round(ours)}/s`,
    against: `${peer} ${Math.round(theirs)}/s`,
    ratio,
    target: `≥ ${least}`,
    met: ratio >= least,
  };
}
