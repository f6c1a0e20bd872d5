// What an operator reads of delivery in /metrics, with a receiver in another process.
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { readFigures } from './figures.ts';
import { deliveryMetrics } from './metrics.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { anEndpoint, aPush, aSpace, changeEndpoint, push, startRig } from './testing/rig.ts';

const database = await testDatabase();
const registry = new Registry();
let away = false;
const metrics = deliveryMetrics(registry, {
  figures: async () => {
    if (away) throw new AppError('database.unavailable', 'The database does not answer.');
    return await readFigures(database);
  },
  partitions: () => 32,
});
let receiver: Receiver;
let space: SpaceId;
beforeAll(async () => {
  receiver = await startReceiver();
  space = await aSpace(database);
});
afterAll(() => receiver.stop());

/** The value of a figure; `labels` as they are written; undefined: it is not shown. */
async function figure(name: string, labels = ''): Promise<number | undefined> {
  const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${name}${labels} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('what was accepted is pending, delivered or dead, and tries are counted by their answers', async () => {
  const good = await anEndpoint(database, space, receiver.url('/ok'));
  const bad = await anEndpoint(database, space, receiver.url('/status/500'), { retry_enabled: false });
  const slow = { retry_value: 60, max_retries: 2, backoff_type: 'constant', backoff_value: 1 } as const;
  const waiting = await anEndpoint(database, space, receiver.url('/status/404'), { retry_config: slow });
  const rig = await startRig({ database, settled: (outcome) => metrics.tried(outcome) });
  await push(
    database,
    [
      aPush(space, good.id, 'one'),
      aPush(space, good.id, 'two'),
      aPush(space, bad.id, 'one'),
      aPush(space, waiting.id, 'one'),
      aPush(space, waiting.id, 'one'),
    ],
    rig.worker,
  );
  await expect.poll(() => figure('parley_delivery_tries_total', '{answer="4xx"}')).toBe(1);
  await expect.poll(() => figure('parley_deliveries_ended_total', '{fate="dead"}')).toBe(1);
  await expect.poll(() => figure('parley_deliveries_ended_total', '{fate="delivered"}')).toBe(2);
  expect(await figure('parley_delivery_tries_total', '{answer="2xx"}')).toBe(2);
  expect(await figure('parley_delivery_tries_total', '{answer="5xx"}')).toBe(1);
  expect(await figure('parley_delivery_try_seconds_count')).toBe(4);
  expect(await figure('parley_deliveries_accepted_total')).toBe(5);
  expect(await figure('parley_deliveries_pending')).toBe(2);
  expect(await figure('parley_deliveries_dead')).toBe(1);
  expect(await figure('parley_deliveries_parked_keys')).toBe(1);
  expect(await figure('parley_outbox_workers')).toBe(1);
  expect(await figure('parley_outbox_partitions_unowned')).toBe(0);
  // The second one waits behind the first, which is not due for a minute.
  expect(await figure('parley_deliveries_oldest_due_seconds')).toBe(0);
  await rig.stop();
  await database.query('delete from outbox');
  await database.query('delete from outbox_parked');
});

test('what nobody sends is due, its age grows, and its partitions have no owner; a disabled endpoint has nothing due', async () => {
  const { id } = await anEndpoint(database, space, receiver.url('/ok'));
  await push(database, [aPush(space, id, 'one')]);
  await database.query("update outbox set accepted_at = now() - interval '90 seconds' where endpoint_id = $1", [id]);
  expect(await figure('parley_deliveries_oldest_due_seconds')).toBeGreaterThan(89);
  expect(await figure('parley_outbox_partitions_unowned')).toBe(32);
  await changeEndpoint(database, space, id, { enabled: false });
  expect(await figure('parley_deliveries_oldest_due_seconds')).toBe(0);
  expect(await figure('parley_deliveries_pending')).toBe(1);
});

test('while the database is away, what only it knows is left out', async () => {
  away = true;
  for (const name of ['parley_deliveries_pending', 'parley_deliveries_accepted_total', 'parley_outbox_workers']) {
    expect(await figure(name), name).toBeUndefined();
  }
  expect(await figure('parley_outbox_partitions')).toBe(32);
  away = false;
  expect(await figure('parley_deliveries_pending')).toBe(1);
});

test('no figure is told apart by endpoint, space, number or URL', async () => {
  const labels = new Set([...(await registry.metrics()).matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
  expect(labels).toEqual(new Set(['answer', 'fate', 'le']));
});
