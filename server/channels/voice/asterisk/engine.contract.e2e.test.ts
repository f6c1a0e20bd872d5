import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { instant, type LegId } from '../../../domain/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import type { Asterisk } from '../../../platform/asterisk/asterisk.ts';
import { aTestAsterisk } from '../../../platform/asterisk/testing.ts';
import { voiceEngineContract } from '../engine.contract.ts';
import { contractSetup, contractSounds, type Harness } from '../engine.harness.ts';
import type { VoiceEngine } from '../engine.ts';
import type { Bridge, Channel, Variable } from './ari-types.gen.ts';
import { asteriskDialplan, variables } from './dialplan.ts';
import { AsteriskEngine } from './engine.ts';
import { bridgeLabelOf, legOfChannel } from './translate.ts';

const bytesPerMs = 16;

async function openHarness(): Promise<Harness> {
  const { asterisk, home, close } = await aTestAsterisk({ dialplan: asteriskDialplan() });
  const folder = join(home, 'sounds');
  const anEngine = async (): Promise<VoiceEngine> => {
    const engine = new AsteriskEngine({
      ...{ ari: () => asterisk.ari, log: silentLog },
      sounds: { folder, asteriskSees: folder },
    });
    await engine.provision(contractSetup);
    await engine.provideSounds(contractSounds);
    return engine;
  };
  const engine = await anEngine();
  await engine.start();
  return {
    engine,
    now: () => instant(Date.now()),
    wait: (ms) => sleep(Math.max(0, ms)),
    // Two cores are shared by all that the machine does.
    toleranceMs: 500,
    shortSound: 'hello-world',
    membersOf: (bridge) => membersOf(asterisk, bridge),
    recordingExists: async (recording, ms) => {
      const file = statSync(join(asterisk.recordingDir, `${recording}.wav`), { throwIfNoEntry: false });
      return file !== undefined && file.size >= ms * bytesPerMs;
    },
    secondEngine: anEngine,
    kill: async () => void process.kill(asterisk.pid!, 'SIGKILL'),
    // Its supervisor does it.
    revive: async () => {},
    close: async () => {
      await engine.close();
      await close();
    },
  };
}

/** The channels in Asterisk's bridge, and those on hold that say that they belong to it. */
async function membersOf(asterisk: Asterisk, name: string): Promise<LegId[]> {
  const { asterisk_id: id } = (await get<{ asterisk_id: string }>(asterisk, 'asterisk/ping'))!;
  const bridge = (await get<Bridge[]>(asterisk, 'bridges'))!.find((one) => one.name === bridgeLabelOf(name));
  const held: string[] = [];
  for (const channel of (await get<Channel[]>(asterisk, 'channels'))!) {
    const note = await get<Variable>(asterisk, `channels/${channel.id}/variable?variable=${variables.held}`);
    if (note?.value === `in ${name}`) held.push(channel.id);
  }
  return [...(bridge?.channels ?? []), ...held].map((channel) => legOfChannel(channel, id));
}

/** Null: there is no such thing. */
async function get<T>({ ari }: Asterisk, path: string): Promise<T | null> {
  const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
  const response = await fetch(`${ari.url}/${path}`, { headers: { authorization } });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as T;
}

let shared: Promise<Harness> | null = null;

afterAll(async () => (await shared)?.close());

voiceEngineContract('Asterisk', async (use) => {
  if (use === 'alone') return openHarness();
  shared ??= openHarness();
  return { ...(await shared), close: async () => {} };
});
