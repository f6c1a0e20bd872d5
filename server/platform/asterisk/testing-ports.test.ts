import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freePort } from './testing-ports.ts';

test('no port is given twice, before it is used', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()));
  expect(new Set(ports).size).toBe(300);
});

test('another process finds the four of a given port taken', async () => {
  const other = createServer().listen({ host: '127.0.0.1', port: (await freePort()) + 3, exclusive: true });
  await expect(once(other, 'listening')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
