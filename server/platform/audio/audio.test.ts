import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convertSound } from './convert.ts';
import { levelDb, type Pcm, resampled } from './pcm.ts';
import { readWav, writeWav } from './wav.ts';

const tone = (hz: number, rate: number, seconds = 1): Pcm => ({
  rate,
  samples: Float32Array.from({ length: rate * seconds }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate)),
});

/** A WAV file of any format, from raw frames. */
function wavOf(code: number, bits: number, channels: number, rate: number, data: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(code, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** How often it rises or falls through zero: twice a period. */
const crossingsOf = (samples: Float32Array) => {
  let crossings = 0;
  for (let at = 1; at < samples.length; at++) if (samples[at - 1]! < 0 !== samples[at]! < 0) crossings++;
  return crossings;
};

describe('WAV', () => {
  test('what is written is read again', () => {
    const { rate, samples } = readWav(writeWav(tone(440, 8_000)));
    expect(rate).toBe(8_000);
    expect(samples[5]).toBeCloseTo(tone(440, 8_000).samples[5]!, 3);
  });
  const half = (bits: number) => Buffer.from([...Array<number>(bits / 8 - 1).fill(0), 0x40]);
  test.each<[what: string, file: Buffer, sample: number]>([
    ['8 bits', wavOf(1, 8, 1, 8_000, Buffer.from([192])), 0.5],
    ['16 bits', wavOf(1, 16, 1, 8_000, half(16)), 0.5],
    ['24 bits', wavOf(1, 24, 1, 8_000, half(24)), 0.5],
    ['24 bits, below zero', wavOf(1, 24, 1, 8_000, Buffer.from([0, 0, 0xc0])), -0.5],
    ['32 bits', wavOf(1, 32, 1, 8_000, half(32)), 0.5],
    ['float', wavOf(3, 32, 1, 8_000, Buffer.from(new Float32Array([0.5]).buffer)), 0.5],
    ['µ-law, its loudest', wavOf(7, 8, 1, 8_000, Buffer.from([0x80])), 32_124 / 32_768],
    ['µ-law, silence', wavOf(7, 8, 1, 8_000, Buffer.from([0xff])), 0],
    ['A-law, its loudest', wavOf(6, 8, 1, 8_000, Buffer.from([0xaa])), 32_256 / 32_768],
    ['A-law, its quietest', wavOf(6, 8, 1, 8_000, Buffer.from([0xd5])), 8 / 32_768],
    ['two channels', wavOf(1, 16, 2, 8_000, Buffer.concat([half(16), Buffer.alloc(2)])), 0.25],
  ])('%s', (_what, file, sample) => expect(readWav(file).samples[0]).toBeCloseTo(sample, 4));
});

describe('another rate', () => {
  test.each([44_100, 48_000, 22_050, 11_025, 8_000])('from %i Hz keeps length, level and pitch', (rate) => {
    const { samples } = resampled(tone(1_000, rate), 16_000);
    expect(Math.abs(samples.length - 16_000)).toBeLessThan(2);
    expect(levelDb({ rate: 16_000, samples })).toBeCloseTo(-9, 0);
    const expected = tone(1_000, 16_000).samples;
    for (const at of [1_000, 5_003, 12_345]) expect(samples[at]).toBeCloseTo(expected[at]!, 1);
  });
  test('what the new rate cannot hold is not heard', () => {
    const { samples } = resampled(tone(6_000, 48_000), 8_000);
    expect(levelDb({ rate: 8_000, samples: samples.subarray(200, -200) })).toBeLessThan(-55);
  });
});

describe('an upload', () => {
  test('is converted in a thread of its own', async () => {
    const { durationMs, levelDb: level, wav8k, wav16k } = await convertSound(writeWav(tone(440, 44_100, 2)));
    expect([durationMs, readWav(wav8k).samples.length, readWav(wav16k).samples.length]).toEqual([
      2_000, 16_000, 32_000,
    ]);
    expect(level).toBeCloseTo(-9, 0);
  });
  test.each(['tone.mp3', 'tone.ogg', 'tone.opus'])('%s is half a second of 440 Hz', async (file) => {
    const {
      durationMs,
      levelDb: level,
      wav8k,
    } = await convertSound(readFileSync(new URL(`./fixtures/${file}`, import.meta.url)));
    expect(durationMs).toBeGreaterThanOrEqual(490);
    expect(durationMs).toBeLessThan(600);
    expect(level).toBeGreaterThan(-11);
    expect(crossingsOf(readWav(wav8k).samples.subarray(800, 2_400))).toBeCloseTo(176, -1);
  });
  test('that is louder than can be played is measured as it is heard', async () => {
    const loud = wavOf(3, 32, 1, 8_000, Buffer.from(new Float32Array(800).fill(1_000).buffer));
    expect((await convertSound(loud)).levelDb).toBe(0);
  });
  test.each<[what: string, file: Uint8Array, sentence: string]>([
    ['something else', Buffer.from('%PDF-1.7'), 'neither WAV, MP3 nor OGG'],
    ['nothing', Buffer.alloc(0), 'neither WAV, MP3 nor OGG'],
    ['a WAV file cut off in its header', writeWav(tone(440, 8_000)).subarray(0, 30), 'no sound in it'],
    ['a codec that is not ours', wavOf(2, 4, 1, 8_000, Buffer.alloc(8)), 'is not understood'],
    ['what only begins like MP3', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(400)]), 'no sound'],
    ['what only begins like OGG', Buffer.from('OggS and nothing more'), 'no sound'],
  ])('that is %s is refused with a reason', async (_what, file, sentence) => {
    await expect(convertSound(file)).rejects.toThrow(sentence);
  });
});
