import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { recordingLog } from '../platform/testing/recording-log.ts';
import { answerError, parsed } from './problem.ts';

/** Reads what is posted to `/`; `read` settles with what became of it. */
async function aServer() {
  const { log, lines } = recordingLog();
  const app = fastify();
  let answered = (_status: number) => {};
  const status = new Promise<number>((resolve) => (answered = resolve));
  app.setErrorHandler((error: Error, request, reply) => {
    void answerError(log)(error, request, reply);
    answered(reply.statusCode);
  });
  app.addContentTypeParser('text/csv', (_request, body, done) => done(null, body));
  app.post('/', async (request) => {
    for await (const chunk of request.body as Readable) if (String(chunk) === 'fail') throw new TypeError('a bug');
    return {};
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const sending = httpRequest({
    ...{ port, host: '127.0.0.1', method: 'POST', path: '/' },
    headers: { 'content-type': 'text/csv', 'content-length': 100 },
  });
  sending.on('error', () => {}); // It is cut off.
  return { app, lines, sending, status };
}

test('a client that goes away in the middle of its body is no failure of ours in the log', async () => {
  const { app, lines, sending, status } = await aServer();
  const arrived = once(app.server, 'request');
  sending.write('to');
  await arrived;
  sending.destroy();
  expect(await status).toBe(400);
  expect(lines).toEqual([]);
  await app.close();
});

test('what goes wrong inside is, and is not told', async () => {
  const { app, lines, sending, status } = await aServer();
  sending.write('fail');
  expect(await status).toBe(500);
  expect(lines).toMatchObject([{ level: 'error', msg: 'request failed', code: 'internal' }]);
  sending.destroy();
  await app.close();
});

test('a refusal because the server is being stopped is no error of ours', async () => {
  const { log, lines } = recordingLog();
  const app = fastify();
  app.setErrorHandler(answerError(log));
  app.get('/', () => Promise.reject(new AppError('server.draining', 'No more calls.')));
  expect((await app.inject('/')).json()).toMatchObject({ status: 503, code: 'server.draining' });
  expect(lines).toEqual([]);
});

test('whoever is to come again later is told when', async () => {
  const app = fastify();
  app.setErrorHandler(answerError(recordingLog().log));
  const refusals: Record<string, AppError> = {
    '/20': new AppError('request.too_many', 'Too many logins at once.', { retryAfterS: 20 }),
    '/2': new AppError('voice.engine_down', 'Asterisk is away.'),
  };
  app.get('/*', (request) => Promise.reject(refusals[request.url]!));
  for (const url of Object.keys(refusals)) {
    expect((await app.inject(url)).headers['retry-after']).toBe(url.slice(1));
  }
});

test('what fits none of several forms is told what would', () => {
  const Ivr = z.object({ entry: z.union([z.string(), z.int()]) });
  const errors = [{ path: 'entry', message: 'Invalid input: expected string or number' }];
  for (const entry of [null, true, {}]) {
    expect(() => parsed(Ivr, { entry })).toThrow(expect.objectContaining({ errors }));
  }
  expect(() => parsed(Ivr, {})).toThrow(expect.objectContaining({ errors: [{ path: 'entry', message: 'is needed' }] }));
});
