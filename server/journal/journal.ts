// The log's port. The append is the commit point: nothing is told to anybody before it.
import type { Event } from '../domain/events.ts';
import type { Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** Events of one stream, appended together. `expected`: the stream's version before them (0: new stream). */
export interface StreamAppend {
  stream: string;
  expected: number;
  events: readonly Event[];
}

/** All or nothing, in the given order. One space only. */
export interface Append {
  space: SpaceId;
  streams: readonly StreamAppend[];
  /** Nobody waits for it: it may wait a few milliseconds for others to go along with. Default: false. */
  patient?: boolean;
}

export interface Recorded {
  space: SpaceId;
  /** Gapless from 1 in its space, in commit order. */
  seq: number;
  stream: string;
  /** Gapless from 1 in its stream. */
  version: number;
  event: Event;
}

/** `heads`: the new heads of the spaces that grew; undefined: something may have, look yourself. */
export type AppendedListener = (heads?: ReadonlyMap<SpaceId, number>) => void;

/** The newest events of each space, in memory: all that is in it is committed, but there may be more. */
export interface NewestEvents {
  /** Committed events of one space, in order and without gap, that somebody had to read. */
  add(events: readonly Recorded[]): void;
  /** At most `limit` events after `seq`, frozen; none: the journal has to be read. */
  after(space: SpaceId, seq: number, limit: number): readonly Recorded[];
}

export interface Journal {
  /**
   * Durable when it resolves; appends of one process commit in the order in which they were asked for.
   * Rejects with AppError `journal.conflict` when a stream is not at `expected` (nothing of it is written).
   * While PostgreSQL is away it waits and retries (an append whose outcome was unknown is recognised, never written
   * twice); with more than `maxWaiting` events waiting it rejects at once with `journal.full`.
   */
  append(append: Append): Promise<void>;
  /** False while appends wait for PostgreSQL; requests are then answered by 503. */
  readonly available: boolean;
  readStream(space: SpaceId, stream: string): Promise<Recorded[]>;
  /** Of each stream that there is: its events in order. */
  readStreams(space: SpaceId, streams: readonly string[]): Promise<Map<string, Recorded[]>>;
  /** Events of a space after `seq`, in order, at most `limit`. */
  readSpace(space: SpaceId, afterSeq: number, limit: number): Promise<Recorded[]>;
  /** Highest seq of each space that has any event, with what this process has appended before. */
  heads(): Promise<Map<SpaceId, number>>;
  /** Calls back soon (coalesced) after something was committed, by this or another process; and at least every second. */
  onAppended(listener: AppendedListener): () => void;
  /** What this process appended or followed lately. */
  readonly recent: NewestEvents;
  close(): Promise<void>;
}

/**
 * What a projection does with one page of one space's events, in the transaction that moves its cursor. After a crash of
 * PostgreSQL that transaction may be undone, and the same events come again; work of it that must outlive the crash
 * because it is told outside by its own id asks for that (`mustLast`, platform/db.ts).
 */
export interface Follower {
  /** Cursor name; one process at a time moves it (row lock), several may try. */
  name: string;
  /** Pages without such an event are passed over, and the cursor moves past them within a second or with the next page;
   *  others of a page are given to it all the same. Default: all events. */
  concerns?(event: Event): boolean;
  apply(tx: Transaction, events: readonly Recorded[]): Promise<void>;
  /** After the commit; what is to be told to the outside. Once for each event in a process, in order; only if the
   *  commit's answer was lost and another process went on meanwhile, both may call it. What it throws is logged. */
  committed?(events: readonly Recorded[]): void;
}

export interface JournalLag {
  name: string;
  events: number;
  oldestMs: number;
  asOf: Instant;
}
