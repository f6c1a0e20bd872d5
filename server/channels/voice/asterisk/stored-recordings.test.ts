import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchRecording } from './stored-recordings.ts';

let server: Server;
beforeEach(async () => {
  server = createServer((request, response) => {
    const known = request.headers.authorization === `Basic ${btoa('parley:secret')}`;
    if (!known) response.writeHead(401).end();
    else if (request.url !== '/ari/recordings/stored/call%201/file') response.writeHead(404).end('{}');
    else response.writeHead(200, { 'content-length': 4 }).end('RIFF');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => void server.close());

const ari = (password = 'secret') => ({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ari`,
  user: 'parley',
  password,
});

test('a recording comes with its size', async () => {
  const found = await fetchRecording(ari(), 'call 1');
  expect(found?.bytes).toBe(4);
  expect(await text(found!.stream)).toBe('RIFF');
});

test('one that is not there is undefined', async () => {
  expect(await fetchRecording(ari(), 'call 2')).toBeUndefined();
});

test('a refusal and a silence are told', async () => {
  await expect(fetchRecording(ari('guess'), 'call 1')).rejects.toMatchObject({ code: 'voice.command_failed' });
  const gone = ari();
  server.close();
  await once(server, 'close');
  await expect(fetchRecording(gone, 'call 1')).rejects.toMatchObject({ code: 'voice.engine_down' });
});
