// Tones that prove that audio flows: each party plays one of its own, and we look for it in what the others recorded.
import { readFile } from 'node:fs/promises';

export interface Audio {
  sampleRate: number;
  samples: Int16Array;
}

export const telephoneRate = 8_000;

export function tone(frequencyHz: number, durationMs: number, amplitude = 8_000): Audio {
  const samples = new Int16Array(Math.round((telephoneRate * durationMs) / 1_000));
  const step = (2 * Math.PI * frequencyHz) / telephoneRate;
  for (let at = 0; at < samples.length; at++) samples[at] = Math.round(amplitude * Math.sin(at * step));
  return { sampleRate: telephoneRate, samples };
}

export function silence(durationMs: number): Audio {
  return tone(0, durationMs, 0);
}

/**
 * For each tone, in which share (0 to 1) of the recording it is there: windows of 50 ms in which it carries a fifth of
 * the energy or more, so that two or three parties who talk at once are all found. Tones must be 100 Hz apart.
 */
export function sharesOf({ sampleRate, samples }: Audio, tones: readonly number[]): Map<number, number> {
  const size = Math.round(sampleRate * 0.05);
  const found = new Map(tones.map((frequency) => [frequency, 0]));
  let windows = 0;
  for (let from = 0; from + size <= samples.length; from += size) {
    windows += 1;
    const window = samples.subarray(from, from + size);
    for (const frequency of tones) {
      if (shareOfEnergy(window, frequency, sampleRate) >= 0.2) found.set(frequency, found.get(frequency)! + 1);
    }
  }
  for (const [frequency, count] of found) found.set(frequency, windows === 0 ? 0 : count / windows);
  return found;
}

/** In which share (0 to 1) of the recording anything is heard: of its windows of 50 ms. */
export function soundShareOf({ sampleRate, samples }: Audio): number {
  const size = Math.round(sampleRate * 0.05);
  let [windows, loud] = [0, 0];
  for (let from = 0; from + size <= samples.length; from += size) {
    windows += 1;
    if (!isQuiet(energyOf(samples.subarray(from, from + size)), size)) loud += 1;
  }
  return windows === 0 ? 0 : loud / windows;
}

function energyOf(window: Int16Array): number {
  let energy = 0;
  for (const sample of window) energy += sample * sample;
  return energy;
}

/** Below an amplitude of about 100 it is line noise. */
function isQuiet(energy: number, samples: number): boolean {
  return energy < samples * 5_000;
}

/** Goertzel's algorithm: how much of the window's energy lies at the frequency; 0 in silence. */
function shareOfEnergy(window: Int16Array, frequencyHz: number, sampleRate: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let [previous, beforeThat, energy] = [0, 0, 0];
  for (const sample of window) {
    const now = sample + factor * previous - beforeThat;
    beforeThat = previous;
    previous = now;
    energy += sample * sample;
  }
  if (isQuiet(energy, window.length)) return 0;
  const power = previous * previous + beforeThat * beforeThat - factor * previous * beforeThat;
  return (2 * power) / (window.length * energy);
}

/** 16-bit PCM, first channel. A file that is still being written, whose sizes are not filled in, is read as it is. */
export async function readWav(path: string): Promise<Audio> {
  return parseWav(await readFile(path));
}

export function parseWav(file: Buffer): Audio {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('not a WAV file');
  let format: { channels: number; sampleRate: number } | null = null;
  for (let at = 12; at + 8 <= file.length;) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === 'fmt ') {
      if (file.readUInt16LE(body + 14) !== 16) throw new Error('only 16-bit PCM is read');
      format = { channels: file.readUInt16LE(body + 2), sampleRate: file.readUInt32LE(body + 4) };
    } else if (id === 'data' && format !== null) {
      const end = size === 0 || body + size > file.length ? file.length : body + size;
      return { sampleRate: format.sampleRate, samples: firstChannel(file.subarray(body, end), format.channels) };
    }
    at = body + size + (size % 2);
  }
  throw new Error('a WAV file without audio');
}

function firstChannel(data: Buffer, channels: number): Int16Array {
  const samples = new Int16Array(Math.floor(data.length / 2 / channels));
  for (let at = 0; at < samples.length; at++) samples[at] = data.readInt16LE(at * 2 * channels);
  return samples;
}

/** ITU-T G.711 µ-law. */
export function toMuLaw(samples: Int16Array): Buffer {
  const bytes = Buffer.alloc(samples.length);
  for (let at = 0; at < samples.length; at++) bytes[at] = muLawOf(samples[at]!);
  return bytes;
}

function muLawOf(sample: number): number {
  const bias = 0x84;
  const magnitude = Math.min(Math.abs(sample), 32_635) + bias;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

export function fromMuLaw(bytes: Uint8Array): Audio {
  const samples = new Int16Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const byte = ~bytes[at]! & 0xff;
    const magnitude = ((((byte & 0x0f) << 3) + 0x84) << ((byte >> 4) & 7)) - 0x84;
    samples[at] = byte & 0x80 ? -magnitude : magnitude;
  }
  return { sampleRate: telephoneRate, samples };
}
