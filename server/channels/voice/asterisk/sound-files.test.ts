import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SoundSetup } from '../engine.ts';
import { SoundFiles } from './sound-files.ts';

let home: string;
let folder: string;
let files: SoundFiles;
let reads: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-sounds-'));
  folder = join(home, 'sounds');
  files = new SoundFiles({ folder, asteriskSees: folder });
  reads = [];
});
afterEach(() => rm(home, { recursive: true }));

const aSound = (file: string, read?: SoundSetup['read']): SoundSetup => ({
  name: `parley/${file}`,
  durationMs: 1_000,
  async read() {
    reads.push(file);
    return read ? await read() : { wav8k: Buffer.from(`${file} narrow`), wav16k: Buffer.from(`${file} wide`) };
  },
});
const there = async () => (await readdir(folder)).toSorted();

test('each sound is there for narrow and for wide band', async () => {
  await files.keep([aSound('a'), aSound('b')]);
  expect(await there()).toEqual(['a.wav', 'a.wav16', 'b.wav', 'b.wav16']);
  expect(await readFile(join(folder, 'a.wav'), 'utf8')).toBe('a narrow');
  expect(await readFile(join(folder, 'b.wav16'), 'utf8')).toBe('b wide');
});

test('what is there already is not read again, not even after a restart', async () => {
  await files.keep([aSound('a')]);
  await files.keep([aSound('a'), aSound('b')]);
  await new SoundFiles({ folder, asteriskSees: folder }).keep([aSound('a'), aSound('b')]);
  expect(reads).toEqual(['a', 'b']);
});

test('a sound that is removed leaves nothing behind', async () => {
  await files.keep([aSound('a'), aSound('b')]);
  await files.keep([aSound('b')]);
  expect(await there()).toEqual(['b.wav', 'b.wav16']);
  expect(files.mediaOf('parley/a')).toBeUndefined();
});

test('what a killed server has left half done is done anew', async () => {
  await mkdir(folder);
  await writeFile(join(folder, 'a.wav'), 'a narrow');
  await writeFile(join(folder, 'a.wav16.part'), 'a w');
  await files.keep([aSound('a')]);
  expect(await there()).toEqual(['a.wav', 'a.wav16']);
});

test('one that is removed while it is read, and one that cannot be read, are no reason to miss the others', async () => {
  const gone = aSound('gone', async () => undefined);
  const broken = aSound('broken', () => Promise.reject(new Error('The database is away.')));
  await expect(files.keep([gone, broken, aSound('a')])).rejects.toThrow('1 sounds cannot be kept.');
  expect(await there()).toEqual(['a.wav', 'a.wav16']);
  await files.keep([aSound('broken'), aSound('a')]);
  expect(await there()).toEqual(['a.wav', 'a.wav16', 'broken.wav', 'broken.wav16']);
});

test('changes that come at once are kept one after the other', async () => {
  await Promise.all([files.keep([aSound('a')]), files.keep([aSound('a'), aSound('b')]), files.keep([aSound('b')])]);
  expect(await there()).toEqual(['b.wav', 'b.wav16']);
});

test('Asterisk is told where it sees the file', async () => {
  await files.keep([aSound('a')]);
  expect(files.mediaOf('parley/a')).toBe(`sound:${folder}/a`);
  expect(files.mediaOf('digits/1')).toBeUndefined();
  const elsewhere = new SoundFiles({ folder, asteriskSees: 'parley' });
  await elsewhere.keep([aSound('a')]);
  expect(elsewhere.mediaOf('parley/a')).toBe('sound:parley/a');
});
