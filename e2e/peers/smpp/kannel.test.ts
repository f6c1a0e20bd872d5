import { expect, test } from 'vitest';
import { startKannel } from './kannel.ts';
import { startSmppServer } from './server.ts';

test.each(['own', 'npm'] as const)('Kannel sends to the carrier "%s" and gets its receipts', async (kind) => {
  const server = await startSmppServer({ kind, replyEvery: 50 });
  try {
    const kannel = await startKannel({ port: server.port, window: 50 });
    try {
      expect(await kannel.sendAll(500, 'Hello')).toBeGreaterThan(0);
    } finally {
      await kannel.close();
    }
  } finally {
    await server.close();
  }
});
