// What the appender asks of PostgreSQL: one statement a batch, which is also its transaction.
import type { Event } from '../domain/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Database } from '../platform/db.ts';
import { plainArray, textArray } from '../platform/pg-array.ts';
import type { Append, Recorded } from './journal.ts';
import { frozen } from './recent-events.ts';

interface WaitingEvent {
  event: Event;
  /** As it is written: JSON. */
  text: string;
}

/** An append as it waits. Whoever changes one of its events from now on gets a TypeError. */
export interface PendingAppend {
  /** Random 63-bit integer in decimal; kept over retries. */
  id: string;
  space: SpaceId;
  streams: { stream: string; expected: number; events: WaitingEvent[] }[];
  eventCount: number;
}

export function pendingAppend(id: string, append: Append): PendingAppend {
  const streams = append.streams
    .filter(({ events }) => events.length > 0)
    .map(({ stream, expected, events }) => ({
      stream,
      expected,
      events: events.map((event) => ({ event: frozen(event), text: JSON.stringify(event) })),
    }));
  return { id, space: append.space, streams, eventCount: streams.reduce((sum, { events }) => sum + events.length, 0) };
}

/** Column by column, as unnest() takes them. */
export class Batch {
  readonly appends: PendingAppend[] = [];
  readonly #spaces: SpaceId[] = [];
  readonly #ranks: number[] = [];
  readonly #streams: string[] = [];
  readonly #versions: number[] = [];
  readonly #ids: string[] = [];
  readonly #events: WaitingEvent[] = [];
  readonly #opens: boolean[] = [];
  readonly #countBySpace = new Map<SpaceId, number>();
  readonly #versionByStream = new Map<string, number>();

  get eventCount(): number {
    return this.#events.length;
  }

  /** False, and nothing is added, if the append does not continue what the batch (or it itself) holds of a stream. */
  add(append: PendingAppend): boolean {
    const versions = new Map<string, number>();
    for (const { stream, expected, events } of append.streams) {
      const key = `${append.space}/${stream}`;
      const planned = versions.get(key) ?? this.#versionByStream.get(key);
      if (planned !== undefined && planned !== expected) return false;
      versions.set(key, expected + events.length);
    }
    for (const part of append.streams) this.#addStream(append, part);
    for (const [key, version] of versions) this.#versionByStream.set(key, version);
    this.appends.push(append);
    return true;
  }

  /** Parameters of the statement. */
  values(): unknown[] {
    return [
      plainArray(this.#spaces),
      plainArray(this.#ranks),
      textArray(this.#streams),
      plainArray(this.#versions),
      textArray(this.#ids),
      this.#events.map(({ text }) => text).join('\n'), // no line feed stands in what JSON.stringify() writes
      plainArray(this.#opens),
      plainArray([...this.#countBySpace.keys()]),
      plainArray([...this.#countBySpace.values()]),
    ];
  }

  /** What was committed, by space and in order; `heads`: what the statement answered. */
  written(heads: ReadonlyMap<SpaceId, number>): Recorded[][] {
    const written = new Map<SpaceId, Recorded[]>([...this.#countBySpace.keys()].map((space) => [space, []]));
    for (const [at, { event }] of this.#events.entries()) {
      const space = this.#spaces[at]!;
      const seq = heads.get(space)! - this.#countBySpace.get(space)! + this.#ranks[at]!;
      const recorded = { space, seq, stream: this.#streams[at]!, version: this.#versions[at]!, event };
      written.get(space)!.push(Object.freeze(recorded));
    }
    return [...written.values()];
  }

  #addStream(append: PendingAppend, { stream, expected, events }: PendingAppend['streams'][number]): void {
    let rank = this.#countBySpace.get(append.space) ?? 0;
    let version = expected;
    let opens = !this.#versionByStream.has(`${append.space}/${stream}`);
    for (const event of events) {
      this.#spaces.push(append.space);
      this.#ranks.push(++rank);
      this.#streams.push(stream);
      this.#versions.push(++version);
      this.#ids.push(append.id);
      this.#events.push(event);
      this.#opens.push(opens);
      opens = false;
    }
    this.#countBySpace.set(append.space, rank);
    this.#versionByStream.set(`${append.space}/${stream}`, version);
  }
}

// The statement is in the database, for the sake of its plan: migrations/…-journal-write.sql. Whoever deletes old events
// has to leave the newest of each stream: it says how far the stream has come.
const writeStatement = {
  name: 'journal.write',
  text: 'select space_id, seq from journal_write($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};

/**
 * Commits the batch whole; resolves with the new heads, or with null when a stream has not come as far as expected.
 * Rejects with SQLSTATE 23505 when one has gone further; nothing is written then either.
 */
export async function writeBatch(database: Database, batch: Batch): Promise<Map<SpaceId, number> | null> {
  const { rows } = await database.query<{ space_id: SpaceId; seq: number }>(writeStatement, batch.values());
  return rows.length === 0 ? null : new Map(rows.map((row) => [row.space_id, row.seq]));
}

/** Whether an earlier try of this append was committed after all. */
export async function isWritten(database: Database, append: PendingAppend): Promise<boolean> {
  const first = append.streams[0];
  if (!first) return true;
  const { rows } = await database.query<{ ours: boolean }>(
    'select append_id = $4::bigint as ours from journal_events where space_id = $1 and stream = $2 and version = $3',
    [append.space, first.stream, first.expected + 1, append.id],
  );
  return rows[0]?.ours ?? false;
}
