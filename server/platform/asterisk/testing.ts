// A real Asterisk for tests: installed once for all of them, started per test file in a home of its own.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { type Log, silentLog } from '../log.ts';
import { type Asterisk, endAsteriskOf, startAsterisk } from './asterisk.ts';
import type { AsteriskConfig } from './configuration.ts';
import { type AsteriskInstall, installAsterisk } from './install.ts';
import { freePort } from './testing-ports.ts';
import { identify } from './process.ts';

/** In node_modules, so that it is installed once a clone and no commit sees it. */
export function asteriskForTests(log: Log = silentLog): Promise<AsteriskInstall> {
  const folder = fileURLToPath(new URL('../../../node_modules/.cache/parley/asterisk', import.meta.url));
  return installAsterisk({ folder, log });
}

export interface TestAsterisk {
  asterisk: Asterisk;
  config: AsteriskConfig;
  home: string;
  /** Stops it and removes its home. */
  close(): Promise<void>;
}

const homePrefix = 'parley-test-asterisk-';

/** A test run that was killed leaves its Asterisk, which is made to outlive its server. */
async function endLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(homePrefix)) continue;
    if ((await identify(Number.parseInt(name.slice(homePrefix.length), 10))) !== null) continue;
    await endAsteriskOf(join(tmpdir(), name));
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** On loopback, with a free SIP port; RTP ports are shared by all, as Asterisk passes over those in use. */
export async function aTestAsterisk(options: { dialplan: string; log?: Log }): Promise<TestAsterisk> {
  const install = await asteriskForTests();
  await endLeftovers();
  const home = await mkdtemp(join(tmpdir(), `${homePrefix}${process.pid}-`));
  const config = await aTestConfig();
  const log = options.log ?? silentLog;
  const asterisk = await startAsterisk({ home, install, config, dialplan: options.dialplan, log });
  return {
    asterisk,
    config,
    home,
    async close() {
      await asterisk.stop();
      await rm(home, { recursive: true });
    },
  };
}

export async function aTestConfig(): Promise<AsteriskConfig> {
  return {
    sipHost: '127.0.0.1',
    sipPort: await freePort(),
    publicAddress: null,
    rtp: { first: 30_000, last: 30_899, udptlFirst: 30_900, udptlLast: 30_999 },
  };
}

/** One request of ARI; `body` of the answer is null when it has none. */
export async function ari(
  asterisk: Asterisk,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  options: { fields?: Record<string, string>; password?: string } = {},
): Promise<{ status: number; body: unknown }> {
  const { url, user, password } = asterisk.ari;
  const fields = Object.entries(options.fields ?? {}).map(([attribute, value]) => ({ attribute, value }));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      'authorization': `Basic ${Buffer.from(`${user}:${options.password ?? password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(method === 'PUT' ? { body: JSON.stringify({ fields }) } : {}),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** Tells Asterisk of an endpoint, aor, auth, identify …: `<type>/<id>`. */
export async function provision(asterisk: Asterisk, object: string, fields: Record<string, string>): Promise<void> {
  const { status, body } = await ari(asterisk, 'PUT', `/asterisk/config/dynamic/res_pjsip/${object}`, { fields });
  if (status !== 200) throw new Error(`Asterisk refuses ${object}: ${status} ${JSON.stringify(body)}`);
}
