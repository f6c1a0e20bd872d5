// WAV files: what people upload (PCM, float, A-law, µ-law), and what we keep (mono, 16 bits).
import { NotASound, type Pcm } from './pcm.ts';

const format = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe };

type ReadSample = (view: DataView, at: number) => number;

/** Mixed to mono. Throws NotASound. */
export function readWav(bytes: Uint8Array): Pcm {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: { code: number; channels: number; rate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = ascii(bytes, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ' && length >= 16 && body + length <= bytes.length) header = readHeader(view, body, length);
    // A length of 0 or beyond the end: written by a program that never came back to it.
    if (name === 'data' && header)
      return samplesOf(view, header, body, Math.min(length || Infinity, bytes.length - body));
    at = body + length + (length % 2);
  }
  throw new NotASound('The WAV file has no sound in it.');
}

function readHeader(view: DataView, at: number, length: number) {
  const code = view.getUint16(at, true);
  return {
    code: code === format.extensible && length >= 26 ? view.getUint16(at + 24, true) : code,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function samplesOf(
  view: DataView,
  { code, channels, rate, bits }: { code: number; channels: number; rate: number; bits: number },
  from: number,
  length: number,
): Pcm {
  const read = readers[`${code}/${bits}`];
  if (!read || channels < 1 || channels > 8 || rate < 4_000 || rate > 192_000) {
    throw new NotASound(
      `A WAV file of format ${code}, ${bits} bits, ${channels} channels, ${rate} Hz is not understood.`,
    );
  }
  const width = bits / 8;
  const samples = new Float32Array(Math.floor(length / (width * channels)));
  for (let frame = 0; frame < samples.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(view, from + (frame * channels + channel) * width);
    samples[frame] = sum / channels;
  }
  return { rate, samples };
}

const readers: Readonly<Record<string, ReadSample>> = {
  [`${format.pcm}/8`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${format.pcm}/16`]: (view, at) => view.getInt16(at, true) / 32_768,
  [`${format.pcm}/24`]: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608,
  [`${format.pcm}/32`]: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  [`${format.float}/32`]: (view, at) => finite(view.getFloat32(at, true)),
  [`${format.float}/64`]: (view, at) => finite(view.getFloat64(at, true)),
  [`${format.aLaw}/8`]: (view, at) => fromALaw(view.getUint8(at)) / 32_768,
  [`${format.muLaw}/8`]: (view, at) => fromMuLaw(view.getUint8(at)) / 32_768,
};

const finite = (sample: number): number => (Number.isFinite(sample) ? sample : 0);

/** ITU-T G.711. */
function fromMuLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** ITU-T G.711. */
function fromALaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

const headerBytes = 44;

export function writeWav({ rate, samples }: Pcm): Uint8Array {
  const view = new DataView(new ArrayBuffer(headerBytes + samples.length * 2));
  const text = (at: number, name: string) => {
    for (let letter = 0; letter < 4; letter++) view.setUint8(at + letter, name.charCodeAt(letter));
  };
  text(0, 'RIFF');
  view.setUint32(4, view.byteLength - 8, true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format.pcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (let at = 0; at < samples.length; at++) {
    const clipped = Math.max(-1, Math.min(1, samples[at]!));
    view.setInt16(headerBytes + at * 2, Math.round(clipped * 32_767), true);
  }
  return new Uint8Array(view.buffer);
}

/** The four letters at that place. */
export function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
