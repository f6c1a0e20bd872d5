// 32 flows, each waiting for its append of 1, 2 or 3 events in turn (2 on average, about 300 bytes each) before the next:
// calls of six events in 4 spaces. Against them the same rows, already serialised, in a bare loop of 500-row INSERTs.
import { anEvent, callId } from '../server/journal/testing/events.ts';
import { follow } from '../server/journal/follow.ts';
import type { Append, Journal } from '../server/journal/journal.ts';
import { openPgJournal } from '../server/journal/pg-journal.ts';
import { asId, type SpaceId } from '../server/domain/ids.ts';
import { realClock } from '../server/platform/clock.ts';
import type { Database } from '../server/platform/db.ts';
import { silentLog } from '../server/platform/log.ts';
import type { Program } from './program.ts';
import { alternate, quantile } from './rounds.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';

const FLOWS = 32;
const SPACES = 4;
const EVENTS_A_CALL = 6;
const ROWS_A_STATEMENT = 500;
const COLUMNS = ['space_id', 'seq', 'stream', 'version', 'append_id', 'event'];

export const program: Program = {
  about: `Events/s appended durably by ${FLOWS} concurrent flows, against the same rows by 500-row INSERTs on one connection.`,
  async run({ options, say }) {
    const calls = Number(options.get('calls') ?? 5_000);
    const rounds = Number(options.get('rounds') ?? 7);
    return await withThrowawayDatabase(async (database) => {
      const journal = openPgJournal({ database, log: silentLog, clock: realClock });
      await database.query('create table bare_events (like journal_events including all)');
      const appends = Array.from({ length: calls }, (_, call) => appendsOfCall(call));
      const rows = rowsOf(appends.flat());
      const appended = await alternate(
        rounds,
        async () => {
          const perSecond = await measured(database, rows.length, () => appendAll(journal, appends));
          say(`journal ${perSecond} events/s`);
          return perSecond;
        },
        async () => {
          const perSecond = await measured(database, rows.length, () => insertAll(database, rows));
          say(`bare    ${perSecond} rows/s`);
          return perSecond;
        },
      );
      await measured(database, rows.length, () => appendAll(journal, appends));
      const followed = await followAll(database, journal, rows.length);
      const latencies = await latenciesOf(database, journal);
      await journal.close();
      return [
        {
          what: 'append',
          ours: `${appended.ours} events/s`,
          against: `${appended.theirs} rows/s`,
          ratio: appended.ratio,
          target: '≥ 0.35',
          met: appended.ratio >= 0.35,
        },
        reported('follow (pages of 500, apply does nothing)', `${followed} events/s`),
        reported('one append, idle', `p50 ${latencies.append.p50} ms, p99 ${latencies.append.p99} ms`),
        reported(
          'append asked → follower committed, idle',
          `p50 ${latencies.follow.p50} ms, p99 ${latencies.follow.p99} ms`,
        ),
      ];
    });
  },
};

const reported = (what: string, ours: string) => ({ what, ours, against: null, ratio: null, target: null, met: null });

function appendsOfCall(call: number): Append[] {
  const space = asId<SpaceId>(1 + (call % SPACES));
  const stream = `call:${callId(call)}`;
  let version = 0;
  return [1, 2, 3].map((size) => {
    const events = Array.from({ length: size }, (_, at) => anEvent(call * EVENTS_A_CALL + version + at));
    const append = { space, streams: [{ stream, expected: version, events }] };
    version += size;
    return append;
  });
}

/** Flow n takes the next call nobody has taken, and appends its events one append after the other. */
async function appendAll(journal: Journal, calls: readonly Append[][]): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: FLOWS }, async () => {
      for (let call = calls[next++]; call; call = calls[next++])
        for (const append of call) await journal.append(append);
    }),
  );
}

type Row = [space: number, seq: number, stream: string, version: number, append: number, event: string];

function rowsOf(appends: readonly Append[]): Row[] {
  const seqs = new Map<SpaceId, number>();
  return appends.flatMap(({ space, streams }, append) =>
    streams.flatMap(({ stream, expected, events }) =>
      events.map((event, at): Row => {
        const seq = (seqs.get(space) ?? 0) + 1;
        seqs.set(space, seq);
        return [space, seq, stream, expected + 1 + at, append, JSON.stringify(event)];
      }),
    ),
  );
}

async function insertAll(database: Database, rows: readonly Row[]): Promise<void> {
  const session = await database.session();
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const some = rows.slice(at, at + ROWS_A_STATEMENT);
    await session.query({ name: `bare ${some.length}`, text: insertText(some.length), values: some.flat() });
  }
  await session.end();
}

const insertTexts = new Map<number, string>();

function insertText(rows: number): string {
  const known = insertTexts.get(rows);
  if (known !== undefined) return known;
  let parameter = 0;
  const row = () => `(${COLUMNS.map(() => `$${++parameter}`).join(',')})`;
  const text = `insert into bare_events (${COLUMNS.join(',')}) values ${Array.from({ length: rows }, row).join(',')}`;
  insertTexts.set(rows, text);
  return text;
}

/** Per second, into empty tables. */
async function measured(database: Database, events: number, write: () => Promise<void>): Promise<number> {
  await database.query('truncate journal_events, journal_heads, journal_cursors, bare_events');
  await database.query('checkpoint');
  const before = performance.now();
  await write();
  return Math.round((events / (performance.now() - before)) * 1000);
}

async function followAll(database: Database, journal: Journal, events: number): Promise<number> {
  const before = performance.now();
  const following = follow({
    database,
    journal,
    log: silentLog,
    clock: realClock,
    follower: { name: 'bench', apply: () => Promise.resolve() },
  });
  await following.caughtUp();
  const ms = performance.now() - before;
  await following.stop();
  return Math.round((events / ms) * 1000);
}

async function latenciesOf(database: Database, journal: Journal) {
  let told: (() => void) | undefined;
  const following = follow({
    database,
    journal,
    log: silentLog,
    clock: realClock,
    follower: { name: 'bench latency', apply: () => Promise.resolve(), committed: () => told?.() },
  });
  await following.caughtUp();
  const append: number[] = [];
  const committed: number[] = [];
  for (let call = 0; call < 500; call++) {
    const event = anEvent(call);
    const heard = new Promise<void>((resolve) => (told = resolve));
    const before = performance.now();
    await journal.append({
      space: asId<SpaceId>(1),
      streams: [{ stream: `call:latency ${call}`, expected: 0, events: [event] }],
    });
    append.push(performance.now() - before);
    await heard;
    committed.push(performance.now() - before);
  }
  await following.stop();
  return { append: percentiles(append), follow: percentiles(committed) };
}

const percentiles = (ms: readonly number[]) => ({
  p50: quantile(ms, 0.5).toFixed(1),
  p99: quantile(ms, 0.99).toFixed(1),
});
