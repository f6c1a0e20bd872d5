import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../platform/db.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { migrate } from './migrate.ts';

const database = await testDatabase({ empty: true });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-migrations-'));
  await database.query('drop schema public cascade');
  await database.query('create schema public');
});
afterEach(() => rm(folder, { recursive: true }));

const file = (name: string, sql: string) => writeFile(join(folder, name), sql);
const sentence = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

test('what is missing is applied once and in order', async () => {
  await file('0002-fill.sql', 'insert into a values (1); insert into a values (2);');
  await file('0001-a.sql', 'create table a (n int);');
  expect(await migrate(database, folder)).toEqual(['0001-a.sql', '0002-fill.sql']);
  expect(await migrate(database, folder)).toEqual([]);
  expect((await database.query('select n from a order by n')).rows).toEqual([{ n: 1 }, { n: 2 }]);
});

test('two processes that start at once do not apply anything twice', async () => {
  const other = openDatabase(database.address, { log: silentLog });
  await file('0001-a.sql', 'create table a (n int); select pg_sleep(0.1);');
  await file('0002-fill.sql', 'insert into a values (1);');
  const applied = await Promise.all([migrate(database, folder), migrate(other, folder)]);
  expect(applied.flat().sort()).toEqual(['0001-a.sql', '0002-fill.sql']);
  await other.close();
});

test('a file edited after it was applied is refused', async () => {
  await file('0001-a.sql', 'create table a (n int);');
  await migrate(database, folder);
  await file('0001-a.sql', 'create table a (n bigint);');
  expect(await sentence(migrate(database, folder))).toMatch(/^setup\.failed: Migration 0001-a\.sql was edited/);
});

test('a database of a newer version is refused', async () => {
  await file('0001-a.sql', 'create table a (n int);');
  await migrate(database, folder);
  await rm(join(folder, '0001-a.sql'));
  expect(await sentence(migrate(database, folder))).toMatch(/0001-a\.sql, which this version does not know/);
});

test('a new file that sorts before an applied one is refused', async () => {
  await file('0002-b.sql', 'create table b (n int);');
  await migrate(database, folder);
  await file('0001-a.sql', 'create table a (n int);');
  expect(await sentence(migrate(database, folder))).toMatch(/0001-a\.sql sorts before 0002-b\.sql/);
});

test('a file that fails leaves nothing of itself, and runs whole once it is mended', async () => {
  await file('0001-a.sql', 'create table a (n int); select 1/0;');
  expect(await sentence(migrate(database, folder))).toMatch(/Migration 0001-a\.sql failed: division by zero/);
  await file('0001-a.sql', 'create table a (n int);');
  expect(await migrate(database, folder)).toEqual(['0001-a.sql']);
});

test('two files of one number, or a name of another form, are refused before anything is applied', async () => {
  await file('0001-a.sql', 'create table a (n int);');
  await file('0001-b.sql', 'create table b (n int);');
  expect(await sentence(migrate(database, folder))).toMatch(/Two migrations have the number 0001/);
  await rename(join(folder, '0001-b.sql'), join(folder, 'later.sql'));
  expect(await sentence(migrate(database, folder))).toMatch(/later\.sql is not named NNNN-title\.sql/);
  expect((await database.query("select to_regclass('a') as a")).rows).toEqual([{ a: null }]);
});
