import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { AppError, isAppError } from '../errors.ts';
import { listenFailure, startFailureText } from './start-failure.ts';

const at = (host: string, port: number) => ({ host, port, hostVariable: 'PARLEY_HOST', portVariable: 'PARLEY_PORT' });

async function failureOf(host: string, port: number): Promise<unknown> {
  const server = createServer().listen(port, host);
  const [error] = await Promise.race([once(server, 'error'), once(server, 'listening')]).catch((e: unknown) => [e]);
  server.close();
  return error;
}

test('a port in use is told in one line that names the variable', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const failure = listenFailure(await failureOf('127.0.0.1', port), at('127.0.0.1', port));
  holder.close();
  expect(isAppError(failure, 'setup.failed')).toBe(true);
  expect(startFailureText(failure)).toBe(
    `127.0.0.1:${port} is in use by another program: set PARLEY_PORT to a free port.`,
  );
});

test('an address of another machine is told in one line that names the variable', async () => {
  const failure = listenFailure(await failureOf('192.0.2.1', 21_001), at('192.0.2.1', 21_001));
  expect(startFailureText(failure)).toBe('192.0.2.1 is no address of this machine: set PARLEY_HOST to one that is.');
});

test('a sentence stays one line, and an error of ours keeps its stack', () => {
  expect(startFailureText(new AppError('setup.failed', 'one\n  two'))).toBe('one two');
  expect(startFailureText(new TypeError('oops'))).toMatch(/TypeError: oops\n\s+at /);
});
