// What can be wrong when the server starts is told in one line, with exit code 1, and nothing is left running.
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cachedAsterisk, startParley } from './parley.ts';
import { asteriskForTests } from '../server/platform/asterisk/testing.ts';
import { processesOf } from './processes.ts';
import { failingStart } from './starting.ts';

const atEnd: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of atEnd.toReversed()) await end();
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-start-'));
  atEnd.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Somebody else listens there. */
async function aTakenPort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  atEnd.push(() => holder.close());
  await once(holder, 'listening');
  return (holder.address() as { port: number }).port;
}

/** All programs that PATH leads to, but that one. */
async function pathWithout(missing: string): Promise<string> {
  const folder = await aFolder();
  for (const each of (process.env['PATH'] ?? '').split(delimiter)) {
    const names = await readdir(each).catch(() => []);
    for (const name of names) {
      if (name !== missing) await symlink(join(each, name), join(folder, name)).catch(() => undefined); // The first one counts.
    }
  }
  return folder;
}

test.concurrent('a wrong variable', async () => {
  const home = await aFolder();
  const { code, said } = await failingStart({ PARLEY_HOME: home, PARLEY_PORT: 'many', PARLEY_VOICE: 'loud' });
  expect(said).toEqual([
    'PARLEY_PORT must be a whole number from 0 to 65535, not "many". PARLEY_VOICE must be asterisk or simulated, not "loud".',
  ]);
  expect(code).toBe(1);
  expect(await readdir(home)).toEqual([]);
});

test.concurrent('asked to stop while PostgreSQL starts, it ends with 0 and leaves no process behind', async () => {
  const home = await aFolder();
  const postgresStarts = async (): Promise<boolean> =>
    (await processesOf(home)).some((command) => command.includes('listen_addresses'));
  const { code, said, output } = await failingStart({ PARLEY_HOME: home }, postgresStarts);
  expect(await processesOf(home)).toEqual([]);
  expect({ code, said, output }).toEqual({ code: 0, said: [], output: '' });
});

test.concurrent('a home that cannot be written', async () => {
  const { code, said } = await failingStart({ PARLEY_HOME: '/proc/parley' });
  expect(said).toEqual(['PARLEY_HOME must be a folder that can be written, not /proc/parley (ENOENT).']);
  expect(code).toBe(1);
});

test.concurrent('a home that is a file', async () => {
  const file = join(await aFolder(), 'home');
  await writeFile(file, '');
  const { code, said } = await failingStart({ PARLEY_HOME: file });
  expect(said).toEqual([`PARLEY_HOME must be a folder that can be written, not ${file} (ENOTDIR).`]);
  expect(code).toBe(1);
});

test.concurrent('HTTP’s port in use', async () => {
  const home = await aFolder();
  const port = await aTakenPort();
  const { code, said, output } = await failingStart({ PARLEY_HOME: home, PARLEY_PORT: String(port), PARLEY_DEMO: '1' });
  expect(said).toEqual([`127.0.0.1:${port} is in use by another program: set PARLEY_PORT to a free port.`]);
  expect(code).toBe(1);
  expect(output).toBe('');
  expect(await processesOf(home)).toEqual([]);
});

test.concurrent('SIP’s port in use', async () => {
  await asteriskForTests();
  const home = await aFolder();
  await symlink(cachedAsterisk, join(home, 'asterisk'));
  const port = await aTakenPort();
  const env = { PARLEY_HOME: home, PARLEY_VOICE: 'asterisk', PARLEY_SIP_PORT: String(port) };
  const { code, said } = await failingStart(env);
  expect(said).toEqual([`127.0.0.1:${port} is in use by another program: set PARLEY_SIP_PORT to a free port.`]);
  expect(code).toBe(1);
  expect(await processesOf(home)).toEqual([]);
});

test.concurrent('a database that cannot be reached', async () => {
  const home = await aFolder();
  const env = { PARLEY_HOME: home, PARLEY_DATABASE_URL: 'postgresql://parley:secret@127.0.0.1:1/parley' };
  const { code, said } = await failingStart(env);
  expect(said).toEqual(['The database does not answer (connect ECONNREFUSED 127.0.0.1:1): check PARLEY_DATABASE_URL.']);
  expect(code).toBe(1);
});

test.concurrent('an Asterisk of one’s own that does not answer', async () => {
  const home = await aFolder();
  const { code, said } = await failingStart({
    PARLEY_HOME: home,
    PARLEY_VOICE: 'asterisk',
    PARLEY_ARI_URL: 'http://parley:secret@127.0.0.1:1',
  });
  expect(said).toEqual([
    'No Asterisk with that user and password answers at http://127.0.0.1:1/ari: see PARLEY_ARI_URL.',
  ]);
  expect(code).toBe(1);
});

test.concurrent('Asterisk cannot be installed', async () => {
  const home = await aFolder();
  const env = { PARLEY_HOME: home, PARLEY_VOICE: 'asterisk', PATH: await pathWithout('apt-get') };
  const { code, said } = await failingStart(env);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^Asterisk cannot be installed: .*apt-get.* Set PARLEY_VOICE=simulated to run without it\.$/);
  expect(code).toBe(1);
  expect(await processesOf(home)).toEqual([]);
});

test.concurrent('two servers on one home: the first one is not disturbed', async () => {
  const home = join(await aFolder(), 'home');
  await mkdir(home);
  const first = await startParley({ voice: 'simulated', home });
  atEnd.push(() => first.close());
  const { code, said } = await failingStart({ PARLEY_HOME: home });
  expect(said).toEqual([
    `Another Parley (process ${first.pid}) works in ${home}; give this one a PARLEY_HOME of its own.`,
  ]);
  expect(code).toBe(1);
  expect(await first.rest('GET', '/spaces')).toMatchObject({ items: [] });
});
