// The real Asterisk under its supervisor: it survives the server, is taken over, and comes back when it dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { isAppError } from '../../errors.ts';
import { silentLog } from '../log.ts';
import { type Asterisk, type AsteriskState, startAsterisk } from './asterisk.ts';
import type { AsteriskConfig } from './configuration.ts';
import { identify } from './process.ts';
import { ari, asteriskForTests, aTestConfig, provision } from './testing.ts';

const dialplan = '[phones]\nexten => 100,1,Answer()\n same => n,Echo()\n';
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test('it starts, answers ARI to its password alone, and leaves no process when stopped', async () => {
  const asterisk = await started(await aHome(), await aTestConfig());
  const pid = asterisk.pid!;
  expect(asterisk.version).toMatch(/^2[0-3]\./);
  expect((await ari(asterisk, 'GET', '/asterisk/ping')).status).toBe(200);
  expect((await ari(asterisk, 'GET', '/asterisk/ping', { password: 'guess' })).status).toBe(401);
  await asterisk.stop();
  expect(asterisk.state).toBe('stopped');
  expect(await identify(pid)).toBeNull();
}, 120_000);

test('trunks and phones come and go at run time', async () => {
  const asterisk = await started(await aHome(), await aTestConfig());
  await provision(asterisk, 'endpoint/trunk1', { context: 'phones', transport: 'transport-udp', allow: 'ulaw' });
  await provision(asterisk, 'aor/trunk1', { max_contacts: '1' });
  await provision(asterisk, 'identify/trunk1', { endpoint: 'trunk1', match: '127.0.0.1' });
  for (const type of ['identify', 'aor', 'endpoint']) {
    const path = `/asterisk/config/dynamic/res_pjsip/${type}/trunk1`;
    expect((await ari(asterisk, 'DELETE', path)).status).toBe(204);
    expect((await ari(asterisk, 'GET', path)).status).toBe(404);
  }
}, 30_000);

test('an Asterisk whose server was killed goes on, and the next server takes it over', async () => {
  const home = await aHome();
  const config = await aTestConfig();
  const server = await serverProcess(home, config);
  server.process.kill('SIGKILL');
  await once(server.process, 'exit');
  const taken = await started(home, config);
  expect(taken.attached).toBe(true);
  expect(taken.pid).toBe(server.asteriskPid);
  await taken.stop();
  expect(await identify(server.asteriskPid)).toBeNull();
}, 30_000);

test('an Asterisk left behind with another configuration is replaced', async () => {
  const home = await aHome();
  const server = await serverProcess(home, await aTestConfig());
  server.process.kill('SIGKILL');
  await once(server.process, 'exit');
  const next = await started(home, await aTestConfig());
  expect(next.attached).toBe(false);
  expect(await identify(server.asteriskPid)).toBeNull();
}, 30_000);

test('an Asterisk left behind that answers no more is replaced', async () => {
  const home = await aHome();
  const config = await aTestConfig();
  const server = await serverProcess(home, config);
  server.process.kill('SIGKILL');
  await once(server.process, 'exit');
  process.kill(server.asteriskPid, 'SIGSTOP');
  const next = await started(home, config);
  expect(next.attached).toBe(false);
  expect(await identify(server.asteriskPid)).toBeNull();
}, 40_000);

test('an Asterisk left behind is found although its home was moved', async () => {
  const home = await aHome();
  const config = await aTestConfig();
  const server = await serverProcess(home, config);
  server.process.kill('SIGKILL');
  await once(server.process, 'exit');
  await rename(home, `${home}-moved`);
  cleanUps.push(() => rm(`${home}-moved`, { recursive: true }));
  const next = await started(`${home}-moved`, config);
  expect(next.state).toBe('up');
  expect(await identify(server.asteriskPid)).toBeNull();
}, 30_000);

test('when Asterisk dies, that is noticed and it is started again', async () => {
  const asterisk = await started(await aHome(), await aTestConfig());
  const killed = asterisk.pid!;
  const states: AsteriskState[] = [];
  const isUpAgain = new Promise<void>((resolve) => {
    asterisk.onStateChange((state) => {
      states.push(state);
      if (state === 'up') resolve();
    });
  });
  process.kill(killed, 'SIGKILL');
  await isUpAgain;
  expect(states).toEqual(['down', 'up']);
  expect(asterisk.pid).not.toBe(killed);
  expect((await ari(asterisk, 'GET', '/asterisk/ping')).status).toBe(200);
}, 30_000);

test('a SIP port that another program holds gives one line that names the setting', async () => {
  const config = await aTestConfig();
  const holder = createSocket('udp4').bind(config.sipPort, '127.0.0.1');
  await once(holder, 'listening');
  cleanUps.push(async () => holder.close());
  const failure = await startAsterisk({
    home: await aHome(),
    install: await asteriskForTests(),
    config,
    dialplan,
    log: silentLog,
  }).catch((error: unknown) => error);
  expect(isAppError(failure, 'setup.failed')).toBe(true);
  expect(String(failure)).toMatch(/127\.0\.0\.1:\d+ is in use.*PARLEY_SIP_PORT/);
}, 30_000);

async function aHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'parley-home-'));
  cleanUps.push(() => rm(home, { recursive: true, force: true }));
  return home;
}

async function started(home: string, config: AsteriskConfig): Promise<Asterisk> {
  const asterisk = await startAsterisk({ home, install: await asteriskForTests(), config, dialplan, log: silentLog });
  cleanUps.push(() => asterisk.stop());
  return asterisk;
}

/** A process of its own that starts Asterisk, as the server does. */
async function serverProcess(
  home: string,
  config: AsteriskConfig,
): Promise<{ process: ChildProcess; asteriskPid: number }> {
  const program = `
    import { startAsterisk } from './asterisk.ts';
    import { asteriskForTests } from './testing.ts';
    import { silentLog } from '../log.ts';
    const { home, config, dialplan } = JSON.parse(process.argv[1]);
    const asterisk = await startAsterisk({ home, install: await asteriskForTests(), config, dialplan, log: silentLog });
    console.log(asterisk.pid);
    setInterval(() => {}, 1_000);`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify({ home, config, dialplan })],
    {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  cleanUps.push(async () => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(20_000) })) as [
    string,
  ];
  return { process: child, asteriskPid: Number(line) };
}
