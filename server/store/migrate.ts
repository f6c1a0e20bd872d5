// The schema goes forward only: migrations/NNNN-title.sql, each applied once, in order, in a transaction of its own.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, isAppError } from '../errors.ts';
import type { Database, Transaction } from '../platform/db.ts';

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

interface Migration {
  name: string;
  hash: string;
  sql: string;
}

/** Any fixed number: whoever holds this lock migrates, the others wait. It ends with its transaction, so it is safe
 *  behind a transaction pooler, too. */
const MIGRATION_LOCK = 7_275_394;

/**
 * Applies what is missing and returns its file names. Safe to run from several processes at once. Rejects with
 * `setup.failed` when an applied file was edited or is gone, when a new one sorts before an applied one, or when its
 * SQL fails (nothing of that file is then kept).
 */
export async function migrate(database: Database, folder = migrationsFolder): Promise<string[]> {
  const files = await readMigrations(folder);
  const applied: string[] = [];
  for (;;) {
    const name = await database.transaction((tx) => applyNext(tx, files), { statementTimeoutMs: 0 });
    if (name === null) return applied;
    applied.push(name);
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = new Set<string>();
  return await Promise.all(
    names.map(async (name) => {
      const number = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1];
      if (number === undefined) throw new AppError('setup.failed', `Migration ${name} is not named NNNN-title.sql.`);
      if (numbers.has(number)) throw new AppError('setup.failed', `Two migrations have the number ${number}.`);
      numbers.add(number);
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyNext(tx: Transaction, files: readonly Migration[]): Promise<string | null> {
  await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await tx.query(
    'create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  );
  const { rows: done } = await tx.query<{ name: string; hash: string }>(
    'select name, hash from migrations order by name',
  );
  for (const [at, { name, hash }] of done.entries()) {
    const file = files[at];
    if (file?.name !== name) throw new AppError('setup.failed', outOfOrder(name, files, done));
    if (file.hash !== hash) {
      throw new AppError('setup.failed', `Migration ${name} was edited after it had been applied to this database.`);
    }
  }
  const next = files[done.length];
  if (!next) return null;
  try {
    await tx.query(next.sql);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('setup.failed', `Migration ${next.name} failed: ${reason}`, { cause });
  }
  await tx.query('insert into migrations (name, hash) values ($1, $2)', [next.name, next.hash]);
  return next.name;
}

function outOfOrder(applied: string, files: readonly Migration[], done: readonly { name: string }[]): string {
  if (!files.some((file) => file.name === applied)) {
    return `The database has migration ${applied}, which this version does not know: it was made by a newer version.`;
  }
  const late = files.find((file) => file.name < applied && !done.some((row) => row.name === file.name));
  return `Migration ${late?.name ?? '?'} sorts before ${applied}, which is applied already: give it a higher number.`;
}
