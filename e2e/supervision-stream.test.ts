// What supervisors see: an agent's day, and every kind of event, by both generations of the client.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateSchema } from '../contract/supervision.ts';
import type { Desk } from './desk.ts';
import { eventually } from './parley.ts';
import { Story } from './story.ts';
import { type Dashboard, kindOf, type Update } from './stream-client.ts';

/** Fields of the kinds that the interface has no sample of (docs/decisions/0010-operator-status.md). */
const keysWithoutSample: Readonly<Record<string, readonly string[]>> = {
  'operator.available': ['status', 'id_operator', 'id_client'],
  'operator.unavailable': ['status', 'id_operator', 'id_client'],
  'PUSHCALL.pushcall': ['id_operator', 'id_client', 'callee_num', 'id_call'],
};
const samples: Readonly<Record<string, string>> = {
  'operator.ringing': 'operator.status.connected',
  'operator.calling': 'operator.status.connected',
  'operator.connected': 'operator.status.connected',
  'UI.login': 'UI.login',
  'UI.logout': 'UI.login',
  'UI.pause': 'UI.pause',
  'queue.insert_call': 'queue.insert_call',
  'queue.connect_call': 'queue.connect_call',
  'queue.delete_call': 'queue.delete_call',
  'trunk.insert_call': 'trunk.insert_call',
  'trunk.connect_call': 'trunk.connect_call',
  'trunk.delete_call': 'trunk.delete_call',
};

let story: Story;

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk' });
});
afterAll(() => story?.end());

test.concurrent("an agent's day: login, phone on and off, pause with its reason, its end, logout", async () => {
  const desk = await story.desk();
  const dashboard = await story.dashboard(desk);
  await desk.state('Ana', 'available');
  const phone = await story.phone(desk, 'Ana');
  await dashboard.sees('operator.available');
  await desk.state('Ana', 'paused', 'user1');
  expect(await desk.agentState('Ana')).toMatchObject({ state: 'paused', pause_id: 'user1', phone: 'free' });
  await desk.state('Ana', 'available');
  await phone.close();
  await desk.sees('Ana', 'unreachable');
  await desk.state('Ana', 'logged_out');
  await dashboard.sees('UI.logout');
  await eventually(
    'the last status is there',
    async () => kindOf(dashboard.updates.at(-1)!) === 'operator.unavailable',
  );

  expect(dashboard.updates.map((update) => [kindOf(update), update.event.msg['supp'] ?? null])).toEqual([
    ['UI.login', ''],
    ['operator.unavailable', null],
    ['operator.available', null],
    ['UI.pause', 'user1'],
    ['UI.pause', ''],
    ['operator.unavailable', null],
    ['UI.logout', ''],
    ['operator.unavailable', null],
  ]);
  const who = { id_operator: desk.agent('Ana').userId, id_client: desk.spaceId };
  for (const { event } of dashboard.updates) expect(event.msg).toMatchObject(who);
});

test.concurrent('every kind of event has the fields of its sample, and all clients see the same in the same order', async () => {
  const desk = await story.desk({ agents: ['Ana'] });
  const dashboards: Dashboard[] = [];
  for (const client of [2, 4] as const) {
    for (const transport of ['websocket', 'polling'] as const) {
      dashboards.push(await story.dashboard(desk, { client, transport }));
    }
  }
  await aDayOf(desk);
  const [first, ...others] = dashboards;
  await eventually('the logout is seen', async () => first!.updates.some((update) => kindOf(update) === 'UI.logout'));
  await eventually('the last status is seen', async () => kindOf(first!.updates.at(-1)!) === 'operator.unavailable');
  const seen = first!.updates;

  expect(new Set(seen.map(kindOf))).toEqual(
    new Set([...Object.keys(samples), ...Object.keys(keysWithoutSample), 'operator.transfert_start']),
  );
  const transferSample = (await sample('packet.update')) as [string, Update];
  expect(Object.keys(seen[0]!).sort()).toEqual(Object.keys(transferSample[1]).sort());
  for (const update of seen) {
    updateSchema.parse(update);
    const { rec, ...msg } = update.event.msg;
    const keys = Object.keys(kindOf(update).startsWith('operator') && rec !== undefined ? { ...msg, rec } : msg);
    expect(keys.sort(), kindOf(update)).toEqual([...(await keysOf(update, transferSample[1]))].sort());
    for (const [key, value] of Object.entries(msg)) {
      if (key.startsWith('id_')) expect(Number.isSafeInteger(value), `${kindOf(update)} ${key}`).toBe(true);
    }
  }
  expect(seen.map(({ cpt }) => cpt)).toEqual(seen.map((_, at) => seen[0]!.cpt + at));

  const fromTheLog = await story.dashboard(desk, { client: 4, transport: 'websocket', since: seen[0]!.cpt - 1 });
  for (const other of [...others, fromTheLog]) {
    await eventually('it has as many', async () => other.updates.length >= seen.length);
    expect(other.updates.map(({ cpt, event }) => ({ cpt, event }))).toEqual(
      seen.map(({ cpt, event }) => ({ cpt, event })),
    );
  }
  for (const call of await desk.calls()) {
    expect(await storyByRest(desk, call.id), `call ${call.number}`).toEqual(storyByStream(seen, call.number));
  }
});

/** Ana takes a call out of the queue, transfers it outside, is asked to call somebody, has a pause, and goes. */
async function aDayOf(desk: Desk): Promise<void> {
  const ana = await story.agentAtDesk(desk, 'Ana');
  const caller = await story.outsider('33611000021', 1_000);
  await caller.dials(desk.did);
  await ana.answers();
  const { legs } = await desk.call(({ state }) => state === 'talking');
  const { dialog_uuid } = legs.find(({ party }) => party === 'agent')!;
  await desk.parley.rest('PUT', `/dialogs/${dialog_uuid}/transfer`, { to: '33150000001', type: 'blind' });
  await ana.isFree();
  await desk.call((call) => call.legs[2]?.state === 'talking');
  await caller.hangsUp();
  await desk.endOf();

  await desk.post(`/agents/${desk.agent('Ana').userId}/pushcall`, { space_id: undefined, number: '33150000001' });
  await ana.answers();
  await desk.call(({ state }) => state === 'talking');
  await ana.hangsUp();
  await desk.sees('Ana', 'free');
  await desk.state('Ana', 'paused', 'user2');
  await desk.state('Ana', 'logged_out');
}

async function keysOf(update: Update, transferSample: Update): Promise<readonly string[]> {
  const kind = kindOf(update);
  if (kind === 'operator.transfert_start') return Object.keys(transferSample.event.msg);
  const name = samples[kind];
  if (name === undefined) return keysWithoutSample[kind]!;
  return Object.keys(((await sample(name)) as Update['event']).msg);
}

async function sample(name: string): Promise<unknown> {
  const file = new URL(`../server/projections/supervision/fixtures/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8'));
}

/** What queues and trunks did with the call. */
async function storyByRest(desk: Desk, call: string): Promise<string[]> {
  const told: Readonly<Record<string, string>> = {
    'call.queued': 'queue.insert_call',
    'call.connected': 'queue.connect_call',
    'call.left_queue': 'queue.delete_call',
    'route.entered': 'trunk.insert_call',
    'route.connected': 'trunk.connect_call',
    'route.left': 'trunk.delete_call',
  };
  return (await desk.timeline(call)).flatMap(({ type }) => told[type] ?? []);
}

function storyByStream(updates: readonly Update[], number: number): string[] {
  return updates
    .filter(({ event }) => event.msg['id_call'] === number && /queue|trunk/.test(event.type_notification))
    .map(kindOf);
}
