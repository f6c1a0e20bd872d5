import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import type { SignInAnswer } from '../../../contract/supervision.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { recordingLog } from '../../platform/testing/recording-log.ts';
import { connectClient } from './testing/clients.ts';
import { startStream } from './testing/stream-server.ts';

const database = await testDatabase();
const { log, lines } = recordingLog();
const server = await startStream({ database, log, trustedProxies: ['127.0.0.1/32'], origins: 'any' });
afterAll(() => server.close());

const fixture = new URL('../../projections/supervision/fixtures/auth.x-json.json', import.meta.url);
const sample = JSON.parse(readFileSync(fixture, 'utf8')) as { header: object };
const credentials = { login: 'zofia', password: 'secret' };
const good = { ...sample, header: { ...sample.header, login: 'zofia', password: 'secret' } };

describe('a supervisor who signs in', () => {
  test('gets all that the notifications need', async () => {
    const before = Date.now();
    const { status, body, headers } = await post(JSON.stringify(good));
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      ops: [{ id: 8, nom: 'Konsultant Paweł', groupes: [1] }],
      groupes: [{ id: 1, nom: 'Support' }],
      trunks: [{ id: 345_940, nom: 'Nord' }],
      pauses: [{ id: 'user0', value: 'Déjeuner' }],
      queues: [{ id: 391, nom: 'Support' }],
      target: 3,
      id_session: expect.stringMatching(/^[0-9a-f]{48}$/) as string,
      expire: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/) as string,
    });
    const validMs = Date.parse((body as SignInAnswer).expire) - before;
    expect(validMs).toBeGreaterThanOrEqual(7_200_000);
    expect(validMs).toBeLessThan(7_230_000);
  });

  test.each<[string, () => Promise<Answer>]>([
    ['with count_type', () => post(json({ header: { ...credentials, count_type: 'supervisor' } }))],
    [
      'with account_type, which wins over count_type',
      () => post(json({ header: { ...credentials, account_type: 'supervisor', count_type: 'agent' } })),
    ],
    ['without msg', () => post(json({ msg: undefined }))],
    ['with the JSON in the body', () => post(undefined, { body: JSON.stringify(good) })],
    [
      'with a form type and no body, as curl -X POST does',
      () => post(JSON.stringify(good), { type: 'application/x-www-form-urlencoded' }),
    ],
    ['without the last slash', () => post(JSON.stringify(good), { path: '/ws' })],
  ])('%s', async (_title, ask) => {
    expect(await ask()).toMatchObject({ status: 200, body: { target: 3 } });
  });

  test('keeps his older sessions alive', async () => {
    const [first, second] = [await post(JSON.stringify(good)), await post(JSON.stringify(good))];
    for (const { body } of [first, second]) {
      const { id_session, target } = body as SignInAnswer;
      const client = connectClient(server.url, { session: id_session, target, noInit: true });
      await new Promise((resolve) => client.socket.emit('init', 'supervisor', target, id_session, {}, resolve));
      expect(client.others).toEqual([]);
      client.close();
    }
  });

  test('from another address gets a session for that address', async () => {
    const { body } = await post(JSON.stringify(good), { headers: { 'x-forwarded-for': '203.0.113.7' } });
    const { id_session, target } = body as SignInAnswer;
    expect(await connectClient(server.url, { session: id_session, target }).heard('init_error')).toEqual({
      code: 'bad_session',
    });
  });
});

test.each([
  ['raw UTF-8', Buffer.from(JSON.stringify(good).replace('zofia', 'zażółć')).toString('latin1')],
  ['escapes', JSON.stringify(good).replace('zofia', String.raw`za\u017c\u00f3\u0142\u0107`)],
])('a login with %s is understood', async (_title, header) => {
  expect(await post(header)).toMatchObject({ status: 200 });
});

describe('what is refused', () => {
  const unauthorized = { error: 'unauthorized', message: 'Login and password do not belong to a supervisor.' };

  test('a wrong password, an unknown user and an agent look the same', async () => {
    for (const header of [
      { ...credentials, password: 'wrong' },
      { ...credentials, login: 'nobody' },
      { ...credentials, login: 'pawel' },
    ]) {
      expect(await post(json({ header: { ...header, account_type: 'supervisor' } }))).toMatchObject({
        status: 401,
        body: unauthorized,
      });
    }
  });

  test.each([
    ['empty', ''],
    ['longer than any name', 'x'.repeat(3_000)],
    ['with U+0000, which the database takes in no text', 'zofia\0'],
  ])('a login that is nobody’s: %s', async (_what, login) => {
    const answer = await post(json({ header: { ...good.header, login } }));
    expect(answer).toMatchObject({ status: 401, body: unauthorized });
  });

  test('another account_type, also with the password of a supervisor', async () => {
    const header = { ...credentials, account_type: 'agent' };
    expect(await post(json({ header }))).toMatchObject({ status: 401, body: unauthorized });
  });

  test.each<[string, string | undefined, object?]>([
    ['no X-JSON and no body', undefined],
    ['broken JSON', '{"requete":"init"'],
    ['no object', '[]'],
    ['another requete', json({ requete: 'close' })],
    ['no requete', json({ requete: undefined })],
    ['no account_type', json({ header: credentials })],
    ['a password that is no string', json({ header: { ...good.header, password: 7 } })],
    ['bytes that are no UTF-8', JSON.stringify(good).replace('zofia', '\xff\xfe')],
    ['more than 8 KiB', json({ msg: { filler: 'x'.repeat(8_200) } })],
    ['a broken body', undefined, { body: '{"requete"' }],
    ['more than 8 KiB of body', undefined, { body: json({ msg: { filler: 'x'.repeat(8_200) } }) }],
  ])('%s: 400', async (_title, header, more = {}) => {
    expect(await post(header, more)).toMatchObject({ status: 400, body: { error: 'bad_request' } });
  });

  test('too many attempts: 429', async () => {
    const answer = await post(json({ header: { ...good.header, login: 'hammered' } }));
    expect(answer).toMatchObject({ status: 429, body: { error: 'too_many_requests' } });
    expect(answer.headers['retry-after'], 'when the window of failed logins has passed').toBe('300');
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s: 405 as JSON', async (method) => {
    const answer = await post(JSON.stringify(good), { method });
    expect(answer).toMatchObject({ status: 405, body: { error: 'method_not_allowed' } });
    expect(answer.headers.allow).toContain('POST');
  });
});

describe('a dashboard on another site', () => {
  const origin = 'https://dashboard.example';

  test('is let in by default, without cookies meaning anything', async () => {
    const asked = await post(undefined, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': 'x-json' },
    });
    expect(asked).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' },
    });
    expect(asked.headers['access-control-allow-headers']).toMatch(/x-json/i);
    const answer = await post(JSON.stringify(good), { headers: { origin } });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers.vary).toContain('Origin');
  });

  test('may load the client script and speak Socket.IO', async () => {
    for (const path of [
      '/socket.io/socket.io.js',
      '/socket.io/?EIO=4&transport=polling',
      '/socket.io/?EIO=3&transport=polling',
    ]) {
      const answer = await post(undefined, { method: 'GET', path, headers: { origin } });
      expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
    }
  });

  test('is kept out when PARLEY_ORIGINS names others', async () => {
    const narrow = await startStream({ database, origins: ['https://crm.example'] });
    const ask = (from: string, path: string, method: string) =>
      post(path === '/ws/' ? JSON.stringify(good) : undefined, {
        url: narrow.url,
        path,
        method,
        headers: { origin: from },
      });
    expect((await ask(origin, '/ws/', 'POST')).headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask(origin, '/socket.io/?EIO=4&transport=polling', 'GET')).status).toBe(403);
    expect((await ask('https://crm.example', '/ws/', 'POST')).headers['access-control-allow-origin']).toBe(
      'https://crm.example',
    );
    expect((await ask('https://crm.example', '/socket.io/?EIO=4&transport=polling', 'GET')).status).toBe(200);
    expect((await ask(narrow.url, '/socket.io/?EIO=4&transport=polling', 'GET')).status).toBe(200);
    await narrow.close();
  });
});

test('nothing of what was sent is in the log', () => {
  expect(JSON.stringify(lines)).not.toMatch(/secret|zofia|hammered|requete/);
});

function json(change: object): string {
  return JSON.stringify({ ...good, ...change });
}

interface Answer {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

interface Asked {
  method?: string;
  path?: string;
  url?: string;
  body?: string;
  type?: string;
  headers?: Record<string, string>;
}

/** `header`: X-JSON, a byte a character. */
function post(header: string | undefined, asked: Asked = {}): Promise<Answer> {
  const { method = 'POST', path = '/ws/', url = server.url, body, type, headers } = asked;
  const contentType = type ?? (body === undefined ? undefined : 'application/json');
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, url), {
      method,
      agent: false,
      headers: {
        ...headers,
        ...(header === undefined ? {} : { 'X-JSON': header }),
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: response.statusCode!,
          body: isJson ? (JSON.parse(text) as unknown) : text,
          headers: response.headers as Record<string, string>,
        });
      });
    });
    request.end(body);
  });
}
