// Calls through a queue: SIPp and real telephones call the DID, agents' registered telephones are rung.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminKey, eventually } from './parley.ts';
import { parseWav, sharesOf } from './peers/audio.ts';
import { Story } from './story.ts';

let story: Story;

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk' });
});
afterAll(() => story?.end());

test.concurrent('the caller hears music, then the agent, who hears him; both are on the recording', async () => {
  const desk = await story.desk({ queue: { recording: 'always' } });
  const ana = await story.phone(desk, 'Ana', { toneHz: 600 });
  const caller = await story.outsider('33611000001', 1_000);
  await caller.dials(desk.did);
  await caller.talks();
  await caller.hearsSound();
  expect((await caller.heard([600])).get(600)).toBe(0);

  await desk.state('Ana', 'available');
  await ana.answers();
  await Promise.all([caller.hears(600), ana.hears(1_000)]);
  await ana.hangsUp();
  await caller.isFree();

  const call = await desk.endOf();
  const shares = sharesOf(await recordingOf(call.id), [600, 1_000]);
  expect(shares.get(600)).toBeGreaterThan(0.5);
  expect(shares.get(1_000)).toBeGreaterThan(0.5);
});

test.concurrent('whoever hangs up ends the call for the other, and the legs say who it was', async () => {
  const desk = await story.desk();
  const ana = await story.agentAtDesk(desk, 'Ana');
  for (const [who, from] of [
    ['agent', '33611000021'],
    ['caller', '33611000022'],
  ] as const) {
    const caller = await story.outsider(from, 1_000);
    await caller.dials(desk.did);
    await ana.answers();
    await (who === 'agent' ? ana : caller).hangsUp();
    await Promise.all([ana.isFree(), caller.isFree()]);
    const { legs, outcome } = await desk.call((call) => call.from === from && call.state === 'ended');
    expect(outcome).toBe('answered');
    expect(legs.map((leg) => [leg.party, leg.close_cause])).toEqual([
      ['external', who === 'caller' ? 'HANGUP' : 'DIALOG_LEFT'],
      ['agent', who === 'agent' ? 'HANGUP' : 'DIALOG_LEFT'],
    ]);
  }
});

test.concurrent('an agent who does not answer in time loses the call to the next one, who has been idle shorter', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'], queue: { ring_timeout_s: 3 } });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const bo = await story.agentAtDesk(desk, 'Bo');
  const caller = await story.caller(desk);
  await ana.rings();
  await bo.answers();
  await ana.isFree();
  await bo.hangsUp();
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const call = await desk.endOf();
  expect(await offersOf(desk, call.id)).toEqual([
    { user: desk.agent('Ana').userId, step: 1, outcome: 'no_answer' },
    { user: desk.agent('Bo').userId, step: 2, outcome: null },
  ]);
});

test.concurrent('an agent who rejects passes the call on at once', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'], queue: { ring_timeout_s: 60 } });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const bo = await story.agentAtDesk(desk, 'Bo');
  const caller = await story.caller(desk);
  await ana.rejects();
  await bo.answers();
  await bo.hangsUp();
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const call = await desk.endOf();
  expect(await offersOf(desk, call.id)).toMatchObject([{ outcome: 'busy' }, { outcome: null }]);
});

test.concurrent('an agent whose telephone has died, or who goes on pause or logs out while it rings, passes the call on', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo', 'Cleo', 'Dan'], queue: { ring_timeout_s: 4 } });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const bo = await story.agentAtDesk(desk, 'Bo');
  const cleo = await story.agentAtDesk(desk, 'Cleo');
  const dan = await story.agentAtDesk(desk, 'Dan');
  await ana.dies();
  await story.caller(desk);
  await bo.rings();
  await desk.state('Bo', 'paused', 'user3');
  await bo.isFree();
  await cleo.rings();
  await desk.state('Cleo', 'logged_out');
  await cleo.isFree();
  await dan.answers();
  await desk.state('Dan', 'logged_out');
  expect(await desk.agentState('Dan')).toMatchObject({ state: 'logged_out', phone: 'connected' });
  await dan.hangsUp();
  const { id, user_id } = await desk.endOf();
  expect(user_id).toBe(desk.agent('Dan').userId);
  const outcomes = (await offersOf(desk, id)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['no_answer', 'lost', 'lost', null]);
});

test.concurrent('ring all rings everybody; the first who answers has the call, the others fall silent', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'], queue: { strategy: 'ring_all' } });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const bo = await story.agentAtDesk(desk, 'Bo');
  await story.caller(desk);
  await Promise.all([ana.rings(), bo.rings()]);
  await bo.answers();
  await ana.isFree();
  await desk.sees('Ana', 'free');
  expect(await desk.agentState('Bo')).toMatchObject({ phone: 'connected' });
  await bo.hangsUp();
  expect(await desk.endOf()).toMatchObject({ outcome: 'answered', user_id: desk.agent('Bo').userId });
});

test.concurrent('six callers at once and three agents: each agent has one call at a time, each call one agent', async () => {
  const names = ['Ana', 'Bo', 'Cleo'];
  const desk = await story.desk({ agents: names });
  const phones = await Promise.all(names.map((name) => story.agentAtDesk(desk, name)));
  const six = await story.caller(desk, { calls: 6, perSecond: 100 });
  for (const round of [1, 2]) {
    await Promise.all(phones.map((phone) => phone.answers()));
    expect(
      phones.map(({ calls }) => calls.length),
      `round ${round}`,
    ).toEqual([1, 1, 1]);
    await Promise.all(phones.map((phone) => phone.hangsUp()));
  }
  expect(await six.done()).toMatchObject({ succeeded: 6, failed: 0 });
  const ended = async () => (await desk.calls()).filter(({ state }) => state === 'ended');
  await expect.poll(ended).toHaveLength(6);
  const calls = await ended();
  expect(calls.map(({ outcome }) => outcome)).toEqual(Array(6).fill('answered'));
  for (const { legs } of calls) expect(legs.filter(({ talk_s }) => talk_s !== null).length).toBe(2);
});

test.concurrent('callers who give up, while waiting and while it rings, are abandoned; the phone falls silent', async () => {
  const desk = await story.desk();
  const dashboard = await story.dashboard(desk);
  const early = await story.caller(desk, { talkForMs: 500 });
  expect(await early.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const waiting = await desk.endOf();
  expect(waiting).toMatchObject({ outcome: 'abandoned', user_id: null });
  await dashboard.sees('queue.delete_call', { id_call: waiting.number, id_queue: desk.queueId });

  const ana = await story.agentAtDesk(desk, 'Ana');
  const late = await story.outsider('33611000006', 1_000);
  await late.dials(desk.did);
  await ana.rings();
  await late.hangsUp();
  await ana.isFree();
  await desk.sees('Ana', 'free');
  const ringing = await desk.call(({ id, state }) => id !== waiting.id && state === 'ended');
  expect(ringing).toMatchObject({ outcome: 'abandoned' });
  expect(await offersOf(desk, ringing.id)).toMatchObject([{ outcome: 'lost' }]);
  await dashboard.sees('operator.ringing', { id_call: ringing.number });
  await dashboard.sees('queue.delete_call', { id_call: ringing.number });
  expect(dashboard.updates.some(({ event }) => event.event === 'connect_call')).toBe(false);
});

test.concurrent('a call that waits too long overflows to another queue, and from there to a phone', async () => {
  const desk = await story.desk({
    agents: ['Ana', 'Bo'],
    queue: { user_ids: [], max_wait_s: 1, overflow_extension: '201' },
  });
  const second = await desk.post('/queues', { name: 'Second', user_ids: [], max_wait_s: 1, overflow_extension: '102' });
  await desk.post('/extensions', { number: '201', type: 'queue', queue_id: second.id });
  const dashboard = await story.dashboard(desk);
  const bo = await story.phone(desk, 'Bo', { toneHz: 600 });
  const caller = await story.outsider('33611000007', 1_000);
  await caller.dials(desk.did);
  await bo.answers();
  await Promise.all([caller.hears(600), bo.hears(1_000)]);
  await bo.hangsUp();
  const { id, number } = await desk.endOf();
  for (const id_queue of [desk.queueId, second.id]) {
    await dashboard.sees('queue.insert_call', { id_call: number, id_queue });
    await dashboard.sees('queue.delete_call', { id_call: number, id_queue });
  }
  const overflows = (await desk.timeline(id)).filter(({ type }) => type === 'call.overflowed');
  expect(overflows).toMatchObject([
    { queue: desk.queueId, to: '201' },
    { queue: second.id, to: '102' },
  ]);
});

test.concurrent('a queue that leads nowhere else ends the call when the longest wait is over', async () => {
  const desk = await story.desk({ queue: { max_wait_s: 1 } });
  const caller = await story.caller(desk);
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const { id } = await desk.endOf();
  const overflow = (await desk.timeline(id)).find(({ type }) => type === 'call.overflowed');
  expect(overflow).toMatchObject({ queue: desk.queueId, to: null });
});

test.concurrent('a part of a call is recorded when it is asked for', async () => {
  const desk = await story.desk({ queue: { recording: 'on_demand' } });
  const ana = await story.agentAtDesk(desk, 'Ana', { toneHz: 600 });
  const caller = await story.outsider('33611000010', 1_000);
  await caller.dials(desk.did);
  await ana.answers();
  await caller.hears(600);
  const { id, recording } = await desk.call(({ state }) => state === 'talking');
  expect(recording).toBeNull();
  await desk.parley.rest('PUT', `/calls/${id}/recording`, { on: true });
  await Promise.all([caller.hears(600), ana.hears(1_000)]);
  await desk.parley.rest('PUT', `/calls/${id}/recording`, { on: false });
  await ana.hangsUp();
  await desk.endOf(id);
  const shares = sharesOf(await recordingOf(id), [600, 1_000]);
  expect(Math.min(...shares.values())).toBeGreaterThan(0.5);
});

test.concurrent('after a conversation an agent has his wrap-up time before the next call', async () => {
  const desk = await story.desk({ queue: { wrap_up_s: 2 } });
  const dashboard = await story.dashboard(desk);
  const ana = await story.agentAtDesk(desk, 'Ana');
  const first = await desk.ringIn({ from: '33611000081' });
  await ana.answers();
  const second = await desk.ringIn({ from: '33611000082' });
  await ana.hangsUp();
  await desk.sees('Ana', 'wrap_up');
  await dashboard.sees('operator.unavailable');
  await ana.answers();
  const end = (await desk.timeline(first)).find((item) => item.type === 'leg.closed')!;
  const offer = (await desk.timeline(second)).find((item) => item.type === 'call.offered')!;
  expect(Date.parse(offer.at) - Date.parse(end.at)).toBeGreaterThanOrEqual(1_900);
  await ana.hangsUp();
});

test.concurrent('an agent who misses calls one after the other is set on pause, and every supervisor sees why', async () => {
  const desk = await story.desk({ space: { misses_before_pause: 2 } });
  const dashboard = await story.dashboard(desk);
  const ana = await story.agentAtDesk(desk, 'Ana');
  await desk.ringIn({ from: '33611000091' });
  await desk.ringIn({ from: '33611000092' });
  await ana.rejects();
  await ana.rejects();
  await dashboard.sees('UI.pause', { supp: 'user15', id_operator: desk.agent('Ana').userId });
  expect(await desk.agentState('Ana')).toMatchObject({ state: 'paused', pause_id: 'user15', call_id: null });
});

test.concurrent('important callers come first: by priority, then by VIP rate, then by age', async () => {
  const desk = await story.desk();
  await desk.post('/vips', { number: '33611000012', vip_rate: 5 });
  await desk.post('/vips', { number: '33611000013', priority: 200 });
  const ana = await story.phone(desk, 'Ana');
  for (const last of [10, 11, 12, 13]) await desk.ringIn({ from: `336110000${last}` });
  await eventually('all wait', async () => (await desk.calls()).filter((call) => call.state === 'queued').length === 4);
  await desk.state('Ana', 'available');
  for (const last of [13, 12, 10, 11]) {
    expect((await ana.answers()).peer).toBe(`336110000${last}`);
    await ana.hangsUp();
  }
});

async function recordingOf(call: string) {
  const response = await fetch(`${story.parley.url}/api/v1/calls/${call}/recording`, {
    headers: { authorization: `Bearer ${adminKey}` },
    signal: AbortSignal.timeout(10_000),
  });
  expect(response.headers.get('content-type')).toBe('audio/wav');
  return parseWav(Buffer.from(await response.arrayBuffer()));
}

/** To whom the call was offered, and how each offer ended; null: he took it. */
async function offersOf(desk: Awaited<ReturnType<Story['desk']>>, call: string) {
  const timeline = await desk.timeline(call);
  return timeline
    .filter(({ type }) => type === 'call.offered')
    .map(({ user, step, leg }) => ({
      user,
      step,
      outcome: timeline.find((item) => item.type === 'call.offer_ended' && item['leg'] === leg)?.['outcome'] ?? null,
    }));
}
