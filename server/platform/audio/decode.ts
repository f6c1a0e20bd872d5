// What people upload → sound as numbers. The format is told by the first bytes, not by a name or Content-Type.
import { MPEGDecoder } from 'mpg123-decoder';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { NotASound, type Pcm } from './pcm.ts';
import { ascii, readWav } from './wav.ts';

export const longestSoundS = 20 * 60;
const chunkBytes = 64 * 1_024;

/** Mono, −1 to 1. Throws NotASound: another format, nothing in it, or longer than `longestSoundS`. */
export async function decodeSound(bytes: Uint8Array): Promise<Pcm> {
  const pcm = await decoded(bytes);
  if (pcm.samples.length === 0) throw new NotASound('There is no sound in the file.');
  requireShort(pcm.samples.length, pcm.rate);
  clip(pcm.samples);
  return pcm;
}

/** A broken or loud file decodes to more than can be played, or to no number; the level is of what is heard. */
function clip(samples: Float32Array): void {
  for (let at = 0; at < samples.length; at++) samples[at] = Math.max(-1, Math.min(1, samples[at]! || 0));
}

async function decoded(bytes: Uint8Array): Promise<Pcm> {
  const start = ascii(bytes, 0);
  if (start === 'RIFF' && ascii(bytes, 8) === 'WAVE') return readWav(bytes);
  if (start === 'OggS') {
    const isOpus = Buffer.from(bytes.subarray(0, 512)).includes('OpusHead');
    return await decodedBy(isOpus ? new OggOpusDecoder() : new OggVorbisDecoder(), bytes);
  }
  const isMp3 = start.startsWith('ID3') || (bytes[0] === 0xff && (bytes[1]! & 0xe0) === 0xe0);
  if (isMp3) return await decodedBy(new MPEGDecoder(), bytes);
  throw new NotASound('The file is neither WAV, MP3 nor OGG.');
}

interface Heard {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
}

interface Decoder {
  ready: Promise<void>;
  decode(bytes: Uint8Array): Heard | Promise<Heard>;
  flush?(): Heard | Promise<Heard>;
  free(): void;
}

/** Piece by piece, so that a small file which holds hours is given up in time. */
async function decodedBy(decoder: Decoder, bytes: Uint8Array): Promise<Pcm> {
  await decoder.ready;
  const pieces: Float32Array[] = [];
  let length = 0;
  let rate = 0;
  const take = ({ channelData, samplesDecoded, sampleRate }: Heard) => {
    if (samplesDecoded === 0) return;
    if (rate !== 0 && sampleRate !== rate) throw new NotASound('The sampling rate changes within the file.');
    rate = sampleRate;
    length += samplesDecoded;
    requireShort(length, rate);
    pieces.push(mono(channelData, samplesDecoded));
  };
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes)
      take(await decoder.decode(bytes.subarray(at, at + chunkBytes)));
    if (decoder.flush) take(await decoder.flush());
  } finally {
    decoder.free();
  }
  const samples = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { rate, samples };
}

function mono(channels: readonly Float32Array[], length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => {
    let sum = 0;
    for (const channel of channels) sum += channel[at]!;
    return sum / channels.length;
  });
}

function requireShort(samples: number, rate: number): void {
  if (samples > longestSoundS * rate) throw new NotASound(`The sound is longer than ${longestSoundS / 60} minutes.`);
}
