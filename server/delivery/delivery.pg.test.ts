// Pushes on their way to a customer's server in another process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import type { SpaceId } from '../domain/ids.ts';
import { testDatabase } from '../platform/testing/database.ts';
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

const receivedAt = async (path: string) => (await receiver.received()).filter((each) => each.path === path);

test('a push arrives as it was written, with its id, a signature that holds, and the endpoint’s own headers', async () => {
  const { id, secret } = await anEndpoint(database, space, receiver.url('/ok/one?a=1'), {
    headers: { 'X-Api-Key': 'k1' },
  });
  await rig.registry.refresh(space);
  const body = '{"name":"Łukasz \\"Ł\\" Żółć","n":1}\n';
  const [pushId] = await push(database, [aPush(space, id, 'call1', { body })], rig.worker);
  await untilEmpty(database, id);
  const [arrived] = await receivedAt('/ok/one?a=1');
  expect(arrived!.body).toBe(body);
  expect(arrived!.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Parley/0.0.0',
    'x-api-key': 'k1',
  });
  new Webhook(secret).verify(arrived!.body, arrived!.headers);
  expect(await triesOf(database, pushId!)).toMatchObject([
    { number: 1, status: 200, error: null, answer: '{"ok":true}' },
  ]);
});

test('a header of ours that the endpoint has replaced, however it is spelt, is sent once', async () => {
  const { id } = await anEndpoint(database, space, receiver.url('/ok/replaced'), {
    headers: { 'User-Agent': 'Mine/1', 'CONTENT-TYPE': 'application/cloudevents+json' },
  });
  await rig.registry.refresh(space);
  await push(database, [aPush(space, id, 'call1')], rig.worker);
  await untilEmpty(database, id);
  expect((await receivedAt('/ok/replaced'))[0]!.headers).toMatchObject({
    'user-agent': 'Mine/1',
    'content-type': 'application/cloudevents+json',
  });
});

test('two thousand pushes of a hundred calls arrive once each, in each call’s order', async () => {
  const { id } = await anEndpoint(database, space, receiver.url('/ok/many'));
  await rig.registry.refresh(space);
  const pushes = Array.from({ length: 2_000 }, (_, at) =>
    aPush(space, id, `call${at % 100}`, { body: JSON.stringify({ call: at % 100, at }) }),
  );
  for (let at = 0; at < pushes.length; at += 250) await push(database, pushes.slice(at, at + 250), rig.worker);
  await untilEmpty(database, id);
  const bodies = (await receivedAt('/ok/many')).map(({ body }) => JSON.parse(body) as { call: number; at: number });
  expect(bodies.length).toBe(2_000);
  for (let call = 0; call < 100; call++) {
    const ofCall = bodies.filter((each) => each.call === call).map(({ at }) => at);
    expect(ofCall).toEqual(ofCall.toSorted((one, other) => one - other));
    expect(ofCall.length).toBe(20);
  }
});

test(
  'long calls of which every third push fails twice: each arrives once, in its call’s order, also across a restart',
  { timeout: 60_000 },
  async () => {
    const atOnce = { retry_value: 0, max_retries: 3, backoff_type: 'constant', backoff_value: 1 } as const;
    const { id } = await anEndpoint(database, space, receiver.url('/sometimes'), {
      retry_config: atOnce,
      concurrency: 5,
    });
    await rig.registry.refresh(space);
    const pushes = Array.from({ length: 1_500 }, (_, at) =>
      aPush(space, id, `call${at % 12}`, { body: JSON.stringify({ call: at % 12, at }) }),
    );
    for (let at = 0; at < pushes.length; at += 300) await push(database, pushes.slice(at, at + 300), rig.worker);
    await rig.stop();
    rig = await startRig({ database });
    await untilEmpty(database, id, 50_000);
    const taken = await database.query<{ body: string }>(
      `select p.body from push_tries t join pushes p on p.id = t.push_id
      where p.endpoint_id = $1 and t.status = 200 order by t.at, p.id`,
      [id],
    );
    expect(taken.rows.length).toBe(1_500);
    const firsts = new Map<number, number[]>();
    const seen = new Set<number>();
    for (const { body } of await receivedAt('/sometimes')) {
      const { call, at } = JSON.parse(body) as { call: number; at: number };
      if (!seen.has(at)) firsts.set(call, [...(firsts.get(call) ?? []), at]);
      seen.add(at);
    }
    for (const numbers of firsts.values()) {
      expect(numbers.length).toBe(125);
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    }
  },
);
