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
