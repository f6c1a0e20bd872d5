// Transfers, conferences and hold between real telephones; who hears whom is told by the tone that each of them says:
// the customer 1000 Hz, Ana 600 Hz, Bo 800 Hz.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Desk, DeskOptions } from './desk.ts';
import type { Phone } from './peers/phone.ts';
import { Story } from './story.ts';

let story: Story;

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk' });
});
afterAll(() => story?.end());

interface Conversation {
  desk: Desk;
  customer: Phone;
  ana: Phone;
  call: string;
  /** `id_call` of the stream. */
  number: number;
  anasLeg: string;
}

/** A customer came by the queue and talks with Ana. Bo is in no queue. */
async function aConversation(options: DeskOptions = {}, at: Story = story): Promise<Conversation> {
  const desk = await at.desk({ agents: ['Ana', 'Bo'], ...options });
  await desk.parley.rest('PATCH', `/queues/${desk.queueId}`, { user_ids: [desk.agent('Ana').userId] });
  const [ana, customer] = await Promise.all([
    at.agentAtDesk(desk, 'Ana', { toneHz: 600 }),
    at.outsider('33611000041', 1_000),
  ]);
  await customer.dials(desk.did);
  await ana.answers();
  await customer.hears(600);
  const { id, number, legs } = await desk.call(({ state }) => state === 'talking');
  return { desk, customer, ana, call: id, number, anasLeg: legs.find(({ party }) => party === 'agent')!.dialog_uuid };
}

function bosPhone({ desk }: Conversation): Promise<Phone> {
  return story.agentAtDesk(desk, 'Bo', { toneHz: 800 });
}

function ask({ desk, anasLeg }: Conversation, what: string, body?: object): Promise<unknown> {
  return desk.parley.rest('PUT', `/dialogs/${anasLeg}/${what}`, body);
}

async function hearEachOther(customer: Phone, other: Phone, otherHz: number): Promise<void> {
  await Promise.all([customer.hears(otherHz), other.hears(1_000)]);
}

test.concurrent('blind to a colleague: the customer is led to him, the transferor is free at once', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, call, number } = talk;
  const dashboard = await story.dashboard(desk);
  const bo = await bosPhone(talk);
  await ask(talk, 'transfer', { to: '102', type: 'blind' });
  await ana.isFree();
  await bo.answers();
  await hearEachOther(customer, bo, 800);
  await bo.hangsUp();
  await customer.isFree();
  expect(await desk.endOf(call)).toMatchObject({ outcome: 'answered', user_id: desk.agent('Bo').userId });
  const ids = { id_call: number, id_operator: desk.agent('Ana').userId };
  await dashboard.sees('operator.transfert_start', { ...ids, stype: 1 });
  await dashboard.sees('queue.delete_call', { id_call: number, id_queue: desk.queueId });
  await dashboard.sees('operator.connected', { id_call: number, id_operator: desk.agent('Bo').userId });
});

test.concurrent('blind to a queue: the customer waits there with music until somebody is free', async () => {
  const talk = await aConversation();
  const { desk, customer, ana } = talk;
  const second = await desk.post('/queues', { name: 'Second', user_ids: [desk.agent('Bo').userId] });
  await desk.post('/extensions', { number: '201', type: 'queue', queue_id: second.id });
  await ask(talk, 'transfer', { to: '201', type: 'blind' });
  await ana.isFree();
  await customer.hearsNoLonger(600);
  await customer.hearsSound();
  const bo = await story.phone(desk, 'Bo', { toneHz: 800 });
  await desk.state('Bo', 'available');
  await bo.answers();
  await hearEachOther(customer, bo, 800);
  await customer.hangsUp();
  await bo.isFree();
});

test.concurrent('blind to outside: the customer goes out again by the trunk', async () => {
  const talk = await aConversation({ outboundBy: 'carrier' });
  const { desk, customer, ana, number } = talk;
  const dashboard = await story.dashboard(desk);
  const expert = await story.outsider('33140506070', 1_200, desk);
  await ask(talk, 'transfer', { to: '0140506070', type: 'blind' });
  await ana.isFree();
  await hearEachOther(customer, expert, 1_200);
  await customer.hangsUp();
  await expert.isFree();
  const trunkCall = { id_call: number, id_trunk: desk.trunkId };
  for (const kind of ['insert_call', 'connect_call', 'delete_call']) await dashboard.sees(`trunk.${kind}`, trunkCall);
});

test.concurrent('consultative: she asks him while the customer hears music, then puts them through', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, call, number } = talk;
  const dashboard = await story.dashboard(desk);
  const bo = await bosPhone(talk);
  await ask(talk, 'transfer', { to: '102', type: 'consultative' });
  await bo.answers();
  await Promise.all([ana.hears(800), bo.hears(600), customer.hearsNoLonger(600)]);
  await customer.hearsSound();
  expect((await bo.heard([1_000])).get(1_000)).toBe(0);
  await ask(talk, 'transfer/complete');
  await ana.isFree();
  await hearEachOther(customer, bo, 800);
  await bo.hangsUp();
  await customer.isFree();
  await desk.endOf(call);
  await dashboard.sees('operator.transfert_start', { id_call: number, stype: 2 });
});

test.concurrent('consultative, cancelled: she is back with the customer, he is free', async () => {
  const talk = await aConversation();
  const { customer, ana } = talk;
  const bo = await bosPhone(talk);
  for (const answered of [false, true]) {
    await ask(talk, 'transfer', { to: '102', type: 'consultative' });
    await customer.hearsNoLonger(600);
    if (answered) await bo.answers();
    else await bo.rings();
    await ask(talk, 'transfer/cancel');
    await bo.isFree();
    await Promise.all([customer.hears(600), ana.hears(1_000)]);
  }
  await ana.hangsUp();
  await customer.isFree();
});

test.concurrent('consultative, completed while it still rings: the customer hears it ring, then him', async () => {
  const talk = await aConversation();
  const { customer, ana } = talk;
  const bo = await bosPhone(talk);
  await ask(talk, 'transfer', { to: '102', type: 'consultative' });
  await bo.rings();
  await ask(talk, 'transfer/complete');
  await ana.isFree();
  await bo.answers();
  await hearEachOther(customer, bo, 800);
  await customer.hangsUp();
  await bo.isFree();
});

test.concurrent('consultative to outside, completed by hanging up', async () => {
  const talk = await aConversation({ outboundBy: 'carrier' });
  const { customer, ana } = talk;
  const expert = await story.outsider('33140506070', 1_200, talk.desk);
  await ask(talk, 'transfer', { to: '0140506070', type: 'consultative' });
  await Promise.all([ana.hears(1_200), expert.hears(600)]);
  await ana.hangsUp();
  await hearEachOther(customer, expert, 1_200);
  await expert.hangsUp();
  await customer.isFree();
});

test.concurrent('the customer leaves while she asks: the two of them go on', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, number } = talk;
  const dashboard = await story.dashboard(desk);
  const bo = await bosPhone(talk);
  await ask(talk, 'transfer', { to: '102', type: 'consultative' });
  await bo.answers();
  await ana.hears(800);
  await customer.hangsUp();
  await dashboard.sees('queue.delete_call', { id_call: number });
  await Promise.all([ana.hears(800), bo.hears(600)]);
  await ana.hangsUp();
  await bo.isFree();
  for (const name of ['Ana', 'Bo']) await desk.sees(name, 'free');
});

test.concurrent('conference: all three hear each other, and two go on when one leaves', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, number } = talk;
  const dashboard = await story.dashboard(desk);
  const bo = await bosPhone(talk);
  await ask(talk, 'transfer', { to: '102', type: 'conference' });
  await bo.answers();
  await ana.hears(800);
  await ask(talk, 'transfer/complete');
  await Promise.all([customer.hearsAll([600, 800]), ana.hearsAll([1_000, 800]), bo.hearsAll([1_000, 600])]);
  await ana.hangsUp();
  await customer.hearsNoLonger(600);
  await hearEachOther(customer, bo, 800);
  await customer.hangsUp();
  await bo.isFree();
  await dashboard.sees('operator.transfert_start', { id_call: number, stype: 3 });
});

test.concurrent('hold gives the customer music instead of her voice, unhold gives it back', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, call } = talk;
  await ask(talk, 'hold');
  await Promise.all([customer.hearsNoLonger(600), ana.hearsNoLonger(1_000)]);
  await customer.hearsSound();
  await ask(talk, 'unhold');
  await hearEachOther(customer, ana, 600);
  await ana.hangsUp();
  await customer.isFree();
  expect(await holdsOf(desk, call)).toEqual(['leg.held', 'leg.unheld']);
});

test.concurrent('her telephone holds and transfers by itself: re-INVITE and REFER', async () => {
  const talk = await aConversation();
  const { desk, customer, ana, call, number } = talk;
  const dashboard = await story.dashboard(desk);
  await ana.holds();
  await customer.hearsNoLonger(600);
  await customer.hearsSound();
  await ana.resumes();
  await customer.hears(600);
  const bo = await bosPhone(talk);
  await ana.transfersTo('102');
  await ana.isFree();
  await bo.answers();
  await hearEachOther(customer, bo, 800);
  await bo.hangsUp();
  await desk.endOf(call);
  expect(await holdsOf(desk, call)).toEqual(['leg.held', 'leg.unheld']);
  await dashboard.sees('operator.transfert_start', { id_call: number, stype: 1 });
});

test.concurrent('a transfer that cannot be is refused at once, and the conversation goes on', async () => {
  const talk = await aConversation();
  const { desk, customer, ana } = talk;
  const bo = await bosPhone(talk);
  await bo.dials('33150000001');
  await bo.talks();
  const refusal = async (to: string, type: string) => {
    const { status, body } = await desk.parley.ask<{ code: string }>('PUT', `/dialogs/${talk.anasLeg}/transfer`, {
      to,
      type,
    });
    return [status, body.code];
  };
  expect(await refusal('102', 'blind')).toEqual([409, 'agent.busy']);
  expect(await refusal('102', 'consultative')).toEqual([409, 'agent.busy']);
  expect(await refusal('99', 'blind')).toEqual([422, 'call.unknown_target']);
  expect(await refusal('200', 'conference')).toEqual([422, 'call.unknown_target']);
  await hearEachOther(customer, ana, 600);
  await ana.hangsUp();
  await customer.isFree();
});

test('kill -9 while the one who is asked still rings: they talk when he answers, and she puts the customer through', async () => {
  const own = await Story.begin({ voice: 'asterisk' });
  try {
    const talk = await aConversation({}, own);
    const { customer, ana } = talk;
    const bo = await own.agentAtDesk(talk.desk, 'Bo', { toneHz: 800 });
    await ask(talk, 'transfer', { to: '102', type: 'consultative' });
    await bo.rings();
    await own.parley.dies();
    await own.parley.start();
    await bo.answers();
    await Promise.all([ana.hears(800), bo.hears(600)]);
    await ask(talk, 'transfer/complete');
    await ana.isFree();
    await hearEachOther(customer, bo, 800);
    await customer.hangsUp();
    await bo.isFree();
  } finally {
    await own.end();
  }
});

async function holdsOf(desk: Desk, call: string): Promise<string[]> {
  return (await desk.timeline(call)).map(({ type }) => type).filter((type) => /^leg\.(un)?held$/.test(type));
}
