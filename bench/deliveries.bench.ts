// Receivers in a process of their own. Parley's side is whole: rows in PostgreSQL, ordered within their calls, signed,
// every try logged. The others only send: undici's own pool from memory, pg-boss its jobs from PostgreSQL.
import { drained, drainedByPgBoss, endToEnd, rawPosts } from './deliveries/throughput.ts';
import { latencies, othersThanTheDead } from './deliveries/latency.ts';
import { memoryWithBacklog } from './deliveries/memory.ts';
import type { Program } from './program.ts';
import type { Result } from './results.ts';
import { alternate } from './rounds.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';
import { startReceiver } from '../server/delivery/testing/receiver.ts';

export const program: Program = {
  about:
    'Pushes/s of 1 KB over 50 connections, durable, ordered, signed, tries logged, against raw undici Pool.request and pg-boss; latency; a dead endpoint; memory with a backlog. --only=drain|boss|whole|latency|dead|memory',
  async run({ options, say }) {
    const rounds = Number(options.get('rounds') ?? 5);
    const count = Number(options.get('count') ?? 20_000);
    const only = options.get('only');
    const wanted = (name: string) => only === undefined || only === name;
    const results: Result[] = [];
    await withThrowawayDatabase(async (database) => {
      const receiver = await startReceiver();
      await receiver.remember(false);
      const parts = { database, receiver, count, say };
      try {
        if (wanted('drain')) {
          results.push(
            compared(
              'drain a filled outbox',
              await alternate(
                rounds,
                () => drained(parts),
                () => rawPosts(parts),
              ),
              'undici',
              0.2,
            ),
          );
        }
        if (wanted('boss')) {
          results.push(
            compared(
              'drain a filled outbox',
              await alternate(
                3,
                () => drained(parts),
                () => drainedByPgBoss(parts),
              ),
              'pg-boss',
              2,
            ),
          );
        }
        if (wanted('whole')) {
          results.push(
            compared(
              'event → journal → projection → outbox → delivered',
              await alternate(
                rounds,
                () => endToEnd(parts),
                () => rawPosts(parts),
              ),
              'undici',
              0.12,
            ),
          );
        }
        if (wanted('latency')) results.push(await latencies(parts));
        if (wanted('dead')) results.push(await othersThanTheDead(parts));
        if (wanted('memory')) results.push(await memoryWithBacklog(parts, Number(options.get('backlog') ?? 1_000_000)));
      } finally {
        await receiver.stop();
      }
    });
    return results;
  },
};

function compared(
  what: string,
  { ours, theirs, ratio }: { ours: number; theirs: number; ratio: number },
  peer: string,
  least: number,
): Result {
  return {
    what,
    ours: `${Math.round(ours)}/s`,
    against: `${peer} ${Math.round(theirs)}/s`,
    ratio,
    target: `≥ ${least}`,
    met: ratio >= least,
  };
}
