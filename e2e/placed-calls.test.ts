// Calls that agents place, from their telephones and by REST, and where a DID leads besides a queue.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Desk, RestCall } from './desk.ts';
import { Story } from './story.ts';

let story: Story;

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk' });
});
afterAll(() => story?.end());

test.concurrent('an agent dials out by the SIP trunk and both hear each other; supervisors see the trunk used', async () => {
  const desk = await story.desk({ outboundBy: 'carrier' });
  const dashboard = await story.dashboard(desk);
  const ana = await story.agentAtDesk(desk, 'Ana', { toneHz: 600 });
  const bob = await story.outsider('33140506070', 1_000, desk);
  await ana.dials('0140506070');
  await ana.talks();
  await Promise.all([ana.hears(1_000), bob.hears(600)]);
  expect(bob.calls).toMatchObject([{ peer: desk.did }]);
  await ana.presses('4#');
  await bob.getsDigits('4#');
  await bob.hangsUp();
  await ana.isFree();

  const call = await desk.endOf();
  expect(call).toMatchObject({ direction: 'outbound', origin: 'phone', outcome: 'answered', to: '33140506070' });
  expect(call.number).toBeLessThan(0);
  expect(causesOf(call)).toEqual({ agent: 'DIALOG_LEFT', external: 'HANGUP' });
  const trunkCall = { id_call: call.number, id_trunk: desk.trunkId };
  for (const kind of ['insert_call', 'connect_call', 'delete_call']) await dashboard.sees(`trunk.${kind}`, trunkCall);
  const operator = { id_operator: desk.agent('Ana').userId, id_call: call.number, caller_id_num: '33140506070' };
  await dashboard.sees('operator.calling', operator);
  await dashboard.sees('operator.connected', operator);
});

test.concurrent.for([
  { status: 486, outcome: 'busy', cause: 'BUSY', told: '486' },
  { status: 603, outcome: 'rejected', cause: 'REJECTED', told: '403' },
  { status: 404, outcome: 'failed', cause: 'FAILED', told: '404' },
])(
  'the far side refuses with $status: the call is $outcome, and the agent is free again',
  async ({ status, outcome, cause, told }) => {
    const desk = await story.desk({ outboundBy: 'carrier' });
    const ana = await story.agentAtDesk(desk, 'Ana');
    await story.callees(desk, { status });
    expect(await ana.dialsInVain('0140506070')).toMatch(new RegExp(`^${told} `));
    const call = await desk.endOf();
    expect(call.outcome).toBe(outcome);
    expect(causesOf(call)).toMatchObject({ external: cause });
    await desk.sees('Ana', 'free');
  },
);

test.concurrent('a number that may not be called, or that nobody has, is refused at once', async () => {
  const desk = await story.desk({ outboundBy: 'carrier' });
  const ana = await story.agentAtDesk(desk, 'Ana');
  for (const [number, told] of [
    ['0012125550100', /^403 /],
    ['77', /^404 /],
  ] as const) {
    expect(await ana.dialsInVain(number)).toMatch(told);
    const { outcome, legs } = await desk.call(({ to, state }) => to === number && state === 'ended');
    expect([outcome, legs.length]).toEqual(['failed', 1]);
  }
});

test.concurrent('a conversation ends when it has lasted as long as the space allows', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'], space: { max_call_s: 1 } });
  const [ana, bo] = [await story.agentAtDesk(desk, 'Ana'), await story.agentAtDesk(desk, 'Bo')];
  await ana.dials('102');
  await bo.answers();
  await Promise.all([ana.isFree(), bo.isFree()]);
  const call = await desk.endOf();
  expect(call.outcome).toBe('answered');
  expect(call.legs.map(({ close_cause }) => close_cause)).toEqual(['DIALOG_LEFT', 'DIALOG_LEFT']);
});

test.concurrent('the far side does not answer within the ring time; or the agent gives up before', async () => {
  const desk = await story.desk({ outboundBy: 'carrier', space: { ring_timeout_s: 2 } });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const silent = await story.callees(desk, { ringForMs: 30_000 });
  await ana.dials('0140506070');
  const unanswered = await desk.endOf();
  expect(unanswered.outcome).toBe('no_answer');
  expect(causesOf(unanswered)).toMatchObject({ external: 'NO_ANSWER' });
  await ana.isFree();
  await silent.close();

  await story.callees(desk, { ringForMs: 30_000 });
  await ana.dials('0140506071');
  const { id } = await desk.call(({ state, legs }) => state === 'ringing' && legs[1]?.state === 'ringing');
  await ana.hangsUp();
  const given = await desk.endOf(id);
  expect(given.outcome).toBe('canceled');
  expect(causesOf(given)).toEqual({ agent: 'HANGUP', external: 'CANCELED' });
});

test.concurrent('POST /calls rings the agent’s telephone, then the number; internal calls go from telephone to telephone, also by the long number', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'] });
  const dashboard = await story.dashboard(desk);
  const ana = await story.agentAtDesk(desk, 'Ana', { toneHz: 600 });
  const bo = await story.agentAtDesk(desk, 'Bo', { toneHz: 800 });
  const placed = await desk.post<{ call_id: string }>('/calls', { from_user_id: desk.agent('Ana').userId, to: '102' });
  await ana.answers();
  await bo.answers();
  await Promise.all([ana.hears(800), bo.hears(600)]);
  await ana.hangsUp();
  const byRest = await desk.endOf(placed.call_id);
  expect(byRest).toMatchObject({ direction: 'internal', origin: 'rest', outcome: 'answered' });

  await bo.dials('000*101');
  expect((await ana.answers()).peer).toBe('102');
  await bo.talks();
  await ana.hangsUp();
  const byPhone = await desk.call(({ origin, state }) => origin === 'phone' && state === 'ended');
  expect(byPhone).toMatchObject({ direction: 'internal', outcome: 'answered' });
  expect(dashboard.updates.some(({ event }) => /trunk|queue/.test(event.type_notification))).toBe(false);
});

test.concurrent('a DID leads to a telephone; its forwards: always, when busy, when nobody answers', async () => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'], space: { ring_timeout_s: 2 } });
  await leadDidTo(desk, '101');
  const ana = await story.agentAtDesk(desk, 'Ana');
  const bo = await story.agentAtDesk(desk, 'Bo');

  const direct = await story.caller(desk, { from: '33611223344', fromName: 'Zoé Łuk' });
  expect(await ana.answers()).toMatchObject({ peer: '33611223344', peerName: 'Zoé Łuk' });
  await changePhone(desk, 'Ana', { forward: { busy: '102' } });
  const second = await story.caller(desk);
  await bo.answers();
  await bo.hangsUp();
  await ana.hangsUp();
  for (const run of [direct, second]) expect(await run.done()).toMatchObject({ succeeded: 1, failed: 0 });

  await changePhone(desk, 'Ana', { forward: { no_answer: '102' } });
  await story.caller(desk);
  await ana.rings();
  await bo.answers();
  await ana.isFree();
  await bo.hangsUp();

  await changePhone(desk, 'Ana', { forward: { always: '102' } });
  await story.caller(desk);
  await bo.answers();
  expect(ana.calls).toEqual([]);
  await bo.hangsUp();
});

test.concurrent('do not disturb: the caller is told that it is busy, queues do not ring it', async () => {
  const desk = await story.desk({ agents: ['Ana'] });
  await leadDidTo(desk, '101');
  const ana = await story.agentAtDesk(desk, 'Ana');
  await changePhone(desk, 'Ana', { do_not_disturb: true });
  const caller = await story.caller(desk, { expectStatus: 486 });
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const inQueue = await desk.ringIn({ to: '200' });
  await desk.call(({ id, state }) => id === inQueue && state === 'queued');
  expect((await desk.timeline(inQueue)).some(({ type }) => type === 'call.offered')).toBe(false);
  await changePhone(desk, 'Ana', { do_not_disturb: false });
  await ana.answers();
  await ana.hangsUp();
});

test.concurrent('a DID whose telephone is not registered is unavailable; a number that nobody has does not exist', async () => {
  const desk = await story.desk();
  await leadDidTo(desk, '101');
  const nobodyThere = await story.caller(desk, { expectStatus: 480 });
  const unknown = await story.caller(desk, {
    to: { port: story.parley.sipPort, number: '33149999999' },
    expectStatus: 404,
  });
  for (const run of [nobodyThere, unknown]) {
    expect(await run.done()).toMatchObject({ succeeded: 1, failed: 0, unexpected: [] });
  }
});

test.concurrent('a route with one channel: the second caller waits, seen by supervisors, and goes out when the first one ends', async () => {
  const desk = await story.desk();
  const dashboard = await story.dashboard(desk);
  const farSide = await story.callees(desk, { calls: 2, hangUpAfterMs: 4_000 });
  const narrow = await desk.post('/trunks', {
    name: 'Narrow',
    type: 'sip',
    host: '127.0.0.1',
    port: farSide.port,
    max_calls: 1,
    calls_per_second: 100,
  });
  await desk.post('/extensions', { number: '300', type: 'route', trunk_id: narrow.id, to: '33150607080' });
  await leadDidTo(desk, '300');
  const first = await story.caller(desk, { from: '33611000031' });
  const { event: firstIn } = await dashboard.sees('trunk.insert_call', { caller_id_num: '33611000031' });
  await dashboard.sees('trunk.connect_call', { id_call: firstIn.msg['id_call'] });
  const second = await story.caller(desk, { from: '33611000032' });
  const { event: secondIn } = await dashboard.sees('trunk.insert_call', { caller_id_num: '33611000032' });
  for (const run of [first, second, farSide]) expect(await run.done()).toMatchObject({ failed: 0 });
  const [one, two] = [firstIn.msg['id_call'], secondIn.msg['id_call']];
  await dashboard.sees('trunk.delete_call', { id_call: two as number, id_trunk: narrow.id });
  expect(dashboard.updates.map(({ event }) => [event.event, event.msg['id_call']])).toEqual([
    ['insert_call', one],
    ['connect_call', one],
    ['insert_call', two],
    ['delete_call', one],
    ['connect_call', two],
    ['delete_call', two],
  ]);
});

async function leadDidTo(desk: Desk, extension: string): Promise<void> {
  const dids = [{ number: desk.did, extension_number: extension }];
  await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids });
}

async function changePhone(desk: Desk, name: string, changes: object): Promise<void> {
  await desk.parley.rest('PATCH', `/extensions/${desk.agent(name).extensionId}`, changes);
}

function causesOf({ legs }: RestCall): Record<string, string | null> {
  return Object.fromEntries(legs.map(({ party, close_cause }) => [party, close_cause]));
}
