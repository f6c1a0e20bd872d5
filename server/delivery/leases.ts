// Which partitions of the outbox are this process's to send. Leases are rows: they work behind any pooler, and their
// tokens fence off an owner who was only paused.
//
//   free or run out ──claim──► ours (token + 1) ──renewed every third of the lease──► …
//                                │ too many: another process has come ──► its lanes finish ──► released
//                                └ renewal finds another owner ──► lost: drop the lanes at once
import { randomUUID } from 'node:crypto';
import { isAppError } from '../errors.ts';
import type { Database } from '../platform/db.ts';

export const PARTITIONS = 32;
/** A stop does not wait longer for a database that is away. */
const ANSWER_LIMIT_MS = 500;

export const partitionOf = (endpoint: number): number => endpoint % PARTITIONS;

export interface Tick {
  claimed: number[];
  lost: number[];
  /** More than our share: to be released once their lanes are idle. */
  surplus: number[];
}

export class Leases {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #id = randomUUID();
  /** Token of each partition that is ours. */
  readonly #held = new Map<number, number>();
  /** Of the monotonic clock; it goes on while the process is stopped. */
  #validUntil = 0;
  #alone = false;

  constructor({ database, leaseMs }: { database: Database; leaseMs: number }) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  get held(): number[] {
    return [...this.#held.keys()];
  }

  /** Whether no other process has any. */
  get alone(): boolean {
    return this.#alone;
  }

  /** undefined: not ours. */
  tokenOf(partition: number): number | undefined {
    return this.#held.get(partition);
  }

  /** Whether what is ours is certainly nobody else's yet: asked before each request leaves. */
  get valid(): boolean {
    return performance.now() < this.#validUntil;
  }

  /** Renews, and claims what is free up to a fair share. Rejects while the database is away; the leases then run out. */
  async tick(): Promise<Tick> {
    const askedAt = performance.now();
    const { rows } = await this.#database.query<{ partition: number; token: number; workers: number }>(
      {
        name: 'outbox.renew',
        text: `
          with alive as (
            insert into outbox_workers (id, until) values ($1, clock_timestamp() + $2 * interval '1 ms')
                on conflict (id) do update set until = excluded.until
          ), others as (
            select count(*) as count from outbox_workers where until > clock_timestamp() and id <> $1
          ), renewed as (
            update outbox_partitions set until = clock_timestamp() + $2 * interval '1 ms' where owner = $1
            returning partition, token
          )
          select partition, token, others.count + 1 as workers from others left join renewed on true`,
      },
      [this.#id, this.#leaseMs],
    );
    const workers = rows[0]!.workers;
    const ours = new Map(rows.filter((row) => row.partition !== null).map((row) => [row.partition, row.token]));
    const lost = this.held.filter((partition) => ours.get(partition) !== this.#held.get(partition));
    for (const partition of lost) this.#held.delete(partition);
    this.#validUntil = askedAt + this.#leaseMs;
    this.#alone = workers === 1;
    // Ours without our knowing: the answer to a claim or release was lost.
    const found = [...ours].filter(([partition]) => !this.#held.has(partition));
    for (const [partition, token] of found) this.#held.set(partition, token);
    const share = Math.ceil(PARTITIONS / workers);
    const claimed = await this.#claim(share - this.#held.size);
    return { claimed: [...found.map(([partition]) => partition), ...claimed], lost, surplus: this.held.slice(share) };
  }

  /** Lets another process have it. Nothing of it may be under way. */
  async release(partitions: readonly number[]): Promise<void> {
    const ours = partitions.filter((partition) => this.#held.delete(partition));
    if (ours.length === 0) return;
    await this.#database.query(
      `update outbox_partitions set owner = null, until = '-infinity' where owner = $1 and partition = any($2)`,
      [this.#id, ours],
    );
  }

  /** A settlement was refused: they have another owner. */
  drop(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#held.delete(partition);
  }

  /** Gives all back; while the database is away they run out by themselves. */
  async close(): Promise<void> {
    if (!(await this.#database.answers(ANSWER_LIMIT_MS))) return;
    try {
      await this.release(this.held);
      await this.#database.query('delete from outbox_workers where id = $1', [this.#id]);
    } catch (error) {
      if (!isAppError(error, 'database.unavailable')) throw error;
    }
  }

  async #claim(count: number): Promise<number[]> {
    if (count <= 0) return [];
    const { rows } = await this.#database.query<{ partition: number; token: number }>(
      {
        name: 'outbox.claim',
        text: `
          update outbox_partitions set owner = $1, token = token + 1, until = clock_timestamp() + $2 * interval '1 ms'
           where partition in (select partition from outbox_partitions
                                where until < clock_timestamp() and owner is distinct from $1
                                order by partition limit $3 for update skip locked)
          returning partition, token`,
      },
      [this.#id, this.#leaseMs, count],
    );
    for (const { partition, token } of rows) this.#held.set(partition, token);
    return rows.map(({ partition }) => partition);
  }
}
