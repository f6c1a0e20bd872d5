// What PostgreSQL reads for the worker's statements when its statistics are as wrong as they get: analysed while the
// outbox was empty, as it is most of the time, and full since.
import { expect, test } from 'vitest';
import { testDatabase } from '../platform/testing/database.ts';
import type { Transaction } from '../platform/db.ts';
import { anEndpoint, aPush, aSpace, push } from './testing/rig.ts';

const database = await testDatabase();
const many = 2_000;
const asked = 100;

/** Rows read so far by this connection, some of what went before included. */
async function rowsRead(tx: Transaction): Promise<number> {
  const { rows } = await tx.query<{ read: number }>(
    `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
      where relname in ('outbox', 'outbox_parked', 'pushes')`,
  );
  return rows[0]!.read;
}

test('a statement reads as many rows as it is about, however many wait or are parked', async () => {
  const space = await aSpace(database);
  const { id } = await anEndpoint(database, space, 'http://127.0.0.1:1/');
  // Pages without rows: from now on, whatever their number, they are taken for empty.
  await push(database, pushes(space, id, 'before'));
  for (const table of ['outbox', 'pushes']) await database.query(`delete from ${table}`);
  for (const table of ['outbox', 'outbox_parked', 'pushes']) await database.query(`analyze ${table}`);
  await push(database, pushes(space, id, 'call'));
  await database.query(
    `insert into outbox_parked (space_id, endpoint_id, key, tries, due_at)
     select space_id, endpoint_id, key, 1, now() + interval '1 hour' from outbox order by position desc limit $1`,
    [many / 2],
  );

  await database.transaction(async (tx) => {
    const before = await rowsRead(tx);
    const read = await tx.query<{ position: number; push_id: number; key: string }>(
      'select * from outbox_read($1, $2, 0, $3)',
      [space, id, asked],
    );
    expect(read.rows).toHaveLength(asked);
    const afterRead = await rowsRead(tx);
    expect(afterRead - before).toBeLessThanOrEqual(3 * asked);

    const keys = read.rows.map(({ key }) => key);
    const byKeys = await tx.query('select * from outbox_read_keys($1, $2, $3, $4, 8)', [
      space,
      id,
      keys,
      keys.map(() => 0),
    ]);
    expect(byKeys.rowCount).toBe(asked);
    const afterKeys = await rowsRead(tx);
    expect(afterKeys - afterRead).toBeLessThanOrEqual(3 * asked);

    const all = <T>(value: T) => read.rows.map(() => value);
    await tx.query(
      'select outbox_settle($1,$2,$3,$4,$5,$6,$7,$8,now_s,$9,$8,$10,$10,$11,$12,$13,$14,$15,$16) from (select array_fill(now(), array[$17::int]) as now_s) n',
      [
        ...[[id % 32], [0], all(space), all(id), read.rows.map(({ position }) => position), keys],
        ...[read.rows.map(({ push_id }) => push_id), all(1), all(200), all(null), all('delivered'), all(2), all(null)],
        ...[[], [], [], asked],
      ],
    );
    expect((await rowsRead(tx)) - afterKeys).toBeLessThanOrEqual(6 * asked);
    expect((await tx.query('select from outbox')).rowCount).toBe(many - asked);
  });
});

const pushes = (space: Parameters<typeof aPush>[0], endpoint: number, name: string) =>
  Array.from({ length: many }, (_, n) => aPush(space, endpoint, `${name} ${n}`));
