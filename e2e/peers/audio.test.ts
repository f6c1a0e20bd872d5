import { expect, test } from 'vitest';
import { type Audio, fromMuLaw, parseWav, sharesOf, silence, telephoneRate, tone, toMuLaw } from './audio.ts';

test('a tone is found, and only that one', () => {
  expect(sharesOf(tone(440, 1_000), [440, 660, 1_000])).toEqual(
    new Map([
      [440, 1],
      [660, 0],
      [1_000, 0],
    ]),
  );
});

test('a tone is found after µ-law, and through a quiet line', () => {
  expect(sharesOf(fromMuLaw(toMuLaw(tone(440, 1_000).samples)), [440]).get(440)).toBe(1);
  expect(sharesOf(tone(440, 1_000, 400), [440]).get(440)).toBe(1);
});

test('two who talk at once are both found', () => {
  const both = Int16Array.from(tone(440, 1_000).samples, (sample, at) => sample + tone(1_000, 1_000).samples[at]!);
  expect([...sharesOf({ sampleRate: telephoneRate, samples: both }, [440, 1_000, 660]).values()]).toEqual([1, 1, 0]);
});

test('silence holds nothing, and half a recording is half', () => {
  expect(sharesOf(silence(1_000), [440]).get(440)).toBe(0);
  const half = joined(silence(500), tone(440, 500));
  expect(sharesOf(half, [440]).get(440)).toBe(0.5);
});

test('a WAV file is read, also while its sizes are not yet filled in', () => {
  const { samples } = tone(440, 200);
  for (const size of [samples.byteLength, 0]) {
    const read = parseWav(Buffer.concat([wavHeader(size), Buffer.from(samples.buffer)]));
    expect(read.sampleRate).toBe(8_000);
    expect(read.samples).toEqual(samples);
  }
});

function joined(...parts: Audio[]): Audio {
  return { sampleRate: telephoneRate, samples: Int16Array.from(parts.flatMap((part) => [...part.samples])) };
}

function wavHeader(dataSize: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(telephoneRate, 24);
  header.writeUInt32LE(telephoneRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataSize, 40);
  return header;
}
