// Bridges and their recordings. A bridge that its last leg has left is dissolved; its recordings end with it.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LegId } from '../../../domain/ids.ts';
import { AppError } from '../../../errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { VoiceFact } from '../engine.ts';
import type { Bridge, Leg } from './calls.ts';

export class Bridges {
  readonly #clock: Clock;
  readonly #folder: string | null;
  readonly #tell: (fact: VoiceFact) => void;
  readonly #bridges = new Map<string, Bridge>();

  constructor({ clock, folder, tell }: { clock: Clock; folder: string | null; tell: (fact: VoiceFact) => void }) {
    this.#clock = clock;
    this.#folder = folder;
    this.#tell = tell;
  }

  membersOf(name: string): LegId[] {
    return [...(this.#bridges.get(name)?.legs ?? [])].map(({ id }) => id);
  }

  /** Exactly these legs are in the bridge afterwards. */
  join(name: string, legs: readonly Leg[]): void {
    const bridge = this.#bridges.get(name) ?? { name, legs: new Set<Leg>(), recordings: new Map<string, number>() };
    this.#bridges.set(name, bridge);
    const wanted = new Set(legs);
    for (const leg of wanted) {
      if (leg.bridge === bridge) continue;
      this.leave(leg);
      bridge.legs.add(leg);
      leg.bridge = bridge;
    }
    for (const leg of bridge.legs) if (!wanted.has(leg)) this.leave(leg);
    if (bridge.legs.size === 0) this.dissolve(name);
  }

  leave(leg: Leg): void {
    const bridge = leg.bridge;
    if (!bridge) return;
    leg.bridge = null;
    bridge.legs.delete(leg);
    if (bridge.legs.size === 0) this.dissolve(bridge.name);
  }

  dissolve(name: string): void {
    const bridge = this.#bridges.get(name);
    if (!bridge) return;
    this.#bridges.delete(name);
    for (const leg of bridge.legs) leg.bridge = null;
    for (const recording of bridge.recordings.keys()) this.#ended(bridge, recording);
  }

  record(name: string, recording: string): void {
    const bridge = this.#bridges.get(name);
    if (!bridge) throw new AppError('voice.command_failed', `Bridge ${name} does not exist: nothing to record.`);
    if (this.#recordedBy(recording)) throw new AppError('voice.command_failed', `Recording ${recording} runs already.`);
    bridge.recordings.set(recording, this.#clock.now());
  }

  stopRecord(recording: string): void {
    const bridge = this.#recordedBy(recording);
    if (bridge) this.#ended(bridge, recording);
  }

  /** The exchange died. */
  forget(): void {
    this.#bridges.clear();
  }

  #recordedBy(recording: string): Bridge | undefined {
    return [...this.#bridges.values()].find((bridge) => bridge.recordings.has(recording));
  }

  #ended(bridge: Bridge, recording: string): void {
    const durationMs = this.#clock.now() - bridge.recordings.get(recording)!;
    bridge.recordings.delete(recording);
    if (this.#folder) writeSilence(join(this.#folder, `${recording}.wav`), durationMs);
    this.#tell({ type: 'recorded', at: this.#clock.now(), recording, durationMs });
  }
}

const samplesPerMs = 8;

/** A WAV file of silence (16 bit, 8 kHz, mono), sparse: its length costs nothing. */
function writeSilence(path: string, durationMs: number): void {
  const dataBytes = Math.round(durationMs * samplesPerMs) * 2;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(samplesPerMs * 1_000, 24);
  header.writeUInt32LE(samplesPerMs * 2_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  try {
    writeSync(file, header);
    ftruncateSync(file, 44 + dataBytes);
  } finally {
    closeSync(file);
  }
}
