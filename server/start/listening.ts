// The address of the HTTP server: is it free, take it, say it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { listenFailure } from '../platform/start-failure.ts';

/** Asked before anything is set up: what a start prints only once must not be lost to a port in use. */
export async function requireFreePort({ http: { host, port } }: Config): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen({ host, port }), 'listening');
  } catch (error) {
    throw failure(error, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}

/** Resolves with the URL. Rejects with `setup.failed`. */
export async function listen(http: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config.http;
  try {
    await http.listen({ host, port });
  } catch (error) {
    throw failure(error, host, port);
  }
  const address = http.server.address();
  if (address === null || typeof address === 'string') throw new AppError('setup.failed', 'HTTP listens nowhere.');
  return urlAt(config, address.port);
}

export function urlAt({ http: { host, tls } }: Config, port: number): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${shown}:${port}`;
}

const failure = (error: unknown, host: string, port: number) =>
  listenFailure(error, { host, port, hostVariable: 'PARLEY_HOST', portVariable: 'PARLEY_PORT' });
