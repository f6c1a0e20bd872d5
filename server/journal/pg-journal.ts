// The journal in PostgreSQL. Several processes may append and read; each has one appender.
import type { Event } from '../domain/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, openDatabase } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { Appender } from './appender.ts';
import { Bell } from './bell.ts';
import type { Append, AppendedListener, Journal, Recorded } from './journal.ts';
import { RecentEvents } from './recent-events.ts';

export interface PgJournalOptions {
  database: Database;
  log: Log;
  clock: Clock;
  /** Most events waiting for PostgreSQL. */
  maxWaiting?: number;
  /** Most events in one statement. */
  maxBatch?: number;
  /** How long close() waits for PostgreSQL to take what is waiting. */
  closeLimitMs?: number;
}

interface EventRow {
  seq: number;
  stream: string;
  version: number;
  event: Event;
}

const byStream = {
  name: 'journal.read_stream',
  text: 'select seq, stream, version, event from journal_events where space_id = $1 and stream = $2 order by version',
};
// Not a named statement: its plan would be that of the small table on which it was first used.
const byStreams =
  'select seq, stream, version, event from journal_events where space_id = $1 and stream = any($2) order by stream, version';
const bySpace = {
  name: 'journal.read_space',
  text: 'select seq, stream, version, event from journal_events where space_id = $1 and seq > $2 order by seq limit $3',
};
const heads = { name: 'journal.heads', text: 'select space_id, seq from journal_heads' };

/** The schema must be there (store/migrations). */
export function openPgJournal(options: PgJournalOptions): Journal {
  return new PgJournal(options);
}

class PgJournal implements Journal {
  readonly recent = new RecentEvents();
  readonly #database: Database;
  /** A connection of its own: appends never wait behind other people's queries. */
  readonly #appendDatabase: Database;
  readonly #appender: Appender;
  readonly #bell: Bell;
  readonly #closeLimitMs: number;

  constructor({ database, log, clock, maxWaiting = 50_000, maxBatch = 1_500, closeLimitMs = 5_000 }: PgJournalOptions) {
    this.#database = database;
    this.#closeLimitMs = closeLimitMs;
    this.#appendDatabase = openDatabase(database.address, { log, max: 1, statementTimeoutMs: 5_000 });
    // So that the loss is known before the first append has to wait for it.
    this.#bell = new Bell({ database, log, clock, onLost: () => this.#appender.doubt() });
    this.#appender = new Appender({
      database: this.#appendDatabase,
      log,
      clock,
      maxWaiting,
      maxBatch,
      recent: this.recent,
      committed: (grown) => this.#bell.ring(grown),
    });
  }

  get available(): boolean {
    return this.#appender.available;
  }

  append(append: Append): Promise<void> {
    return this.#appender.append(append);
  }

  async readStream(space: SpaceId, stream: string): Promise<Recorded[]> {
    const { rows } = await this.#database.query<EventRow>(byStream, [space, stream]);
    return rows.map((row) => ({ space, ...row }));
  }

  async readStreams(space: SpaceId, streams: readonly string[]): Promise<Map<string, Recorded[]>> {
    if (streams.length === 0) return new Map();
    const { rows } = await this.#database.query<EventRow>(byStreams, [space, streams]);
    return Map.groupBy(
      rows.map((row) => ({ space, ...row })),
      ({ stream }) => stream,
    );
  }

  async readSpace(space: SpaceId, afterSeq: number, limit: number): Promise<Recorded[]> {
    const { rows } = await this.#database.query<EventRow>(bySpace, [space, afterSeq, limit]);
    return rows.map((row) => ({ space, ...row }));
  }

  async heads(): Promise<Map<SpaceId, number>> {
    await this.#appender.settled();
    const { rows } = await this.#database.query<{ space_id: SpaceId; seq: number }>(heads);
    return new Map(rows.map((row) => [row.space_id, row.seq]));
  }

  onAppended(listener: AppendedListener): () => void {
    return this.#bell.on(listener);
  }

  async close(): Promise<void> {
    await this.#appender.close(this.#closeLimitMs);
    await this.#bell.close();
    await this.#appendDatabase.close();
  }
}
