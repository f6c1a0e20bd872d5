// Starts that succeed: under which user, on whose database and Asterisk, the second time, and after somebody was killed.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { asteriskDialplan } from '../server/channels/voice/asterisk/dialplan.ts';
import { asteriskForTests, aTestAsterisk } from '../server/platform/asterisk/testing.ts';
import { testDatabase } from '../server/platform/testing/database.ts';
import { Desk } from './desk.ts';
import { cachedAsterisk, eventually, type Parley, type ParleyOptions, startParley } from './parley.ts';
import { processesOf } from './processes.ts';
import { openDashboard } from './stream-client.ts';

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const database = await testDatabase({ empty: true });

const atEnd: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of atEnd.toReversed()) await end();
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-start-'));
  atEnd.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function started(options: ParleyOptions): Promise<Parley> {
  const parley = await startParley(options);
  atEnd.push(() => parley.close());
  return parley;
}

async function missing({ url }: Parley): Promise<string[]> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  return ((await response.json()) as { missing: string[] }).missing;
}

/** A way to PostgreSQL by TCP that can be cut. */
async function aNetworkTo({ host, port }: { host: string; port: number }) {
  let cut = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (cut) return near.destroy();
    const far = connect(join(host, `.s.PGSQL.${port}`));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one) && other.destroy());
    }
  }).listen(0, '127.0.0.1');
  atEnd.push(() => server.close());
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    isCut(now: boolean): void {
      cut = now;
      if (now) for (const socket of open) socket.destroy();
    },
  };
}

test('in a home below a folder that only its owner may enter; stopped at once, the second start is quick', async () => {
  const closed = await aFolder();
  await chmod(closed, 0o700);
  const home = join(closed, 'home');
  await mkdir(home);
  const parley = await started({ voice: 'asterisk', home });
  await Desk.open(parley, { sandboxAgents: ['Sam'] });
  expect(await parley.stop()).toBe(0);
  expect(await processesOf(home)).toEqual([]);
  const begin = performance.now();
  await parley.start();
  // Less than any wait of ours: for a home's lock that was not given back it would be 12 s.
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test.runIf(isRoot)('as an ordinary user with a home of his own', async () => {
  const folder = await aFolder();
  const home = join(folder, 'home');
  await mkdir(home);
  await chown(folder, nobody, nobody);
  // The tests' own installation belongs to root, and parts of it are closed to others.
  await asteriskForTests();
  execFileSync('cp', ['--archive', cachedAsterisk, join(home, 'asterisk')]);
  execFileSync('chown', ['--recursive', '--no-dereference', `${nobody}:${nobody}`, home]);
  const wrapper = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'] as const;
  const parley = await started({ voice: 'asterisk', home, wrapper, env: { HOME: folder } });
  const desk = await Desk.open(parley, { agents: [], sandboxAgents: ['Sam'] });
  await desk.state('Sam', 'available');
  await desk.ringIn();
  await desk.sees('Sam', 'connected');
  expect(await parley.stop()).toBe(0);
  expect(await processesOf(home)).toEqual([]);
});

test('a new home gets the demo, whose login is said once, and the stream moves', async () => {
  const parley = await started({ voice: 'simulated', env: { PARLEY_DEMO: '' } });
  const [, username, password] = /login (\S+)\s+password (\S+)/.exec(parley.output)!;
  const dashboard = await openDashboard(
    parley.url,
    { username: username!, password: password! },
    { client: 4, transport: 'websocket' },
  );
  await dashboard.sees('queue.insert_call', {}, 30_000);
  await dashboard.sees('operator.ringing', {}, 30_000);
  dashboard.close();
  await parley.stop();
  await parley.start();
  expect(parley.output).toMatch(/^ready http:\/\/\S+\n$/);
});

test('a home that changes to the simulated engine ends the Asterisk that a killed server left behind', async () => {
  const home = await aFolder();
  const before = await started({ voice: 'asterisk', home });
  await before.dies();
  expect((await processesOf(home)).filter((command) => command.includes('asterisk'))).not.toEqual([]);
  const parley = await started({ voice: 'simulated', home });
  expect((await processesOf(home)).filter((command) => command.includes('asterisk.conf'))).toEqual([]);
  await parley.stop();
});

test('on the user’s own PostgreSQL: readiness tells when it has gone, and requests are served when it is back', async () => {
  const network = await aNetworkTo(database.address);
  const { user, password = '', database: name } = database.address;
  const url = `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${network.port}/${name}`;
  const parley = await started({ voice: 'simulated', env: { PARLEY_DATABASE_URL: url } });
  expect(await missing(parley)).toEqual([]);
  const desk = await Desk.open(parley, { agents: [], sandboxAgents: ['Sam'] });
  await desk.state('Sam', 'available');

  network.isCut(true);
  expect(await missing(parley)).toEqual(['database']);
  const answer = await parley.ask<{ code: string }>('GET', `/calls?space_id=${desk.spaceId}`);
  expect([answer.status, answer.body.code]).toEqual([503, 'database.unavailable']);

  network.isCut(false);
  await eventually('it is ready', async () => (await missing(parley)).length === 0);
  await desk.ringIn();
  await desk.sees('Sam', 'connected');
});

test('on the user’s own Asterisk, named without /ari: a call, and its recording', async () => {
  const own = await aTestAsterisk({ dialplan: asteriskDialplan() });
  atEnd.push(() => own.close());
  const { url, user, password } = own.asterisk.ari;
  const ari = new URL(url);
  const parley = await started({
    voice: 'asterisk',
    env: { PARLEY_ARI_URL: `http://${user}:${encodeURIComponent(password)}@${ari.host}` },
  });
  const desk = await Desk.open(parley, { agents: [], sandboxAgents: ['Sam'], queue: { recording: 'always' } });
  await desk.state('Sam', 'available');
  const call = await desk.ringIn({ hang_up_after_s: 5 });
  await desk.sees('Sam', 'connected');
  await desk.endOf(call);
  const recording = await fetch(`${parley.url}/api/v1/calls/${call}/recording`, {
    headers: { authorization: 'Bearer e2e-admin-key' },
    signal: AbortSignal.timeout(10_000),
  });
  expect(recording.status).toBe(200);
  expect((await recording.arrayBuffer()).byteLength).toBeGreaterThan(8_000);
});
