// Customers' servers as they are: slow, dead, endless, cut off, redirecting, private.
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressPolicy } from '../../platform/guarded-http/addresses.ts';
import { UrlAsker } from './url-asker.ts';

const options = { version: '1', monotonicMs: () => performance.now() };
const asker = new UrlAsker({ ...options, policy: addressPolicy(['127.0.0.1/32']) });
const timeoutMs = 400;
const slackMs = 400;

const plain = (body: string, status = '200 OK', more = '') =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;

/** By path; each gets the whole request's text. */
const behaviours: Record<string, (socket: Socket, request: string) => void> = {
  '/good': (socket, request) => socket.write(plain(request)),
  '/slow': () => undefined,
  '/trickle': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const drip = setInterval(() => socket.write('1\r\nx\r\n'), 50);
    socket.on('close', () => clearInterval(drip));
  },
  '/64k': (socket) => socket.write(plain('x'.repeat(65_536))),
  '/64k1': (socket) => socket.write(plain('x'.repeat(65_537))),
  '/endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const pour = () => {
      while (!socket.destroyed && socket.write(`2000\r\n${'x'.repeat(8_192)}\r\n`));
    };
    socket.on('drain', pour);
    pour();
  },
  '/early': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Resp'),
  '/stays': (socket) => socket.write(plain('', '200 OK', 'Connection: keep-alive\r\n')),
  // As servers that somebody wrote in an afternoon do.
  '/leaves': (socket) => {
    socket.write(plain(''));
    setTimeout(() => socket.end(), 2);
  },
  '/mute': (socket) => socket.destroy(),
  '/redirect': (socket) => socket.write(plain('', '302 Found', `Location: ${at('/good')}\r\n`)),
  '/nonsense': (socket) => socket.end('220 smtp ready\r\n'),
};

let server: Server;
let asked: string[] = [];
let connections = 0;
const at = (path: string) => `http://127.0.0.1:${(server.address() as { port: number }).port}${path}`;
const ask = (url: string, body: string | null = null) =>
  asker.ask({ method: body === null ? 'GET' : 'POST', url, body, timeoutMs });

beforeAll(async () => {
  server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined); // We hang up on some of them.
    socket.on('data', (data) => {
      const request = data.toString();
      const path = /^\S+ ([^ ?]+)/.exec(request)?.[1] ?? '';
      asked.push(path);
      behaviours[path]?.(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await asker.close();
  server.close();
});

test('GET carries its query as it is, and no body', async () => {
  const { status, body, error } = await ask(at('/good?a=%2A&b=$'));
  expect([status, error]).toEqual([200, null]);
  expect(Buffer.from(body).toString()).toMatch(/^GET \/good\?a=%2A&b=\$ HTTP\/1\.1\r\n/);
});

test('connections are used again if the server says that they stay open', async () => {
  await ask(at('/good')); // So that none is there that was left open.
  connections = 0;
  for (let times = 0; times < 20; times++) await ask(at('/stays'));
  expect(connections).toBeLessThan(5); // The next question may come before the last one's connection is free.
});

test('a server that closes without saying so gets every question', async () => {
  await ask(at('/good'));
  connections = 0;
  for (let times = 0; times < 50; times++) expect(await ask(at('/leaves'))).toMatchObject({ status: 200, error: null });
  expect(connections).toBe(50);
});

test('what is under way is cut at the end, also on connections that were given up meanwhile', async () => {
  const ending = new UrlAsker({ ...options, policy: addressPolicy(['127.0.0.1/32']) });
  const question = { method: 'GET', body: null, timeoutMs: 10_000 } as const;
  const hanging = ending.ask({ ...question, url: at('/slow') });
  await ending.ask({ ...question, url: at('/leaves') });
  const began = performance.now();
  await ending.close();
  expect((await hanging).error).not.toBeNull();
  expect(performance.now() - began).toBeLessThan(slackMs);
});

test('POST carries a form', async () => {
  const { body } = await ask(at('/good'), 'CallID=1&CallFlow=IN');
  const request = Buffer.from(body).toString();
  expect(request).toMatch(/^POST \/good HTTP/);
  expect(request).toMatch(/content-type: application\/x-www-form-urlencoded\r\n/i);
  expect(request).toMatch(/\r\n\r\nCallID=1&CallFlow=IN$/);
});

test('64 KiB are heard', async () => expect((await ask(at('/64k'))).body).toHaveLength(65_536));

test.each<[what: string, path: string, code: RegExp]>([
  ['that answers nothing', '/slow', /timeout/],
  ['that trickles', '/trickle', /timeout/],
  ['that answers 64 KiB and a byte', '/64k1', /answer_too_long/],
  ['that never ends', '/endless', /answer_too_long/],
  ['that closes early', '/early', /./],
  ['that closes at once', '/mute', /./],
  ['that speaks something else', '/nonsense', /./],
])('a server %s: no whole answer, and nobody waits longer than the limit', async (_what, path, code) => {
  asked = [];
  const began = performance.now();
  const { error, ms } = await ask(at(path));
  expect(error?.code).toMatch(code);
  expect(performance.now() - began).toBeLessThan(timeoutMs + slackMs);
  expect(ms).toBeLessThan(timeoutMs + slackMs);
  expect(asked, 'one attempt').toEqual([path]);
});

test('nobody listens', async () => {
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  const { port } = dead.address() as { port: number };
  await new Promise((resolve) => dead.close(resolve));
  expect((await ask(`http://127.0.0.1:${port}/`)).error?.code).toBe('ECONNREFUSED');
});

test('a redirect is not followed', async () => {
  asked = [];
  expect((await ask(at('/redirect'))).status).toBe(302);
  expect(asked).toEqual(['/redirect']);
});

test.each([
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://10.1.2.3/',
  'http://169.254.169.254/',
  'http://localhost/',
  'ftp://a.b/',
])('%s is not asked unless the installation allows it', async (url) => {
  const strict = new UrlAsker({ ...options, policy: addressPolicy([]) });
  expect((await strict.ask({ method: 'GET', url, body: null, timeoutMs })).error).not.toBeNull();
  await strict.close();
});

test('of our own address the built-in inbox alone is asked, by whatever way the URL is written', async () => {
  const origin = new URL(at('/')).origin;
  const strict = new UrlAsker({
    ...{ ...options, policy: addressPolicy([]) },
    ownInbox: () => ({ origin, path: '/good' }),
  });
  const asks = async (path: string) =>
    (await strict.ask({ method: 'GET', url: at(path), body: null, timeoutMs })).error?.code ?? null;
  expect(await asks('/good')).toBeNull();
  expect(await asks('/good/../slow')).toBe('url_refused');
  expect(await asks('/good/%2e%2e/slow')).toBe('url_refused');
  expect(await asks('/slow?/good')).toBe('url_refused');
  await strict.close();
});
