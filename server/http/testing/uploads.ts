// Files of rows, sent whole or cut off in the middle.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { Answer, Rest } from './rest.ts';

export interface Target {
  /** Under /api/v1. */
  path: string;
  headers: Record<string, string>;
}

export async function upload(
  { app }: Rest,
  { path, headers }: Target,
  body: Buffer | string,
  type = 'text/csv',
): Promise<Answer> {
  const answer = await app.inject({
    ...{ method: 'POST', url: `/api/v1${path}`, payload: body },
    headers: { ...headers, 'content-type': type },
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

/**
 * 5,000 numbers of a CSV that promises more. Resolves when they are being copied into `table`; `cutOff` breaks the
 * connection, and resolves when nothing is copied any more.
 */
export async function halfAnUpload(
  { app, options: { db } }: Rest,
  { path, headers }: Target,
  { column, table }: { column: string; table: string },
): Promise<{ cutOff(): Promise<void> }> {
  const { port } = app.server.address() as AddressInfo;
  const sending = httpRequest(`http://127.0.0.1:${port}/api/v1${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/csv', 'content-length': '1000000' },
  });
  const broken = once(sending, 'error');
  sending.write(`${column}\n`);
  for (let row = 0; row < 5_000; row++) sending.write(`+33612${String(row).padStart(6, '0')}\n`);
  const copying = async () => {
    const sql = `select from pg_stat_activity where query like 'copy ${table}%' and state <> 'idle'`;
    return (await db.query(sql)).rowCount;
  };
  await expect.poll(copying).toBe(1);
  return {
    async cutOff() {
      sending.destroy(new Error('unplugged'));
      await broken;
      await expect.poll(copying).toBe(0);
    },
  };
}
