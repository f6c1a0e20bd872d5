import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../../../platform/clock.ts';
import { voiceEngineContract } from '../engine.contract.ts';
import { contractSetup, contractSounds, type Harness } from '../engine.harness.ts';
import { SimulatedEngine } from './engine.ts';

const bytesPerMs = 16;

const harnessWith = (latencyMs: () => () => number, toleranceMs: number) => async (): Promise<Harness> => {
  const clock = new VirtualClock();
  const folder = mkdtempSync(join(tmpdir(), 'parley-recordings-'));
  const recordingsFolder = join(folder, 'not-there-yet');
  const engine = new SimulatedEngine({ clock, recordingsFolder, latencyMs: latencyMs() });
  await engine.provision(contractSetup);
  await engine.provideSounds(contractSounds);
  await engine.start();
  await clock.advance(0);
  return {
    engine,
    now: () => clock.now(),
    wait: (ms) => clock.advance(ms),
    toleranceMs,
    shortSound: 'beep',
    membersOf: async (bridge) => engine.exchange.membersOf(bridge),
    recordingExists: async (recording, ms) => {
      const file = join(recordingsFolder, `${recording}.wav`);
      return existsSync(file) && statSync(file).size >= ms * bytesPerMs;
    },
    secondEngine: async () => {
      const second = new SimulatedEngine({ clock, exchange: engine.exchange });
      await second.provision(contractSetup);
      return second;
    },
    kill: async () => engine.crash(),
    revive: async () => engine.restart(),
    close: async () => {
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
};

voiceEngineContract(
  'simulated engine',
  harnessWith(() => () => 0, 0),
);
