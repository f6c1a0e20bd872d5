// The foundation's story: a real call goes through a queue to an agent, and every supervisor sees it live.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk, did } from './desk.ts';
import { eventually, type Parley, startParley } from './parley.ts';
import type { Phone } from './peers/phone.ts';
import { callers } from './peers/sipp.ts';
import { type Dashboard, kindOf, openDashboard } from './stream-client.ts';

let parley: Parley;
let desk: Desk;
let ana: Phone;
const dashboards: Dashboard[] = [];

beforeAll(async () => {
  parley = await startParley({ voice: 'asterisk' });
  desk = await Desk.open(parley, { agents: ['Ana'], queue: { wrap_up_s: 1 } });
  for (const client of [2, 4] as const) {
    for (const transport of ['websocket', 'polling'] as const) {
      dashboards.push(await openDashboard(parley.url, desk.supervisor, { client, transport }));
    }
  }
  ana = await desk.phoneOf('Ana', { toneHz: 600 });
  await desk.state('Ana', 'available');
});

afterAll(async () => {
  for (const dashboard of dashboards) dashboard.close();
  await ana?.close();
  await parley?.close();
});

test('SIPp calls the DID, waits, is put through to a registered phone which hears it; clients 2.x and 4.x see it alike', async () => {
  const caller = await callers({
    to: { port: parley.sipPort, number: did },
    from: '33611223344',
    port: desk.trunkPort,
    toneHz: 1_000,
    talkForMs: null,
  });
  await ana.rings();
  await ana.answers();
  await ana.hears(1_000);
  await ana.hangsUp();
  const result = await caller.done();
  await caller.close();
  expect(result).toMatchObject({ succeeded: 1, failed: 0 });
  await ana.isFree();

  const [call] = await desk.calls();
  expect(call).toMatchObject({ queue_id: desk.queueId, user_id: desk.agent('Ana').userId });
  await eventually('the call has ended', async () => (await desk.calls())[0]?.state === 'ended');
  const story = (await desk.timeline(call!.id)).map(({ type }) => type);
  for (const type of ['call.queued', 'call.offered', 'call.connected', 'call.left_queue', 'call.ended']) {
    expect(story).toContain(type);
  }
  const [first, ...others] = dashboards;
  await Promise.all(dashboards.map((dashboard) => dashboard.sees('operator.available', {}, 15_000)));
  await Promise.all(dashboards.map((dashboard) => dashboard.sees('queue.delete_call')));
  const seen = first!.updates.map(kindOf);
  expect(seen).toEqual(
    expect.arrayContaining([
      'queue.insert_call',
      'operator.ringing',
      'queue.connect_call',
      'operator.connected',
      'queue.delete_call',
    ]),
  );
  for (const other of others) {
    await eventually('all have the same', async () => other.updates.length >= first!.updates.length);
    expect(other.updates.map(({ cpt, event }) => ({ cpt, event }))).toEqual(
      first!.updates.map(({ cpt, event }) => ({ cpt, event })),
    );
  }
});
