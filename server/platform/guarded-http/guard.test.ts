// A server on every loopback address counts who gets through. Names are resolved as the test says.
import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addressPolicy } from './addresses.ts';
import { Target } from './client.ts';
import { guardedConnector, TargetForbidden, type Resolve } from './connector.ts';
import { refusalOf } from './target-url.ts';
import { aForbiddenHost, aPublicHost, forbiddenHosts } from './testing/forbidden.ts';

const publicOnly = addressPolicy([]);
let server: Server;
let port: number;
let reached: number;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('reached'));
  server.on('connection', () => reached++);
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  reached = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function ask(
  host: string,
  { policy = publicOnly, resolve }: { policy?: typeof publicOnly; resolve?: Resolve } = {},
) {
  const target = new Target({ origin: new URL(`http://${host}:${port}`).origin, connections: 1, policy, resolve });
  const answer = await target.request({ method: 'POST', path: '/', headers: {}, body: 'x', timeoutMs: 5_000 });
  await target.destroy();
  return answer;
}

/** Answers each question with the next of these; the last one for ever. */
const answering = (...answers: string[][]): Resolve => {
  let asked = 0;
  return (_host, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)]!;
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};

test('the server itself can be reached, where it is allowed', async () => {
  expect((await ask('127.0.0.1', { policy: addressPolicy(['127.0.0.0/8']) })).status).toBe(200);
  expect((await ask('[::1]', { policy: addressPolicy(['::1/128']) })).status).toBe(200);
  expect(reached).toBe(2);
});

test.each(forbiddenHosts)('http://%s is not reached', async (host) => {
  expect(refusalOf(`http://${host}:${port}/`, publicOnly)).not.toBe(null);
  expect((await ask(host)).error?.code).toBe('PARLEY_TARGET_FORBIDDEN');
  expect(reached).toBe(0);
});

test('of 20,000 generated addresses in all their spellings none is connected to; public ones stay allowed', () => {
  const connect = guardedConnector({ policy: publicOnly, connectTimeoutMs: 1_000 });
  let seed = 20_261_120;
  const chance = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x80000000;
  for (let at = 0; at < 20_000; at++) {
    const host = aForbiddenHost(chance);
    const url = new URL(`http://${host}:${port}/`);
    let refused: unknown = null;
    connect({ hostname: url.hostname, protocol: url.protocol, port: url.port }, (...[error]) => {
      refused = error;
    });
    expect(refused, host).toBeInstanceOf(TargetForbidden); // At once: nothing was begun.
    const open = aPublicHost(chance);
    expect(refusalOf(`http://${open}/`, publicOnly), open).toBe(null);
  }
  expect(reached).toBe(0);
});

test.each([
  ['user@host', 'http://example.com@127.0.0.1/'],
  ['a password', 'http://a:b@example.com/'],
  ['another scheme', 'file:///etc/passwd'],
  ['gopher', 'gopher://127.0.0.1/'],
  ['localhost', 'http://localhost/'],
  ['localhost with a dot', 'http://app.localhost./'],
  ['full-width digits', 'http://１２７.０.０.１/'],
  ['a fragment', 'http://example.com/#a'],
])('%s is refused in a URL', (_what, url) => {
  expect(refusalOf(url, publicOnly)).not.toBe(null);
});

test('a name is not connected to unless all of its addresses are allowed', async () => {
  for (const addresses of [
    ['127.0.0.1'],
    ['93.184.215.14', '127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['::1', '2a00:1450::1'],
  ]) {
    const answer = await ask('several.example', { resolve: answering(addresses) });
    expect(answer.error?.code, String(addresses)).toBe('PARLEY_TARGET_FORBIDDEN');
  }
  expect(reached).toBe(0);
});

test('a name is asked once a connection: what it changes to afterwards does not count', async () => {
  const policy = addressPolicy(['127.0.0.1/32']);
  expect((await ask('rebinds.example', { policy, resolve: answering(['127.0.0.1'], ['::1']) })).status).toBe(200);
  expect(reached).toBe(1);
  expect((await ask('rebinds.example', { policy, resolve: answering(['::1']) })).error?.code).toBe(
    'PARLEY_TARGET_FORBIDDEN',
  );
  expect(reached).toBe(1);
});

test('where the connection has really gone is checked, whatever was resolved', async () => {
  // Allowed at the check, forbidden at the socket: as if the system had connected elsewhere.
  let asked = 0;
  const changing = { allows: () => ++asked < 2 };
  const answer = await ask('rebinds.example', { policy: changing, resolve: answering(['127.0.0.1']) });
  expect(answer).toMatchObject({ status: null, error: { code: 'PARLEY_TARGET_FORBIDDEN' } });
  expect(asked).toBe(2);
});

test('a name that does not exist is a failure like others', async () => {
  const resolve: Resolve = (_host, _options, callback) =>
    callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);
  expect((await ask('nowhere.example', { resolve })).error?.code).toBe('ENOTFOUND');
});
