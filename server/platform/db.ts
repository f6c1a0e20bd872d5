// PostgreSQL for everybody above: a pool whose losses of connection arrive as `database.unavailable` (503), and in
// which nothing waits for ever: not for a connection, not for an answer.
import pg from 'pg';
import { AppError } from '../errors.ts';
import type { Log } from './log.ts';

/** Statements that commit or roll back together; a pool by itself commits each. */
export interface Transaction {
  query<Row extends object = Record<string, unknown>>(
    sql: string | { name: string; text: string },
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** Where PostgreSQL is. `host` may be the folder of a Unix socket. */
export interface DatabaseAddress {
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  database: string;
  ssl?: pg.PoolConfig['ssl'];
}

export interface TransactionOptions {
  /** Limit of each statement; 0: none (migrations, imports). Default: the pool's. */
  statementTimeoutMs?: number;
  /** Default: PostgreSQL's own, read committed. */
  isolation?: 'repeatable read' | 'serializable';
  /**
   * Default: true. False: the commit is answered before it is on the disk, which costs the others who commit less. A
   * crash of PostgreSQL may undo it, if it is younger than a second and no durable commit came after it: only for what
   * is then done again. `mustLast` takes it back.
   */
  durable?: boolean;
}

/** This transaction is durable when it commits, however it was begun. */
export async function mustLast(tx: Transaction): Promise<void> {
  await tx.query('set local synchronous_commit to default');
}

/**
 * All methods reject with AppError `database.unavailable` when PostgreSQL cannot be reached, ends the connection, or does
 * not answer in time. If that happened during a transaction's commit, its outcome is unknown. Other errors are
 * pg.DatabaseError with their SQLSTATE in `code`.
 */
export interface Database extends Transaction {
  readonly address: DatabaseAddress;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** For what needs a session of its own (LISTEN, COPY). The caller listens to its 'error' event and ends it. */
  session(): Promise<pg.Client>;
  /** Whether it answers a question within the limit. Never rejects; asked at once by many, it is one question. */
  answers(limitMs: number): Promise<boolean>;
  /** Waits for the connections in use, then closes all. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  log: Log;
  /** Most connections at a time. */
  max?: number;
  /** Longest wait for a free connection, or for a new one. */
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
}

/** A connection that was asked to end and whose good-bye PostgreSQL does not answer ends with the process. */
const GOODBYE_MS = 1_000;

/** Beyond the statement's own limit: PostgreSQL answers that one itself, unless it hangs or the network swallows it. */
const SILENCE_MS = 3_000;

// bigint and count(*) as numbers: every id, sequence and epoch here is far below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
};

export function openDatabase(address: DatabaseAddress, options: DatabaseOptions): Database {
  return new Pooled(address, options);
}

/** Address of a `postgresql://user:password@host:port/name?sslmode=…` URL. */
export function addressOf(url: string): DatabaseAddress {
  const parsed = new pg.Client({ connectionString: url });
  return {
    host: parsed.host,
    port: parsed.port,
    user: parsed.user ?? 'postgres',
    password: parsed.password ?? undefined,
    database: parsed.database ?? parsed.user ?? 'postgres',
    ssl: parsed.ssl,
  };
}

class Pooled implements Database {
  readonly address: DatabaseAddress;
  readonly #pool: pg.Pool;
  readonly #config: pg.ClientConfig;
  readonly #statementTimeoutMs: number;
  readonly #open = new Set<pg.ClientBase>();
  #asked: Promise<boolean> | null = null;
  /** Connections that failed; what they reject with is a loss of connection, whatever it says. */
  readonly #broken = new WeakSet<pg.ClientBase>();

  constructor(address: DatabaseAddress, options: DatabaseOptions) {
    this.address = address;
    this.#statementTimeoutMs = options.statementTimeoutMs ?? 15_000;
    const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
    this.#config = {
      ...address,
      types,
      keepAlive: true,
      application_name: 'parley',
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: this.#statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
    };
    this.#pool = new pg.Pool({ ...this.#config, max: options.max ?? 10, idleTimeoutMillis: 60_000 });
    this.#pool.on('connect', (client) => {
      this.#open.add(client);
      client.on('error', () => this.#broken.add(client));
      client.on('end', () => this.#open.delete(client));
    });
    this.#pool.on('error', (error) => options.log.warn({ reason: error.message }, 'idle database connection lost'));
  }

  async query<Row extends object>(sql: string | { name: string; text: string }, values?: readonly unknown[]) {
    const client = await this.#acquire();
    let failed: unknown;
    try {
      return await this.#ask<Row>(client, sql, values, this.#statementTimeoutMs);
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      client.release(isLoss(failed));
    }
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const limitMs = options.statementTimeoutMs ?? this.#statementTimeoutMs;
    const client = await this.#acquire();
    const tx: Transaction = { query: (sql, values) => this.#ask(client, sql, values, limitMs) };
    let usable = true;
    try {
      await tx.query(beginText(options));
      if (limitMs !== this.#statementTimeoutMs) await tx.query(`set local statement_timeout = ${Math.trunc(limitMs)}`);
      const result = await work(tx);
      await tx.query('commit');
      return result;
    } catch (error) {
      usable = !isLoss(error) && (await this.#rolledBack(tx));
      throw error;
    } finally {
      client.release(!usable);
    }
  }

  async session(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#config, statement_timeout: 0 });
    try {
      await client.connect();
    } catch (error) {
      throw connectError(error);
    }
    return client;
  }

  async answers(limitMs: number): Promise<boolean> {
    this.#asked ??= this.#askOnce();
    const limit = Promise.withResolvers<boolean>();
    const timer = setTimeout(limit.resolve, limitMs, false);
    const answered = await Promise.race([this.#asked, limit.promise]);
    clearTimeout(timer);
    return answered;
  }

  async #askOnce(): Promise<boolean> {
    try {
      await this.query('select 1');
      return true;
    } catch {
      return false; // Whatever it is, it is no answer; who needs one gets the error from his own question.
    } finally {
      this.#asked = null;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end(); // Which does not wait for idle ones to have ended, and whoever stops next is PostgreSQL.
    const ended = [...this.#open].map((client) => new Promise<void>((resolve) => client.once('end', resolve)));
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, GOODBYE_MS);
    await Promise.race([Promise.all(ended), limit.promise]);
    clearTimeout(timer);
  }

  async #acquire(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw connectError(error);
    }
  }

  async #ask<Row extends object>(
    client: pg.ClientBase,
    sql: string | { name: string; text: string },
    values: readonly unknown[] | undefined,
    limitMs: number,
  ): Promise<{ rows: Row[]; rowCount: number | null }> {
    const silence = limitMs > 0 ? setTimeout(() => this.#giveUp(client), limitMs + SILENCE_MS) : undefined;
    try {
      const query = typeof sql === 'string' ? { text: sql } : sql;
      return await client.query<Row>(values === undefined ? query : { ...query, values: values as unknown[] });
    } catch (error) {
      if (this.#broken.has(client) || (error instanceof pg.DatabaseError && isAwayState(error.code))) throw lost(error);
      throw error;
    } finally {
      clearTimeout(silence);
    }
  }

  /** PostgreSQL says nothing: with a query running, `end` cuts the connection, and the query rejects. */
  #giveUp(client: pg.ClientBase): void {
    this.#broken.add(client);
    (client as pg.Client).end(() => undefined);
  }

  async #rolledBack(tx: Transaction): Promise<boolean> {
    try {
      await tx.query('rollback');
      return true;
    } catch {
      return false; // The first error is the one to tell; the connection is thrown away, which rolls back as well.
    }
  }
}

function beginText({ isolation, durable = true }: TransactionOptions): string {
  const begin = isolation ? `begin isolation level ${isolation}` : 'begin';
  return durable ? begin : `${begin}; set local synchronous_commit = off`;
}

const lost = (cause: unknown) => new AppError('database.unavailable', 'The database does not answer.', { cause });
const isLoss = (error: unknown) => error instanceof AppError && error.code === 'database.unavailable';

/** A refusal that waiting does not mend (wrong password, no such database) stays what it is. */
function connectError(error: unknown): unknown {
  return error instanceof pg.DatabaseError && !isAwayState(error.code) ? error : lost(error);
}

/** PostgreSQL appendix A: class 08 connection exceptions, 57P01-57P05 shutting down or starting, 53300 all connections taken. */
function isAwayState(sqlState: string | undefined): boolean {
  return sqlState !== undefined && /^(08...|57P0[1-5]|53300)$/.test(sqlState);
}
