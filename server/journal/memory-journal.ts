// The journal's promises without PostgreSQL, for tests of flows: commits in the order asked for, on a later microtask.
import { isDeepStrictEqual } from 'node:util';
import type { SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Append, AppendedListener, Journal, Recorded } from './journal.ts';
import { frozen, RecentEvents } from './recent-events.ts';

export class MemoryJournal implements Journal {
  readonly recent = new RecentEvents();
  readonly #maxWaiting: number;
  readonly #spaces = new Map<SpaceId, Recorded[]>();
  readonly #versions = new Map<string, number>();
  readonly #listeners = new Set<AppendedListener>();
  readonly #waiting: { append: Append; resolve(): void; reject(error: unknown): void }[] = [];
  #grown = new Map<SpaceId, number>();
  #available = true;
  #closed = false;

  constructor(options: { maxWaiting?: number } = {}) {
    this.#maxWaiting = options.maxWaiting ?? 50_000;
  }

  get available(): boolean {
    return this.#available;
  }

  /** As if PostgreSQL died: what is appended waits. */
  goAway(): void {
    this.#available = false;
  }

  comeBack(): void {
    this.#available = true;
    for (const { append, resolve, reject } of this.#waiting.splice(0)) this.#commit(append).then(resolve, reject);
  }

  append(append: Append): Promise<void> {
    if (this.#closed) return Promise.reject(new AppError('server.draining', 'The journal is closed.'));
    for (const { events } of append.streams) for (const event of events) frozen(event);
    const copy = JSON.parse(JSON.stringify(append)) as Append;
    // Followers of this process get the very events, those of another what JSON has kept of them.
    if (!isDeepStrictEqual(copy.streams, append.streams)) {
      return Promise.reject(new AppError('internal', 'An event is not what comes back from JSON.'));
    }
    if (this.#available) return this.#commit(copy);
    const waitingEvents = this.#waiting.reduce((sum, { append }) => sum + eventCount(append), 0);
    if (this.#waiting.length > 0 && waitingEvents + eventCount(copy) > this.#maxWaiting) {
      return Promise.reject(new AppError('journal.full', 'Too many events wait for the journal.'));
    }
    return new Promise((resolve, reject) => this.#waiting.push({ append: copy, resolve, reject }));
  }

  /** Everything that is in the log of a space, at once. */
  all(space: SpaceId): readonly Recorded[] {
    return this.#eventsOf(space);
  }

  readStream(space: SpaceId, stream: string): Promise<Recorded[]> {
    return Promise.resolve(this.#eventsOf(space).filter((recorded) => recorded.stream === stream));
  }

  readStreams(space: SpaceId, streams: readonly string[]): Promise<Map<string, Recorded[]>> {
    const asked = this.#eventsOf(space).filter(({ stream }) => streams.includes(stream));
    return Promise.resolve(Map.groupBy(asked, ({ stream }) => stream));
  }

  readSpace(space: SpaceId, afterSeq: number, limit: number): Promise<Recorded[]> {
    return Promise.resolve(this.#eventsOf(space).slice(afterSeq, afterSeq + limit));
  }

  heads(): Promise<Map<SpaceId, number>> {
    return Promise.resolve(new Map([...this.#spaces].map(([space, events]) => [space, events.length])));
  }

  onAppended(listener: AppendedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new AppError('database.unavailable', 'The server stopped before the database answered.'));
    }
    return Promise.resolve();
  }

  async #commit({ space, streams }: Append): Promise<void> {
    const versions = new Map<string, number>();
    for (const { stream, expected, events } of streams) {
      if (events.length === 0) continue;
      const key = `${space}/${stream}`;
      if ((versions.get(key) ?? this.#versions.get(key) ?? 0) !== expected) {
        throw new AppError('journal.conflict', `A stream is not at the expected version (${stream} at ${expected}).`);
      }
      versions.set(key, expected + events.length);
    }
    if (versions.size === 0) return;
    const log = this.#eventsOf(space);
    for (const { stream, expected, events } of streams) {
      let version = expected;
      for (const event of events) log.push({ space, seq: log.length + 1, stream, version: ++version, event });
    }
    for (const [key, version] of versions) this.#versions.set(key, version);
    this.#spaces.set(space, log);
    this.#tell(space, log.length);
  }

  #eventsOf(space: SpaceId): Recorded[] {
    return this.#spaces.get(space) ?? [];
  }

  #tell(space: SpaceId, head: number): void {
    const first = this.#grown.size === 0;
    this.#grown.set(space, head);
    if (!first) return;
    queueMicrotask(() => {
      const heads = this.#grown;
      this.#grown = new Map();
      for (const listener of this.#listeners) listener(heads);
    });
  }
}

const eventCount = ({ streams }: Append): number => streams.reduce((sum, { events }) => sum + events.length, 0);
