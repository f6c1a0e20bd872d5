import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { VirtualClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { AriClient, AriRefusal, requestMessage } from './ari-client.ts';
import type { RESTRequest } from './ari-types.gen.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An Asterisk that says what it is told to, and a client of it. */
async function connected() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const sockets: WebSocket[] = [];
  const requests: RESTRequest[] = [];
  const paths: string[] = [];
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    paths.push(`${request.url} ${request.headers.authorization}`);
    socket.on('message', (data: Buffer) => requests.push(JSON.parse(data.toString()) as RESTRequest));
  });
  const clock = new VirtualClock();
  const heard: string[] = [];
  const client = new AriClient({
    address: () => ({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ari`,
      user: 'u',
      password: 'p',
    }),
    app: 'parley',
    clock,
    log: silentLog,
    listener: {
      connected: () => heard.push('connected'),
      disconnected: () => heard.push('disconnected'),
      event: ({ type }) => heard.push(type),
    },
  });
  closing.push(async () => {
    client.close();
    for (const socket of sockets) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  client.open();
  const arrives = async (what: () => boolean) => {
    for (let turn = 0; turn < 1_000 && !what(); turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(what()).toBe(true);
  };
  await arrives(() => heard.includes('connected'));
  const answer = (request: RESTRequest, status_code: number, body: unknown) =>
    sockets.at(-1)!.send(
      JSON.stringify({
        type: 'RESTResponse',
        request_id: request.request_id,
        status_code,
        reason_phrase: 'Reason',
        uri: request.uri,
        message_body: JSON.stringify(body),
      }),
    );
  return { client, clock, server, sockets, requests, paths, heard, arrives, answer };
}

test('a request names its path, query and body as Asterisk wants them', () => {
  const parameters = {
    path: { channelId: 'a b' },
    query: { timeout: 30, caller: undefined },
    body: { variables: { X: '1' } },
  };
  expect(requestMessage('7', 'POST /channels/{channelId}/dial', parameters)).toEqual({
    type: 'RESTRequest',
    transaction_id: '7',
    request_id: '7',
    method: 'POST',
    uri: 'channels/a%20b/dial',
    query_strings: [{ name: 'timeout', value: '30' }],
    content_type: 'application/json',
    message_body: '{"variables":{"X":"1"}}',
  });
});

test('it registers the application with its credentials', async () => {
  const { paths } = await connected();
  expect(paths).toEqual([`/ari/events?app=parley Basic ${Buffer.from('u:p').toString('base64')}`]);
});

test('answers find their requests in whatever order they come, and events the listener', async () => {
  const asterisk = await connected();
  const one = asterisk.client.request('GET /channels');
  const other = asterisk.client.request('GET /bridges');
  await asterisk.arrives(() => asterisk.requests.length === 2);
  asterisk.answer(asterisk.requests[1]!, 200, [{ id: 'b' }]);
  asterisk.sockets[0]!.send(JSON.stringify({ type: 'StasisEnd' }));
  asterisk.answer(asterisk.requests[0]!, 200, [{ id: 'c' }]);
  expect(await one).toEqual([{ id: 'c' }]);
  expect(await other).toEqual([{ id: 'b' }]);
  expect(asterisk.heard).toEqual(['connected', 'StasisEnd']);
});

test('a refusal carries its status and words', async () => {
  const asterisk = await connected();
  const request = asterisk.client.request('POST /channels/{channelId}/answer', { path: { channelId: 'x' } });
  await asterisk.arrives(() => asterisk.requests.length === 1);
  asterisk.answer(asterisk.requests[0]!, 404, { message: 'Channel not found' });
  const refusal = await request.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AriRefusal);
  expect(refusal).toMatchObject({ status: 404, message: 'POST /channels/{channelId}/answer: 404 Channel not found' });
});

test('a request that is not answered in 5 s has failed; its late answer harms nobody', async () => {
  const asterisk = await connected();
  const request = asterisk.client.request('GET /channels');
  const failure = request.catch((error: unknown) => error);
  await asterisk.arrives(() => asterisk.requests.length === 1);
  await asterisk.clock.advance(5_000);
  expect(await failure).toMatchObject({ code: 'voice.engine_down' });
  asterisk.answer(asterisk.requests[0]!, 200, []);
  asterisk.sockets[0]!.send(JSON.stringify({ type: 'StasisEnd' }));
  await asterisk.arrives(() => asterisk.heard.includes('StasisEnd'));
});

test('a lost connection fails what waits, is told once, and comes back by itself', async () => {
  const asterisk = await connected();
  const failure = asterisk.client.request('GET /channels').catch((error: unknown) => error);
  await asterisk.arrives(() => asterisk.requests.length === 1);
  asterisk.sockets[0]!.terminate();
  expect(await failure).toMatchObject({ code: 'voice.engine_down' });
  await asterisk.arrives(() => asterisk.heard.includes('disconnected'));
  await expect(asterisk.client.request('GET /channels')).rejects.toMatchObject({ code: 'voice.engine_down' });
  await asterisk.clock.advance(50);
  await asterisk.arrives(() => asterisk.heard.length === 3);
  expect(asterisk.heard).toEqual(['connected', 'disconnected', 'connected']);
});

test('a connection on which nothing comes any more, not even a pong, is given up', async () => {
  const asterisk = await connected();
  asterisk.sockets[0]!.pause();
  await asterisk.clock.advance(20_000);
  await asterisk.arrives(() => asterisk.heard.includes('disconnected'));
});

test('who closes it hears no more', async () => {
  const asterisk = await connected();
  const failure = asterisk.client.request('GET /channels').catch((error: unknown) => error);
  asterisk.client.close();
  expect(await failure).toMatchObject({ code: 'voice.engine_down' });
  await asterisk.clock.advance(60_000);
  expect(asterisk.heard).toEqual(['connected']);
  expect(asterisk.sockets).toHaveLength(1);
});
