// What receivers do wrong, and what becomes of the push: the try log says what happened, nothing is lost, and it is sent
// again only after a failure or an unknown outcome, with the same id and bytes.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { EndpointInput } from '../../contract/rest/endpoints.ts';
import type { SpaceId } from '../domain/ids.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { summarise } from './push-counts.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { anEndpoint, aPush, aSpace, push, type Rig, startRig, triesOf, untilEmpty } from './testing/rig.ts';

const database = await testDatabase();
let space: SpaceId;
let receiver: Receiver;
let rig: Rig;

beforeAll(async () => {
  space = await aSpace(database);
  receiver = await startReceiver();
  rig = await startRig({ database });
});
afterAll(async () => {
  await rig.stop();
  await receiver.stop();
});

const atOnce = { retry_value: 0, max_retries: 2, backoff_type: 'constant', backoff_value: 1 } as const;

let calls = 0;
/** One push to that path (or URL), settled; then a second one of the same call, to see that the line goes on. */
async function pushed(path: string, differing: Partial<EndpointInput> = {}) {
  const url = path.startsWith('http') ? path : receiver.url(path);
  const { id } = await anEndpoint(database, space, url, { retry_config: atOnce, ...differing });
  await rig.registry.refresh(space);
  const key = `fault${++calls}`;
  const [first, second] = await push(
    database,
    [aPush(space, id, key, { body: 'first' }), aPush(space, id, key, { body: 'second' })],
    rig.worker,
  );
  await untilEmpty(database, id, 40_000);
  const arrived = (await receiver.received()).filter((each) => each.path === path);
  const summary = await summarise(database, space, { endpoint_id: id });
  return {
    endpoint: id,
    tries: await triesOf(database, first!),
    next: await triesOf(database, second!),
    arrived,
    summary,
  };
}

test('fails twice, then takes it: the third try delivers, and the next push waits until then', async () => {
  const { tries, arrived, summary } = await pushed('/fails/2');
  expect(tries.map(({ status }) => status)).toEqual([500, 500, 200]);
  expect(arrived.map(({ body }) => body)).toEqual(['first', 'first', 'first', 'second', 'second', 'second']);
  expect(new Set(arrived.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(summary).toEqual({ accepted: 2, delivered: 2, pending: 0, dead: 0 });
});

test('fails for ever: dead after the last try, and the next push has its own tries', async () => {
  const { tries, next, summary } = await pushed('/status/500');
  expect(tries.map(({ status }) => status)).toEqual([500, 500, 500]);
  expect(next.length).toBe(3);
  expect(summary).toEqual({ accepted: 2, delivered: 0, pending: 0, dead: 2 });
});

test('retries switched off: dead after one try', async () => {
  const { tries } = await pushed('/status/503', { retry_enabled: 0 });
  expect(tries.map(({ status }) => status)).toEqual([503]);
});

test.each([
  ['resets before it has read', '/reset-before', 2],
  ['resets after it has read', '/reset-after', 2],
  ['answers half of its headers', '/half-headers', 2],
  ['answers garbage', '/garbage', 2],
])('%s: the outcome is unknown, so it gets the same again', async (_what, path, times) => {
  const { tries, summary } = await pushed(path);
  expect(tries.length).toBe(times);
  expect(tries[0]).toMatchObject({ status: null, error: expect.any(String) });
  expect(tries.at(-1)).toMatchObject({ status: 200, error: null });
  expect(summary).toMatchObject({ delivered: 2, dead: 0 });
});

test('says 200 and loses the rest of its answer: delivered, once', async () => {
  const { tries, arrived } = await pushed('/half');
  expect(tries).toMatchObject([{ status: 200, answer: 'half of', error: expect.stringContaining('closed') }]);
  expect(arrived.map(({ body }) => body)).toEqual(['first', 'second']);
});

test('answers more than 64 KiB: delivered, of the answer 4 KiB are kept', async () => {
  const { tries } = await pushed('/floods');
  expect(tries).toMatchObject([{ status: 200, error: expect.stringContaining('64 KiB') }]);
  expect(tries[0]!.answer!.length).toBe(4_096);
});

test('redirects are failures, and are not followed', async () => {
  const { tries, summary } = await pushed('/redirect/ok');
  expect(tries.map(({ status }) => status)).toEqual([302, 302, 302]);
  expect(summary.dead).toBe(2);
  expect((await receiver.received()).some(({ path }) => path === '/ok')).toBe(false);
});

test('refuses connections: failures without a status', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const { tries, summary } = await pushed(`http://127.0.0.1:${port}/`);
  expect(tries).toMatchObject(Array(3).fill({ status: null, error: expect.stringContaining('ECONNREFUSED') }));
  expect(summary.dead).toBe(2);
});

test('a name that does not exist, and an address that is forbidden, are failures', async () => {
  expect((await pushed('http://nowhere.invalid/')).tries[0]).toMatchObject({ status: null });
  expect((await pushed('http://10.0.0.1/')).tries[0]).toMatchObject({
    status: null,
    error: expect.stringContaining('private'),
  });
});

test('410 disables the endpoint, and what waits for it waits', async () => {
  const { id } = await anEndpoint(database, space, receiver.url('/status/410'), { retry_config: atOnce });
  await rig.registry.refresh(space);
  const [first] = await push(database, [aPush(space, id, 'a'), aPush(space, id, 'a')], rig.worker);
  await vi.waitFor(() => expect(rig.registry.get(id)!.enabled).toBe(false), { timeout: 10_000, interval: 10 });
  const { rows } = await database.query('select enabled, disabled_reason from endpoints where id = $1', [id]);
  expect(rows).toEqual([{ enabled: false, disabled_reason: 'gone' }]);
  expect((await triesOf(database, first!)).length).toBe(1);
  expect(await summarise(database, space, { endpoint_id: id })).toMatchObject({ pending: 2, dead: 0 });
  const audit = await database.query(
    `select actor_type, action from audit where resource_id = $1 and action = 'disable'`,
    [String(id)],
  );
  expect(audit.rows).toEqual([{ actor_type: 'system', action: 'disable' }]);
});

test(
  'hangs or drips: given up after 15 s; meanwhile another endpoint and other calls go on',
  { timeout: 60_000 },
  async () => {
    const once = { ...atOnce, max_retries: 0 };
    const slow = Promise.all([pushed('/hangs', { retry_config: once }), pushed('/drips', { retry_config: once })]);
    const began = performance.now();
    expect((await pushed('/ok/meanwhile')).summary.delivered).toBe(2);
    expect(performance.now() - began).toBeLessThan(5_000);
    const [hangs, drips] = await slow;
    expect(hangs.tries).toMatchObject([{ status: null, error: expect.stringContaining('15000 ms') }]);
    // It had said 200 before it began to drip.
    expect(drips.tries).toMatchObject([{ status: 200, error: expect.stringContaining('15000 ms') }]);
  },
);

test('a call that fails keeps none of the other calls waiting', async () => {
  const patient = { retry_value: 3_600, max_retries: 5, backoff_type: 'constant', backoff_value: 1 } as const;
  const { id } = await anEndpoint(database, space, receiver.url('/fails/1'), { retry_config: patient });
  await rig.registry.refresh(space);
  const pushes = Array.from({ length: 300 }, (_, at) => aPush(space, id, `call${at % 100}`));
  await push(database, pushes, rig.worker);
  await expect
    .poll(async () => (await database.query('select from outbox_parked where endpoint_id = $1', [id])).rowCount)
    .toBe(100); // Each has been tried once, and none twice.
  expect(await summarise(database, space, { endpoint_id: id })).toMatchObject({ pending: 300 });
});
