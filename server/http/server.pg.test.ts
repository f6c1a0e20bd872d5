// The server around the REST: what operators ask, what clients get wrong, what happens without the database.
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../platform/db.ts';
import { silentLog } from '../platform/log.ts';
import { ADMIN_KEY, startRest } from './testing/rest.ts';

const missing: string[] = [];
const livePage = fileURLToPath(new URL('../../web/live', import.meta.url));
const rest = await startRest({ ready: () => missing, trustedProxies: ['127.0.0.0/8'], livePage });
const { app, ask } = rest;
const get = (url: string) => app.inject({ url });

describe('operators', () => {
  test('see whether it is alive and ready', async () => {
    expect((await get('/healthz')).statusCode).toBe(200);
    expect((await get('/readyz')).statusCode).toBe(200);
    missing.push('voice');
    const waiting = await get('/readyz');
    expect([waiting.statusCode, waiting.json()]).toEqual([503, { ready: false, missing: ['voice'] }]);
    missing.pop();
  });

  test('read figures', async () => {
    const { headers, body } = await get('/metrics');
    expect(headers['content-type']).toContain('text/plain; version=');
    expect(body).toMatch(/^parley_calls 3$/m);
  });

  test('find the description of the API', async () => {
    expect((await get('/api/openapi.json')).json().openapi).toBe('3.1.0');
  });
});

test.each(['/', '/api/docs'])('the page at %s loads nothing from elsewhere and runs no inline script', async (path) => {
  const first = await get(path);
  const page = first.statusCode === 302 ? await get(String(first.headers.location)) : first;
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
  const addresses = [...page.body.matchAll(/<(?:script|link|img)[^>]*\s(?:src|href)="([^"]+)"/g)].map(([, to]) => to!);
  expect(addresses.length).toBeGreaterThan(1);
  for (const address of addresses.filter((one) => !one.startsWith('/socket.io/'))) {
    const url = new URL(address, `http://here${path}/`);
    expect(url.host, address).toBe('here');
    expect((await get(url.pathname)).statusCode, address).toBe(200);
  }
});

describe('a request that cannot be understood', () => {
  const post = (payload: string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/api/v1/groups',
      payload,
      headers: { 'authorization': `Bearer ${ADMIN_KEY}`, 'content-type': type },
    });

  test.each([
    ['{"name":', 'application/json', 400, 'request.invalid'],
    ['{"__proto__":{"a":1},"name":"x"}', 'application/json', 400, 'request.invalid'],
    ['', 'application/json', 400, 'request.invalid'],
    ['<name/>', 'application/xml', 415, 'request.wrong_media_type'],
    ['{"name":"x"}', 'text/plain', 415, 'request.wrong_media_type'],
    [JSON.stringify({ name: 'x'.repeat(1_100_000) }), 'application/json', 413, 'request.too_large'],
  ])('%.20s as %s: %i %s', async (payload, type, status, code) => {
    const answer = await post(payload, type);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ code, status, request_id: answer.headers['x-request-id'] });
  });

  test('is compressed: it is told so, and not that it is no JSON', async () => {
    for (const type of ['application/json', 'text/csv']) {
      const answer = await app.inject({
        method: 'POST',
        url: `/api/v1/broadcasts/${'0'.repeat(24)}/contacts`,
        payload: gzipSync('to\n+33612345601\n'),
        headers: { 'authorization': `Bearer ${ADMIN_KEY}`, 'content-type': type, 'content-encoding': 'gzip' },
      });
      expect(answer.json()).toMatchObject({ status: 415, detail: 'The body must not be compressed.' });
    }
  });

  test('is no UTF-8: it is told so, and no letter is lost', async () => {
    const headers = { 'authorization': `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    const payload = Buffer.from('{"name":"Déjeuner"}', 'latin1');
    const answer = await app.inject({ method: 'POST', url: '/api/v1/groups', payload, headers });
    expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid', detail: 'The body is not UTF-8.' });
  });

  test('has an address that cannot be decoded: 400 as a problem', async () => {
    const answer = await get('/api/v1/users/%E0%A4%A');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid' });
  });

  test('trickles in for ever: it is cut off', () => {
    expect(app.server.requestTimeout).toBe(900_000);
  });

  test('goes nowhere: 404 as a problem', async () => {
    for (const url of ['/api/v1/nonsense', '/nonsense', '/api/v1/queues/one']) {
      const answer = await app.inject({ url, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      expect([answer.statusCode, answer.json().code], url).toEqual([404, 'request.not_found']);
    }
  });

  test.each([
    ['DELETE', '/api/v1/spaces?limit=1', 'GET, HEAD, POST'],
    ['POST', '/api/v1/users/7', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['GET', '/api/v1/dialogs/00000000-0000-4000-8000-000000000000/hangup', 'PUT'],
    ['POST', '/healthz', 'GET, HEAD'],
  ] as const)('has the wrong method: %s %s is answered by 405, and what is possible', async (method, url, allow) => {
    const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    expect(answer.json()).toMatchObject({ status: 405, code: 'request.wrong_method' });
    expect(answer.headers.allow).toBe(allow);
  });
});

describe('what is no request of HTTP', () => {
  /** What the server says before it hangs up. */
  async function send(text: string): Promise<{ head: string; problem: unknown }> {
    const { port } = app.server.address() as AddressInfo;
    const connection = connect({ port, host: '127.0.0.1' });
    connection.write(text);
    const answer = await textOf(connection);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { head, problem: JSON.parse(body) };
  }

  test.each([
    ['of a method that nobody knows', 'FOO /api/v1/spaces HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'request.invalid'],
    ['that is noise', '\u0016\u0003\u0001 hello\r\n\r\n', 400, 'request.invalid'],
    [
      'with headers that are too large',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
      ...([431, 'request.headers_too_large'] as const),
    ],
  ])('%s is answered by a problem', async (_what, text, status, code) => {
    const { head, problem } = await send(text);
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(problem).toMatchObject({ status, code });
  });
});

test('a client that offers HTTP/2 is answered in HTTP/1.1; one that wants a websocket gets to the stream', async () => {
  const toStream: unknown[] = [];
  const stream = (request: IncomingMessage, connection: Duplex) => {
    toStream.push(request.headers.upgrade);
    connection.destroy();
  };
  app.server.on('upgrade', stream);
  const { port } = app.server.address() as AddressInfo;
  const asks = async (upgrade: string) => {
    const connection = connect({ port, host: '127.0.0.1' });
    const offer = `Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABk\r\n`;
    connection.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${offer}\r\n`);
    return await textOf(connection);
  };
  expect(await asks('h2c')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await asks('WebSocket')).toBe('');
  expect(toStream).toEqual(['WebSocket']);
  app.server.off('upgrade', stream);
});

test('the audit notes the address that a trusted proxy tells', async () => {
  const space = await rest.aSpace();
  const headers = { 'authorization': `Bearer ${ADMIN_KEY}`, 'x-forwarded-for': '203.0.113.9' };
  await ask('POST', '/groups', { space_id: space, name: 'Proxied' }, headers);
  expect((await ask('GET', `/audit?space_id=${space}&limit=1`)).body.items[0].address).toBe('203.0.113.9');
});

describe('without the database', async () => {
  const away: Database = openDatabase(
    { ...rest.options.db.address, port: 1 },
    { log: silentLog, connectTimeoutMs: 500 },
  );
  const cut = await startRest({ db: away });
  afterAll(() => away.close());

  test.each([
    ['GET', '/queues', undefined],
    ['POST', '/spaces', { name: 'x', code: '1', username: 'x', time_zone: 'Europe/Paris' }],
    ['PATCH', '/users/1', { firstname: 'x' }],
    ['DELETE', '/trunks/1', undefined],
  ] as const)('%s %s is answered by 503, and when to come again', async (method, path, body) => {
    const answer = await cut.ask(method, path, body);
    expect(answer).toMatchObject({ status: 503, body: { code: 'database.unavailable' } });
    expect(answer.headers['retry-after']).toBe('2');
  });
});
