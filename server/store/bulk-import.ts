// An import of rows: all of it or nothing, in one transaction, by COPY, with a report of what was refused.
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import type { Import } from '../../contract/rest/imports.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';

export interface RefusedRow {
  line: number;
  path: string;
  message: string;
}
/** Some rows at a time, in the order of the file. */
export interface ImportBatch<Row> {
  accepted: readonly Row[];
  refused: readonly RefusedRow[];
}

/** Whose import it is: a campaign's or a broadcast's. */
export interface ImportOwner {
  space: SpaceId;
  owner: string;
}

export interface RowImport<Row> extends ImportOwner {
  now: number;
  /** `copy … from stdin`, in the text format. */
  sql: string;
  lines(rows: readonly Row[]): string;
  /** Before anything is read: locks, and what makes the import impossible. */
  begin(tx: Transaction): Promise<void>;
  batches(): AsyncIterable<ImportBatch<Row>>;
  /** Before the commit. */
  complete?(tx: Transaction, accepted: number): Promise<void>;
}

const shownRefusals = 1_000;
const refusalsAtOnce = 5_000;

/** Rejects with what `begin`, `batches` or `complete` throws; then nothing of it is kept. */
export async function importRows<Row>(db: Database, rows: RowImport<Row>): Promise<Import> {
  const session = await db.session();
  const broken = new AbortController();
  session.on('error', (error) => broken.abort(error));
  const tx = session as Transaction;
  const copy = new RowCopy(session, rows.sql, broken);
  try {
    await session.query('begin');
    await rows.begin(tx);
    const done: Import = { import_id: idsAt(rows.now)(), accepted: 0, refused: 0, refusals: [] };
    let unwritten: RefusedRow[] = [];
    const keepRefusals = async () => {
      await copy.finish();
      await insertRefusals(tx, rows, done.import_id, unwritten);
      unwritten = [];
    };
    copy.begin();
    for await (const { accepted, refused } of rows.batches()) {
      broken.signal.throwIfAborted();
      done.refused += refused.length;
      if (done.refusals.length < shownRefusals) {
        done.refusals = [...done.refusals, ...refused].slice(0, shownRefusals);
      }
      for (const row of refused) unwritten.push(row);
      if (unwritten.length >= refusalsAtOnce) {
        await keepRefusals();
        copy.begin();
      }
      done.accepted += accepted.length;
      if (accepted.length > 0) await copy.write(rows.lines(accepted));
    }
    await keepRefusals();
    await rows.complete?.(tx, done.accepted);
    await tx.query(
      `insert into imports (space_id, owner_id, id, at, accepted, refused)
       values ($1, $2, $3, to_timestamp($4::bigint / 1000.0), $5, $6)`,
      [rows.space, rows.owner, done.import_id, rows.now, done.accepted, done.refused],
    );
    await session.query('commit');
    return done;
  } finally {
    copy.destroy();
    await Promise.allSettled([session.end()]); // What has not been committed ends with it; a broken one is gone already.
  }
}

/** COPY after COPY: between two of them the session can be asked something else. */
class RowCopy {
  readonly #session: pg.Client;
  readonly #sql: string;
  readonly #broken: AbortController;
  #stream: CopyStreamQuery | null = null;

  constructor(session: pg.Client, sql: string, broken: AbortController) {
    this.#session = session;
    this.#sql = sql;
    this.#broken = broken;
  }

  begin(): void {
    const stream = this.#session.query(copyFrom(this.#sql));
    stream.on('error', (error) => this.#broken.abort(error));
    this.#stream = stream;
  }

  /** Only between begin() and finish(). */
  async write(lines: string): Promise<void> {
    const { signal } = this.#broken;
    if (this.#stream && !this.#stream.write(lines)) await once(this.#stream, 'drain', { signal });
  }

  async finish(): Promise<void> {
    if (!this.#stream) return;
    this.#stream.end();
    await finished(this.#stream, { signal: this.#broken.signal });
    this.#stream = null;
  }

  destroy(): void {
    this.#stream?.destroy();
  }
}

async function insertRefusals(
  tx: Transaction,
  { space, owner }: ImportOwner,
  id: string,
  refused: readonly RefusedRow[],
): Promise<void> {
  if (refused.length === 0) return;
  await tx.query(
    `insert into import_refusals (space_id, owner_id, import_id, line, path, message)
     select $1, $2, $3, * from unnest($4::int[], $5::text[], $6::text[])`,
    [
      ...[space, owner, id, refused.map((row) => row.line), refused.map((row) => row.path)],
      refused.map((row) => row.message),
    ],
  );
}

export async function listRefusals(
  db: Transaction,
  { space, owner }: ImportOwner,
  slice: { import: string; after: number; limit: number },
): Promise<RefusedRow[]> {
  const text = `select line, path, message from import_refusals
                 where space_id = $1 and owner_id = $2 and import_id = $3 and line > $4 order by line limit $5`;
  const values = [space, owner, slice.import, slice.after, slice.limit];
  return (await db.query<RefusedRow>({ name: 'refusals-list', text }, values)).rows;
}

export async function removeImports(tx: Transaction, { space, owner }: ImportOwner): Promise<void> {
  await tx.query('delete from import_refusals where space_id = $1 and owner_id = $2', [space, owner]);
  await tx.query('delete from imports where space_id = $1 and owner_id = $2', [space, owner]);
}

/** 24 hex digits that grow with each call: 8 of the second, 8 of chance, 8 counted. So a file's order is that of its ids. */
export function idsAt(now: number): () => string {
  const first = Math.floor(now / 1_000)
    .toString(16)
    .padStart(8, '0');
  const prefix = first + randomBytes(4).toString('hex');
  let count = 0;
  return () => prefix + (count++).toString(16).padStart(8, '0');
}

const special = /[\\\t\n\r]/;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in COPY's text format (PostgreSQL, "COPY", Text Format). */
export function copyText(value: string | null): string {
  if (value === null) return '\\N';
  return special.test(value) ? value.replace(/[\\\t\n\r]/g, (one) => escapes[one]!) : value;
}
