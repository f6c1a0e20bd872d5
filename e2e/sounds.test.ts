// Uploaded sounds lie where a real Asterisk plays them from.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeWav } from '../server/platform/audio/wav.ts';
import { adminKey, type Parley, startParley } from './parley.ts';

let parley: Parley;
let space: number;

beforeAll(async () => {
  parley = await startParley({ voice: 'asterisk' });
  const about = { name: 'Acme', code: '000', username: 'acme', time_zone: 'Europe/Paris' };
  space = (await parley.rest<{ id: number }>('POST', '/spaces', about)).id;
});
afterAll(() => parley.close());

const files = async () => (await readdir(join(parley.home, 'sounds'))).toSorted();

async function upload(name: string): Promise<{ id: number; filename: string }> {
  const form = new FormData();
  const wav = writeWav({ rate: 48_000, samples: new Float32Array(48_000).fill(0.1) });
  form.set('file', new Blob([Buffer.from(wav)]), `${name}.wav`);
  form.set('space_id', String(space));
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${parley.url}/api/v1/sounds`, { method: 'POST', body: form, headers });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: number; filename: string };
}

test('a sound is there when its upload is answered, again after a restart if it was lost, and gone with it', async () => {
  const [one, other] = [await upload('one'), await upload('other')];
  const named = [one, other].flatMap(({ filename }) => [filename, `${filename}16`]).toSorted();
  expect(await files()).toEqual(named);
  const wide = join(parley.home, 'sounds', `${one.filename}16`);
  const kept = await readFile(wide);
  expect(kept.readUInt32LE(24)).toBe(16_000);

  await parley.stop();
  await rm(wide);
  await parley.start();
  expect(await files()).toEqual(named);
  expect(await readFile(wide)).toEqual(kept);

  await parley.rest('DELETE', `/sounds/${one.id}`);
  const left = [other.filename, `${other.filename}16`];
  await vi.waitFor(async () => expect(await files()).toEqual(left), 5_000);
});
