import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CampaignCall } from '../../domain/campaign-call.ts';
import type { CallEvent } from '../../domain/events.ts';
import { asId, asKey, type CallId, type ExtensionId, type LegId } from '../../domain/ids.ts';
import { type Desk, startDesk } from '../../flows/testing/desk.ts';
import { sandbox } from '../../domain/testing/space.ts';
import type { Agent } from '../../flows/testing/agent.ts';
import { tell } from './bodies-of.ts';
import { anAttempt, eventsOfFixtures, nineBodies } from './testing/campaign.ts';
import { inWords, toldOf } from './testing/told.ts';

const wordsOf = (desk: Desk) => inWords(toldOf(desk.events()));
const calls = async (desk: Desk, agent: Agent, campaign: CampaignCall) => {
  await desk.asks({ ask: 'callContact', user: agent.user, campaign });
  await desk.advance(0);
};
/** A contact of the sandbox; the last two digits say what becomes of the call. */
const attemptTo = (number: string) => anAttempt({ dial: { trunk: sandbox, number, ringForMs: 10_000 } });
const beginning = ['consultant created alerting', 'consultant answered', 'contact created ringing'];
const talking = ['consultant talking', 'contact talking'];

describe('the nine bodies of a manual campaign', () => {
  test('are the published ones: every key, every value, in their order', () => {
    const told = toldOf(eventsOfFixtures());
    expect(told).toEqual(nineBodies());
    expect(told.map((body) => JSON.stringify(body))).toEqual(nineBodies().map((body) => JSON.stringify(body)));
  });

  test('are those of the documentation', () => {
    const page = readFileSync(new URL('../../../docs/dialogs.md', import.meta.url), 'utf8');
    const [shown] = /\{\n {2}"event_type"[^]*?\n\}/.exec(page)!;
    expect(JSON.stringify(JSON.parse(shown))).toBe(JSON.stringify(toldOf(eventsOfFixtures())[2]));
  });

  test('have the published numbers of keys', () => {
    const count = (body: object | undefined) => Object.keys(body ?? {}).length;
    const [create, update, contactCreate, , , , , contactClose, close] = toldOf(eventsOfFixtures());
    expect([create, contactCreate, contactClose, close, update].map(count)).toEqual([28, 27, 21, 22, 5]);
    expect('initial_application_info' in create! && count(create.initial_application_info.data)).toBe(36);
  });

  test('come from a call through the rules in the same order', async () => {
    const desk = await startDesk({ agents: [{ name: 'Paweł', outboundNumber: '+48600700801' }] });
    await calls(desk, desk.agent('Paweł'), attemptTo('48600700801'));
    await desk.advance(5_000);
    desk.outside()[0]!.hangUp();
    await desk.advance(0);
    expect(wordsOf(desk)).toEqual(inWords(nineBodies()));
  });
});

test('what is heard before the answer is alerting, once; after the answer it says nothing', () => {
  const events = eventsOfFixtures();
  const { leg: contact, ...ringing } = events.find((event) => event.type === 'leg.ringing')!;
  const early: CallEvent = { ...ringing, type: 'leg.early_media', leg: contact };
  const silent = events.filter(({ type }) => type !== 'leg.ringing');
  expect(toldOf(silent).map(({ event_name }) => event_name)).toEqual(nineBodies().map(({ event_name }) => event_name));
  const closes = events.findIndex(({ type }) => type === 'leg.closed');
  expect(toldOf(events.toSpliced(closes, 0, early))).toEqual(nineBodies());
  expect(toldOf(events.toSpliced(closes - 1, 0, early))).toEqual(nineBodies());
});

test('an answer without any ringing skips alerting', () => {
  const sudden = eventsOfFixtures().filter(({ type }) => type !== 'leg.ringing' && type !== 'leg.early_media');
  expect(inWords(toldOf(sudden))).toEqual(inWords(nineBodies()).filter((word) => word !== 'contact alerting'));
});

describe('a campaign call that goes otherwise', () => {
  test.each([
    ['busy', '48600700802', ['contact closed BUSY']],
    ['rejected', '48600700806', ['contact alerting', 'contact closed REJECTED']],
    ['wrong number', '48600700809', ['contact closed FAILED']],
    ['no answer', '48600700803', ['contact alerting', 'contact closed NO_ANSWER']],
  ])('contact %s: both close, the contact first', async (_, number, contact) => {
    const desk = await startDesk({ agents: ['Ana'] });
    await calls(desk, desk.agent('Ana'), attemptTo(number));
    await desk.advance(20_000);
    expect(wordsOf(desk)).toEqual([...beginning, ...contact, 'consultant closed DIALOG_LEFT']);
  });

  test.each([
    ['is not registered', 'unreachable', 'FAILED'],
    ['is refused', 'reject', 'REJECTED'],
    ['is busy', 'busy', 'BUSY'],
  ] as const)("the consultant's phone %s: no contact is told of", async (_, reaction, cause) => {
    const desk = await startDesk({ agents: ['Ana'] });
    desk.agent('Ana').reacts(reaction);
    await calls(desk, desk.agent('Ana'), attemptTo('48600700801'));
    expect(wordsOf(desk)).toEqual(['consultant created alerting', `consultant closed ${cause}`]);
  });

  test('the consultant gives up while it rings', async () => {
    const desk = await startDesk({ agents: ['Ana'] });
    await calls(desk, desk.agent('Ana'), attemptTo('48600700803'));
    await desk.advance(3_000);
    await desk.agent('Ana').hangsUp();
    await desk.advance(0);
    expect(wordsOf(desk)).toEqual([
      ...beginning,
      'contact alerting',
      'consultant closed HANGUP',
      'contact closed CANCELED',
    ]);
  });

  test('the consultant hangs up first', async () => {
    const desk = await startDesk({ agents: ['Ana'] });
    await calls(desk, desk.agent('Ana'), attemptTo('48600700801'));
    await desk.advance(5_000);
    await desk.agent('Ana').hangsUp();
    await desk.advance(0);
    expect(wordsOf(desk).slice(-2)).toEqual(['consultant closed HANGUP', 'contact closed DIALOG_LEFT']);
  });

  test('a known name of the contact is shown, its number stays what it is', async () => {
    const desk = await startDesk({ agents: ['Ana'] });
    const name = 'Żaneta "Ćma" O’Brien';
    await calls(desk, desk.agent('Ana'), anAttempt({ dial: { trunk: sandbox, number: '48600700801', name } }));
    const contact = toldOf(desk.events())[2];
    expect(contact).toMatchObject({ self_name: name, self_target: '48600700801' });
    expect(contact).toMatchObject({ anonymous: { display_name: '48600700801' } });
    expect(JSON.parse(JSON.stringify(contact))).toEqual(contact);
  });
});

test('a call that comes in through a queue', async () => {
  const desk = await startDesk({
    agents: [{ name: 'Łukasz "Żądło" Ćma', outboundNumber: '+33100009999' }],
    queues: ['Support'],
  });
  const caller = await desk.callIn('Support', { from: '+33140000000' });
  const agent = desk.agent('Łukasz "Żądło" Ćma');
  await agent.answers();
  await caller.hangsUp();
  const told = toldOf(desk.events());
  expect(inWords(told)).toEqual([
    'contact created ringing',
    'contact answered',
    'consultant created alerting',
    'consultant answered',
    'contact talking',
    'consultant talking',
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);
  const info = {
    type: 'EXTERNAL_INBOUND_CALL',
    data: {
      caller_dialog_uuid: caller.leg,
      caller_contact_address: '33140000000',
      callee_contact_address: '331000201',
    },
  };
  expect(told[0]).toMatchObject({
    direction: 'OUTBOUND',
    business_direction: 'INBOUND',
    self_target: '33140000000',
    self_name: '33140000000',
    peer_type: 'SYSTEM',
    peer_target: null,
    initial_application_info: { side: 'CONTACT', ...info },
  });
  expect(told[2]).toMatchObject({
    direction: 'INBOUND',
    business_direction: 'INBOUND',
    self_target: '33100009999',
    self_name: 'Łukasz "Żądło" Ćma',
    peer_type: 'EXTERNAL',
    peer_target: '33140000000',
    peer_username: null,
    tenant_user: { id: 1, firstname: 'Łukasz "Żądło" Ćma', display_name: 'Łukasz "Żądło" Ćma' },
    project: { id: null, name: null },
    initial_application_info: { side: 'USER', ...info },
  });
  expect(told[6]).toMatchObject({
    from_display_target: '33140000000',
    to_display_target: '331000201',
    initial_application_target_id: 1,
    initial_application_target_name: 'Support',
    initial_application_selection_id: 1,
    initial_target_type: 'EXTERNAL_INBOUND_CALL',
  });
  expect(told[7]).toMatchObject({
    from_display_target: '33140000000',
    to_display_target: '33100009999',
    tenant_user: { outbound_name: 'Łukasz "Żądło" Ćma', outbound_number: '33100009999' },
  });
});

test('offers of a queue to several agents: each is a dialog, whoever does not get the call closes', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Bob'],
    queues: [{ name: 'Support', strategy: 'ring_all', ringTimeoutMs: 5_000 }],
  });
  const caller = await desk.callIn('Support');
  await desk.agent('Bob').refuses();
  await desk.agent('Ana').answers();
  await caller.hangsUp();
  expect(wordsOf(desk)).toEqual([
    'contact created ringing',
    'contact answered',
    'consultant created alerting',
    'consultant 2 created alerting',
    'consultant 2 closed REJECTED',
    'consultant answered',
    'contact talking',
    'consultant talking',
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);
});

test('an offer that nobody takes in time closes with NO_ANSWER, one that another took with CANCELED', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Bob'],
    queues: [{ name: 'Support', strategy: 'ring_all', ringTimeoutMs: 5_000 }],
  });
  await desk.callIn('Support');
  await desk.advance(4_000);
  await desk.agent('Ana').answers();
  await desk.advance(0);
  expect(wordsOf(desk)).toContain('consultant 2 closed CANCELED');
  const alone = await startDesk({ agents: ['Ana'], queues: [{ name: 'Support', ringTimeoutMs: 5_000 }] });
  await alone.callIn('Support');
  await alone.advance(6_000);
  expect(wordsOf(alone)).toContain('consultant closed NO_ANSWER');
});

describe('calls that an agent places', () => {
  test('from his phone', async () => {
    const desk = await startDesk({ agents: [{ name: 'Ana', outboundNumber: '+33100009999' }] });
    await desk.agent('Ana').dials('0155550001');
    await desk.advance(2_000);
    await desk.agent('Ana').hangsUp();
    const told = toldOf(desk.events());
    expect(inWords(told)).toEqual([
      'consultant created alerting',
      'contact created ringing',
      'contact alerting',
      'contact answered',
      'consultant answered',
      ...talking,
      'consultant closed HANGUP',
      'contact closed DIALOG_LEFT',
    ]);
    const data = { tenant_user_id: 1, callee_contact_address: '0155550001' };
    expect(told[0]).toMatchObject({
      direction: 'OUTBOUND',
      business_direction: 'OUTBOUND',
      caller_contact_address: '33100009999',
      initial_application_info: { side: 'USER', type: 'WEB_USER_CALL', data },
    });
    expect(told[1]).toMatchObject({
      direction: 'INBOUND',
      business_direction: 'OUTBOUND',
      peer_type: 'CONSULTANT',
      peer_target: '33100009999',
      initial_application_info: { side: 'CONTACT', type: 'WEB_USER_CALL', data },
    });
    expect(told.at(-2)).toMatchObject({
      from_display_target: '33100009999',
      to_display_target: '0155550001',
      initial_application_target_id: null,
      initial_application_selection_id: 1,
    });
  });

  test('by REST he placed it; asked by a supervisor, the platform rang him', async () => {
    const desk = await startDesk({ agents: ['Ana', 'Bob'] });
    await desk.agent('Ana').callsByRest('0155550001');
    await desk.agent('Bob').callsByRest('0155550001', 'pushcall');
    const creates = toldOf(desk.events()).filter((body) => 'tenant_user' in body);
    expect(creates).toMatchObject([
      { direction: 'OUTBOUND', tenant_user: { username: 'ana' } },
      { direction: 'INBOUND', tenant_user: { username: 'bob' } },
    ]);
  });

  test('nobody picks up the phone that was rung first: nothing but that is told', async () => {
    const desk = await startDesk({ agents: ['Ana'], ringTimeoutMs: 10_000 });
    await desk.agent('Ana').callsByRest('0155550001', 'pushcall');
    await desk.advance(10_000);
    expect(wordsOf(desk)).toEqual(['consultant created alerting', 'consultant closed NO_ANSWER']);
  });

  test('to a colleague: two consultants, and no direction for the company', async () => {
    const desk = await startDesk({ agents: ['Ana', 'Bob'] });
    await desk.agent('Ana').dials('Bob');
    await desk.agent('Bob').answers();
    await desk.agent('Bob').hangsUp();
    const told = toldOf(desk.events());
    expect(told[0]).toMatchObject({ direction: 'OUTBOUND', business_direction: null, peer_type: 'SYSTEM' });
    expect(told[1]).toMatchObject({
      direction: 'INBOUND',
      business_direction: null,
      peer_type: 'CONSULTANT',
      peer_username: 'ana',
      peer_project_name: null,
      initial_application_info: { type: 'WEB_USER_CALL', data: { tenant_user_id: 1, callee_contact_address: '102' } },
    });
    expect(inWords(told).slice(-2)).toEqual(['consultant 2 closed HANGUP', 'consultant closed DIALOG_LEFT']);
  });
});

test('hold is told of the party who holds, with the common keys only', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['Support'] });
  await desk.callIn('Support');
  await desk.agent('Ana').answers();
  await desk.agent('Ana').holds();
  await desk.agent('Ana').unholds();
  const [hold, unhold] = toldOf(desk.events()).slice(-2);
  expect(inWords(toldOf(desk.events())).slice(-2)).toEqual(['consultant holds', 'consultant holds no more']);
  expect(Object.keys(hold!)).toEqual(['event_type', 'event_name', 'event_time', 'dialog_uuid']);
  expect(Object.keys(unhold!)).toEqual(Object.keys(hold!));
});

describe('a transfer: the new dialog is created before the old one closes', () => {
  const connected = async () => {
    const desk = await startDesk({ agents: ['Ana', 'Bob'], queues: [{ name: 'Support', agents: ['Ana'] }] });
    await desk.callIn('Support');
    await desk.agent('Ana').answers();
    const before = toldOf(desk.events()).length;
    return { desk, toldSince: () => toldOf(desk.events()).slice(before), before };
  };

  test('blind', async () => {
    const { desk, toldSince, before } = await connected();
    await desk.agent('Ana').transfers('Bob');
    await desk.agent('Bob').answers();
    expect(wordsOf(desk).slice(before)).toEqual([
      'consultant 2 created alerting',
      'consultant closed HANGUP',
      'consultant 2 answered',
      'consultant 2 talking',
    ]);
    expect(toldSince()[0]).toMatchObject({ peer_type: 'EXTERNAL', peer_target: '33140000000' });
  });

  test('consultative', async () => {
    const { desk, toldSince, before } = await connected();
    await desk.agent('Ana').transfers('Bob', 'consultative');
    await desk.agent('Bob').answers();
    await desk.agent('Ana').completes();
    expect(wordsOf(desk).slice(before)).toEqual([
      'consultant 2 created alerting',
      'consultant 2 answered',
      'consultant 2 talking',
      'consultant closed HANGUP',
    ]);
    expect(toldSince()[0]).toMatchObject({ peer_type: 'CONSULTANT', peer_username: 'ana' });
  });

  test('of a campaign call: the request stays that of the contact and of the consultant who called', async () => {
    const desk = await startDesk({ agents: ['Ana', 'Bob'] });
    await calls(desk, desk.agent('Ana'), attemptTo('48600700801'));
    await desk.advance(5_000);
    const [consultant, contact] = desk.events('leg.created').map(({ leg }) => leg);
    await desk.agent('Ana').transfers('Bob', 'consultative');
    const created = toldOf(desk.events()).at(-1);
    expect(created).toMatchObject({
      tenant_user: { username: 'bob' },
      project: { id: 1, name: 'Projekt Paweł' },
      peer_project_name: 'Projekt Paweł',
      initial_application_info: {
        side: 'USER',
        data: { tenant_user_name: 'ana', current_contact_dialog_uuid: contact },
      },
    });
    expect(created).not.toMatchObject({
      initial_application_info: { data: { current_consultant_dialog_uuid: consultant } },
    });
  });
});

test('nothing is told of a call whose beginning was never seen', () => {
  const [, created] = eventsOfFixtures();
  expect(tell(undefined, created!)).toEqual({ call: undefined, bodies: [] });
});

test('a withheld number is null, a phone that no user has is a consultant without a name', () => {
  const [created] = eventsOfFixtures();
  const at = created!.at;
  const call = asKey<CallId>('ca11');
  const [caller, phone] = [asKey<LegId>('a'), asKey<LegId>('b')];
  const told = toldOf([
    {
      type: 'call.created',
      call,
      at,
      number: 3,
      direction: 'inbound',
      origin: 'trunk',
      from: { number: 'anonymous', name: null },
      dialled: '+33100',
      did: '+33100',
      trunk: null,
      placedBy: null,
    },
    {
      type: 'leg.created',
      call,
      at,
      leg: caller,
      side: 'caller',
      party: { kind: 'external', number: 'anonymous', name: null, trunk: null },
    },
    {
      type: 'leg.created',
      call,
      at,
      leg: phone,
      side: 'callee',
      party: { kind: 'phone', number: '300', name: null, extension: asId<ExtensionId>(300) },
    },
    { type: 'leg.closed', call, at, leg: phone, cause: 'NO_ANSWER', q850: 19, talkMs: null },
  ]);
  expect(told[0]).toMatchObject({ self_target: null, self_name: null, anonymous: { display_name: null } });
  const nobody = { id: null, username: null, firstname: null, surname: null };
  expect(told[1]).toMatchObject({
    dialog_type: 'CONSULTANT',
    self_target: '300',
    self_name: '300',
    peer_type: 'EXTERNAL',
    tenant_user: { ...nobody, display_name: null },
  });
  expect(told[2]).toMatchObject({ tenant_user: { ...nobody, outbound_name: null, outbound_number: null } });
});
