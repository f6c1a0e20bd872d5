// What is counted for the summary, against counting every push.
import { expect, test } from 'vitest';
import type { SpaceId } from '../domain/ids.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { addToOutbox } from './outbox.ts';
import { summarise } from './push-counts.ts';
import { tidyDeliveries } from './retention.ts';
import { anEndpoint, aPush, aSpace } from './testing/rig.ts';

const database = await testDatabase();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Given to the outbox so many hours ago. */
async function accepted(space: SpaceId, endpoint: number, count: number, hoursAgo: number): Promise<void> {
  await database.transaction(async (tx) => {
    const ids = await addToOutbox(
      tx,
      Array.from({ length: count }, (_, at) => aPush(space, endpoint, `call${at}`)),
    );
    for (const table of ['pushes', 'outbox']) {
      const id = table === 'pushes' ? 'id' : 'push_id';
      const text = `update ${table} set accepted_at = accepted_at - $1 * interval '1 hour' where ${id} = any($2)`;
      await tx.query(text, [hoursAgo, ids]);
    }
    await tx.query(
      `insert into push_counts as other (space_id, endpoint_id, hour, accepted)
       select space_id, endpoint_id, hour - $1 * interval '1 hour', $2 from push_counts
        where endpoint_id = $3 and hour = date_bin('1 hour', now(), 'epoch')
           on conflict (space_id, endpoint_id, hour) do update set accepted = other.accepted + excluded.accepted`,
      [hoursAgo, count, endpoint],
    );
    await tx.query(
      `update push_counts set accepted = accepted - $1
        where endpoint_id = $2 and hour = date_bin('1 hour', now(), 'epoch')`,
      [count, endpoint],
    );
  });
}

async function countedOneByOne(endpoint: number | null, from: string | null, to: string | null): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*) as count from pushes where ($1::int is null or endpoint_id = $1)
        and ($2::timestamptz is null or accepted_at >= $2) and ($3::timestamptz is null or accepted_at < $3)`,
    [endpoint, from, to],
  );
  return rows[0]!.count;
}

/** Hours, the moments beside them, and the moment of the pushes themselves. */
function bounds(): (string | undefined)[] {
  const now = Date.now();
  const hour = now - (now % HOUR_MS);
  const moments = [-30, -3, -2, -1, 0, 1].flatMap((hours) => [
    hour + hours * HOUR_MS - 1,
    hour + hours * HOUR_MS,
    hour + hours * HOUR_MS + 1,
    now + hours * HOUR_MS,
  ]);
  return [undefined, ...moments.map((at) => new Date(at).toISOString())];
}

test('any period has as many as are counted one by one, of an endpoint, a space and all together', async () => {
  const space = await aSpace(database);
  const one = await anEndpoint(database, space, 'https://example.com/one');
  const elsewhere = await aSpace(database);
  const other = await anEndpoint(database, elsewhere, 'https://example.com/other');
  await Promise.all([0, 0, 0].map(() => accepted(space, one.id, 3, 0)));
  for (const [hours, count] of [
    [1, 5],
    [2, 7],
    [29, 11],
  ] as const) {
    await accepted(space, one.id, count, hours);
  }
  await accepted(elsewhere, other.id, 13, 1);
  for (const from of bounds()) {
    for (const to of bounds()) {
      for (const endpoint of [one.id, undefined]) {
        const { accepted: summed, pending } = await summarise(database, null, { endpoint_id: endpoint, from, to });
        const counted = await countedOneByOne(endpoint ?? null, from ?? null, to ?? null);
        expect([summed, pending], `${endpoint} from ${from} to ${to}`).toEqual([counted, counted]);
      }
    }
  }
  expect((await summarise(database, space, {})).accepted).toBe(32);
});

test('what retention takes away is counted no more, and a space that is gone leaves nothing', async () => {
  const space = await aSpace(database);
  const { id } = await anEndpoint(database, space, 'https://example.com/kept');
  await accepted(space, id, 4, 100 * 24);
  await accepted(space, id, 6, 1);
  await tidyDeliveries(database, Date.now());
  expect(await summarise(database, space, {})).toEqual({ accepted: 6, delivered: 0, pending: 6, dead: 0 });
  await database.query('delete from endpoints where space_id = $1', [space]);
  await database.query('delete from spaces where id = $1', [space]);
  await tidyDeliveries(database, Date.now() + DAY_MS);
  for (const table of ['pushes', 'outbox', 'dead_pushes', 'push_counts']) {
    const { rows } = await database.query(`select from ${table} where space_id = $1`, [space]);
    expect(rows, table).toEqual([]);
  }
});

test('however many there are, those of whole hours are not looked at', async () => {
  const space = await aSpace(database);
  const { id } = await anEndpoint(database, space, 'https://example.com/many');
  await accepted(space, id, 1, 0);
  await database.transaction(async (tx) => {
    const scans = async () => {
      const text = `select seq_scan + idx_scan as scans from pg_stat_xact_user_tables where relname = 'pushes'`;
      return (await tx.query<{ scans: number }>(text)).rows[0]!.scans;
    };
    const before = await scans();
    expect((await summarise(tx, space, {})).accepted).toBe(1);
    expect(await scans()).toBe(before);
  });
});
