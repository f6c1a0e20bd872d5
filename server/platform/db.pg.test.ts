import pg from 'pg';
import { expect, test } from 'vitest';
import { AppError, isAppError } from '../errors.ts';
import { openDatabase } from './db.ts';
import { silentLog } from './log.ts';
import { startFailureText } from './start-failure.ts';
import { testDatabase } from './testing/database.ts';

const database = await testDatabase();
await database.query('create table things (id bigint generated always as identity primary key, name text unique)');

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const count = async () => (await database.query<{ n: number }>('select count(*) as n from things')).rows[0]?.n;

test('a bigint arrives as a number', async () => {
  const { rows } = await database.query<{ n: number }>('select 9007199254740991::bigint as n');
  expect(rows[0]?.n).toBe(9_007_199_254_740_991);
});

test('a transaction that fails leaves nothing, and its connection goes on working', async () => {
  const before = await count();
  const failed = await rejection(
    database.transaction(async (tx) => {
      await tx.query('insert into things (name) values ($1)', ['half']);
      throw new Error('changed my mind');
    }),
  );
  expect(failed).toMatchObject({ message: 'changed my mind' });
  expect(await count()).toBe(before);
});

test('a statement that PostgreSQL refuses keeps its SQLSTATE', async () => {
  const insert = { name: 'insert-thing', text: 'insert into things (name) values ($1)' };
  await database.query(insert, ['one']);
  const refused = await rejection(database.query(insert, ['one']));
  expect(refused).toBeInstanceOf(pg.DatabaseError);
  expect(refused).toMatchObject({ code: '23505' });
});

test('a statement is cut off at its limit', async () => {
  const slow = database.transaction((tx) => tx.query('select pg_sleep(20)'), { statementTimeoutMs: 50 });
  expect(await rejection(slow)).toMatchObject({ code: '57014' });
});

test('a connection ended under a running statement is told as an unavailable database, and the next one works', async () => {
  const cut = database.transaction(async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    const cutting = database.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await Promise.all([tx.query('select pg_sleep(20)'), cutting]);
  });
  expect(isAppError(await rejection(cut), 'database.unavailable')).toBe(true);
  expect(await count()).toBeTypeOf('number');
});

test('an address where nobody listens is an unavailable database', async () => {
  const nowhere = openDatabase({ ...database.address, host: '127.0.0.1', port: 21_999 }, { log: silentLog });
  const failure = await rejection(nowhere.query('select 1'));
  expect(isAppError(failure, 'database.unavailable')).toBe(true);
  expect(startFailureText(failure)).toMatch(/^The database does not answer \([^\n]+\): check PARLEY_DATABASE_URL\.$/);
  await nowhere.close();
});

test('whether it answers is known in time, also when it hangs', async () => {
  expect(await database.answers(1_000)).toBe(true);
  const nowhere = openDatabase({ ...database.address, host: '127.0.0.1', port: 21_999 }, { log: silentLog });
  expect(await nowhere.answers(1_000)).toBe(false);
  await nowhere.close();
  const narrow = openDatabase(database.address, { log: silentLog, max: 1 });
  const busy = narrow.query('select pg_sleep(3)');
  const begin = performance.now();
  expect(await narrow.answers(100)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(2_500);
  await busy;
  await narrow.close();
});

test('a wrong password stays what it is: waiting does not mend it', async () => {
  const wrong = openDatabase({ ...database.address, password: 'guess' }, { log: silentLog });
  const refused = await rejection(wrong.query('select 1'));
  expect(refused).not.toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code: '28P01' });
  expect(startFailureText(refused)).toMatch(/^The database refuses \([^\n]+\): check PARLEY_DATABASE_URL\.$/);
  await wrong.close();
});

test('when all connections are taken, the wait for one ends', async () => {
  const narrow = openDatabase(database.address, { log: silentLog, max: 1, connectTimeoutMs: 100 });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const holder = narrow.transaction(() => held);
  expect(isAppError(await rejection(narrow.query('select 1')), 'database.unavailable')).toBe(true);
  release();
  await holder;
  await narrow.close();
});

test('closed means that PostgreSQL has no connection of it any more', async () => {
  const closing = openDatabase(database.address, { log: silentLog, max: 4 });
  const connections = await Promise.all(
    [1, 2, 3, 4].map(() => closing.query<{ pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.05)')),
  );
  const pids = connections.map(({ rows }) => rows[0]!.pid);
  expect(new Set(pids).size).toBe(4);
  await closing.close();
  const left = await database.query('select pid from pg_stat_activity where pid = any($1)', [pids]);
  expect(left.rows).toEqual([]);
});
