// Sounds as they are uploaded, with multipart bodies as browsers and curl write them.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, expectRefusal, type Answer, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;
const boundary = 'parley-test-boundary';
const mp3 = readFileSync(new URL('../platform/audio/fixtures/tone.mp3', import.meta.url));

let space: number;
let own: Record<string, string>;
let stranger: Record<string, string>;

beforeAll(async () => {
  space = await rest.aSpace();
  own = await rest.keyOf(space, 'admin');
  stranger = await rest.keyOf(await rest.aSpace(), 'admin');
});

async function upload(
  file: Buffer | null,
  fields: Record<string, string>,
  key?: Record<string, string>,
): Promise<Answer> {
  const parts: Buffer[] = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  if (file) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="tone.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n`;
    parts.unshift(Buffer.from(head), file, Buffer.from('\r\n'));
  }
  return await post(Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), key);
}

async function post(
  payload: Buffer | string,
  key: Record<string, string> = { authorization: `Bearer ${ADMIN_KEY}` },
  type = `multipart/form-data; boundary=${boundary}`,
): Promise<Answer> {
  const answer = await rest.app.inject({
    ...{ method: 'POST', url: '/api/v1/sounds' },
    ...{ headers: { 'content-type': type, ...key }, payload },
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

test('an upload is converted, measured, listened to, renamed and removed', async () => {
  const { status, body } = await upload(mp3, { name: 'Welcome', space_id: String(space) });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ name: 'Welcome', space_id: space });
  expect(body.filename).toMatch(/^[0-9a-f]{40}\.wav$/);
  expect(body.duration_ms).toBeGreaterThan(480);
  expect(body.level_db).toBeLessThan(0);

  const audio = await rest.app.inject({ url: `/api/v1/sounds/${body.id}/audio`, headers: own });
  expect(audio.headers['content-type']).toBe('audio/wav');
  expect(audio.rawPayload.subarray(0, 4).toString()).toBe('RIFF');
  const part = await rest.app.inject({
    url: `/api/v1/sounds/${body.id}/audio`,
    headers: { ...own, range: 'bytes=8-11' },
  });
  expect([part.statusCode, part.payload]).toEqual([206, 'WAVE']);
  expect(part.headers['content-range']).toBe(`bytes 8-11/${audio.rawPayload.length}`);

  expect((await ask('PATCH', `/sounds/${body.id}`, { name: 'Hello' })).body).toMatchObject({ name: 'Hello' });
  expect((await ask('GET', `/sounds?space_id=${space}`)).body.items).toMatchObject([{ id: body.id, name: 'Hello' }]);
  expect((await ask('GET', `/sounds/${body.id}`, undefined, stranger)).status).toBe(404);
  expect((await ask('DELETE', `/sounds/${body.id}`, undefined, stranger)).status).toBe(404);
  expect((await ask('DELETE', `/sounds/${body.id}`)).status).toBe(204);
  expect((await ask('GET', `/sounds/${body.id}/audio`)).status).toBe(404);
});

test('an IVR plays what has been uploaded, by filename or id', async () => {
  const { id, filename } = (await upload(mp3, {}, own)).body;
  const actions = [{ type: 'play_sound', sound: filename }, { type: 'play_sound', sound: id }, { type: 'hangup' }];
  const ivr = { name: 'Menu', entry_context: 1, contexts: [{ id: 1, options: [{ key: 'start', actions }] }] };
  expect((await ask('POST', '/ivrs', ivr, own)).body).toMatchObject({ state: 'published', findings: [] });
});

test('what is no sound is refused', async () => {
  const notASound = await upload(Buffer.from('%PDF-1.7'), {}, own);
  expectRefusal(notASound, 400, 'file');
  expect(notASound.body.detail).toBe('file cannot be used: The file is neither WAV, MP3 nor OGG.');
  expectRefusal(await upload(null, { name: 'x' }, own), 400, 'file');
  expectRefusal(await upload(mp3, { colour: 'red' }, own), 400, 'colour');
  const asMultipart = { status: 415, body: { detail: 'The body must be multipart/form-data.' } };
  expect(await ask('POST', '/sounds', { name: 'x' })).toMatchObject(asMultipart);
  expect(await post(mp3, own, 'audio/mpeg')).toMatchObject(asMultipart);
});

test('at most 10 MiB', async () => {
  const { status } = await upload(Buffer.alloc(10 * 1_024 * 1_024 + 1), {}, own);
  expect(status).toBe(413);
});

const part = (head: string, body = 'abc') =>
  `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const aFile = part('name="file"; filename="tone.mp3"');
const end = `--${boundary}--\r\n`;

test.each([
  ['is cut off', aFile],
  ['is something else', '{}'],
  ['holds two files', aFile + aFile + end],
  ['holds too many fields', [1, 2, 3, 4, 5].map((at) => part(`name="field${at}"`)).join('') + aFile + end],
  ['holds a field that would become part of every object', part('name="__proto__"') + aFile + end],
])('an upload that %s is refused as a wrong request', async (_, payload) => {
  expectRefusal(await post(payload, own), 400, '');
});

test('an upload that does not say where its parts end is refused as a wrong request', async () => {
  expectRefusal(await post(aFile + end, own, 'multipart/form-data'), 400, '');
});

test('a file without a name needs one', async () => {
  const nameless = part('name="file"\r\nContent-Type: application/octet-stream');
  expectRefusal(await post(nameless + end, own), 400, 'name');
});
