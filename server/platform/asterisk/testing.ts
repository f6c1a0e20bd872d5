// A real Asterisk for tests: installed once for all of them, started per test file in a home of its own.
import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { type Log, silentLog } from '../log.ts';
import { type Asterisk, startAsterisk } from './asterisk.ts';
import type { AsteriskConfig } from './configuration.ts';
import { type AsteriskInstall, installAsterisk } from './install.ts';

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

/** On loopback, with a free SIP port; RTP ports are shared by all, as Asterisk passes over those in use. */
export async function aTestAsterisk(options: { dialplan: string; log?: Log }): Promise<TestAsterisk> {
  const install = await asteriskForTests();
  const home = await mkdtemp(join(tmpdir(), 'parley-asterisk-'));
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
    sipPort: await freeUdpPort(),
    publicAddress: null,
    rtpPorts: { from: 30_000, to: 31_999 },
  };
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind({ address: '127.0.0.1', port: 0 }, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
