// When pushes are tried again, by the clock of the test.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointInput } from '../../contract/rest/endpoints.ts';
import type { SpaceId } from '../domain/ids.ts';
import { VirtualClock } from '../platform/clock.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { tidyDeliveries } from './retention.ts';
import { summarise } from './push-counts.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import {
  anEndpoint,
  aPush,
  aSpace,
  changeEndpoint,
  push,
  type Rig,
  startRig,
  triesOf,
  untilEmpty,
} from './testing/rig.ts';

const database = await testDatabase();
const clock = new VirtualClock();
let space: SpaceId;
let receiver: Receiver;
let rig: Rig;

beforeAll(async () => {
  space = await aSpace(database);
  receiver = await startReceiver();
  rig = await startRig({ database, clock, leaseMs: 3_600_000 });
});
afterAll(async () => {
  const stopped = rig.stop();
  await clock.advance(10_000);
  await stopped;
  await receiver.stop();
});

const documented = { retry_value: 10, max_retries: 2, backoff_type: 'multiplier', backoff_value: 2 } as const;
const DAY_MS = 24 * 3_600_000;

async function pushTo(path: string, differing: Partial<EndpointInput> = {}) {
  const { id } = await anEndpoint(database, space, receiver.url(path), { retry_config: documented, ...differing });
  await rig.registry.refresh(space);
  const [pushId] = await push(database, [aPush(space, id, 'call')], rig.worker);
  return { id, pushId: pushId! };
}

/** Waits in real time for what is under way. */
async function triesAre(pushId: number, count: number): Promise<void> {
  await expect.poll(async () => (await triesOf(database, pushId)).length, { timeout: 10_000 }).toBe(count);
}

test('the documented retry_config tries at 0, 10 and 30 s to the second, then gives up', async () => {
  const began = clock.now();
  const { id, pushId } = await pushTo('/status/500');
  await triesAre(pushId, 1);
  await clock.advance(9_999);
  await triesAre(pushId, 1);
  await clock.advance(1);
  await triesAre(pushId, 2);
  await clock.advance(19_999);
  await triesAre(pushId, 2);
  await clock.advance(1);
  await triesAre(pushId, 3);
  expect((await triesOf(database, pushId)).map(({ at }) => at.getTime() - began)).toEqual([0, 10_000, 30_000]);
  await untilEmpty(database, id);
  expect(await summarise(database, space, { endpoint_id: id })).toMatchObject({ dead: 1 });
});

test('Retry-After is waited for', async () => {
  const { id, pushId } = await pushTo('/later/120');
  await triesAre(pushId, 1);
  await clock.advance(119_000);
  await triesAre(pushId, 1);
  await clock.advance(1_000);
  await untilEmpty(database, id);
  expect((await triesOf(database, pushId)).map(({ status }) => status)).toEqual([503, 200]);
});

test('a rate limit spaces requests out', async () => {
  const { id } = await anEndpoint(database, space, receiver.url('/ok/slowly'), { rate_per_s: 2 });
  await rig.registry.refresh(space);
  await push(
    database,
    [0, 1, 2, 3].map((at) => aPush(space, id, `call${at}`)),
    rig.worker,
  );
  const arrived = async () => (await receiver.received()).filter(({ path }) => path === '/ok/slowly').length;
  await expect.poll(arrived).toBe(1);
  await clock.advance(499);
  expect(await arrived()).toBe(1);
  await clock.advance(1);
  await expect.poll(arrived).toBe(2);
  await clock.advance(1_000);
  await untilEmpty(database, id);
});

test('three days of failures without a success disable the endpoint; enabled, it goes on where it was', async () => {
  const daily = { retry_value: 86_400, max_retries: 10, backoff_type: 'constant', backoff_value: 1 } as const;
  const { id, pushId } = await pushTo('/status/500', { retry_config: daily });
  await triesAre(pushId, 1);
  for (let day = 1; day <= 3; day++) {
    expect(rig.registry.get(id)!.enabled).toBe(true);
    for (let hour = 0; hour < 24; hour++) await clock.advance(DAY_MS / 24);
    await triesAre(pushId, day + 1);
  }
  await expect.poll(() => rig.registry.get(id)!.enabled).toBe(false);
  await clock.advance(2 * DAY_MS);
  await triesAre(pushId, 4);
  expect(await summarise(database, space, { endpoint_id: id })).toMatchObject({ pending: 1, dead: 0 });
  await changeEndpoint(database, space, id, { enabled: true, url: receiver.url('/ok/again') });
  await rig.registry.refresh(space);
  await untilEmpty(database, id);
  expect((await triesOf(database, pushId)).at(-1)).toMatchObject({ number: 5, status: 200 });
});

test('what is older than the space keeps it goes: delivered ones first, those that wait later', async () => {
  const delivered = await pushTo('/ok/old');
  await untilEmpty(database, delivered.id);
  const waits = await pushTo('/ok/old', { enabled: false });
  const after = async (days: number) => {
    await tidyDeliveries(database, Date.now() + days * DAY_MS);
    const { rows } = await database.query<{ id: number }>('select id from pushes where id = any($1) order by id', [
      [delivered.pushId, waits.pushId],
    ]);
    return rows.map(({ id }) => id);
  };
  expect(await after(29)).toEqual([delivered.pushId, waits.pushId]);
  expect(await after(31)).toEqual([waits.pushId]);
  expect(await triesOf(database, delivered.pushId)).toEqual([]);
  expect(await after(91)).toEqual([]);
  await untilEmpty(database, waits.id);
});

test('what waited for an endpoint that was removed is dead', async () => {
  const { id } = await pushTo('/ok/removed', { enabled: false });
  await database.query('delete from endpoints where id = $1', [id]);
  await tidyDeliveries(database, Date.now());
  expect(await summarise(database, space, { endpoint_id: id })).toEqual({
    accepted: 1,
    delivered: 0,
    pending: 0,
    dead: 1,
  });
});
