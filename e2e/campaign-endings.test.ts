// How a campaign's call can end, between real telephones, and what a customer's server is told of the call and of its
// request.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsultantRetry, type RequestClosed, dialogBodySchema } from '../contract/dialogs.ts';
import { inWords } from '../server/projections/dialogs/testing/told.ts';
import type { Desk } from './desk.ts';
import { adminKey } from './parley.ts';
import { Story } from './story.ts';
import { aCampaign, callNext, Webhooks } from './webhooks.ts';

let story: Story;
let webhooks: Webhooks;

beforeAll(async () => {
  webhooks = await Webhooks.open();
  story = await Story.begin({ voice: 'asterisk', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
});
afterAll(async () => {
  await story?.end();
  await webhooks?.close();
});

const beginning = ['consultant created alerting', 'consultant answered', 'contact created ringing'];
const talking = ['contact alerting', 'contact answered', 'consultant talking', 'contact talking'];

const aDesk = (space: object = {}) => story.desk({ outboundBy: 'carrier', space: { country: 'PL', ...space } });
const add = (desk: Desk, campaign: string, request: object) =>
  desk.parley.rest('POST', `${campaign}/requests`, request);

test('the consultant hangs up first and gives his result: the request is closed, with its dialogs and its recording', async () => {
  const desk = await aDesk();
  const path = '/ok/result';
  await webhooks.sendTo(desk, path);
  const ana = await story.agentAtDesk(desk, 'Ana', { autoAnswer: true });
  await story.callees(desk, { toneHz: 700 });
  const names = { name: 'Żółta „akcja” "2"', recording: 'always' };
  const campaign = await aCampaign(desk, names, { name: 'Ćwierć & pół', presentation_number: '48221112233' });
  const contact = {
    name: 'Żaneta "Ćma" O’Brien',
    contact_info: 'dzwonić\npo „ósmej”',
    custom: { źródło: ['\\', '"'] },
  };
  await add(desk, campaign, { contact_number: '600 700 800', ...contact });
  const { request, call_id } = await callNext(desk, campaign);
  await ana.talks();
  await ana.hears(700);
  await ana.hangsUp();
  await webhooks.bodiesAt(path, 9);
  const user_id = desk.agent('Ana').userId;
  const shown = await desk.parley.rest('POST', `${request}/close`, { result: 'sold' });
  expect(shown).toMatchObject({ state: 'closed', result: 'sold', user_id });

  const bodies = await webhooks.bodiesAt(path, 10);
  for (const body of bodies) dialogBodySchema.parse(body);
  expect(inWords(bodies)).toEqual([
    ...[...beginning, ...talking],
    ...['consultant closed HANGUP', 'contact closed DIALOG_LEFT', 'voice_campaign_request_closed'],
  ]);
  const told = bodies[9] as RequestClosed;
  const [consultantDialog, contactDialog] = [bodies[0], bodies[2]].map(
    (body) => (body as { dialog_uuid: string }).dialog_uuid,
  );
  expect(told.dialogs).toEqual([consultantDialog, contactDialog]);
  expect(told.call_history).toMatchObject([
    { dialog_uuid: consultantDialog, close_cause: 'HANGUP' },
    { dialog_uuid: contactDialog, close_cause: 'DIALOG_LEFT' },
  ]);
  for (const { created, answered, closed } of told.call_history) {
    expect(created <= answered! && answered! <= closed!).toBe(true);
  }
  expect(told.data).toMatchObject({
    ...{ voice_campaign_name: names.name, project_name: 'Ćwierć & pół', contact_number: '600 700 800' },
    ...{ ...contact, current_contact_name: contact.name, contact_try: 1, consultant_try: 1 },
    ...{ current_consultant_dialog_uuid: consultantDialog, current_contact_dialog_uuid: contactDialog },
  });
  expect(bodies[2]).toMatchObject({ self_name: contact.name, self_target: '48600700800' });

  expect(told.recording_url).toContain(call_id);
  const recording = await fetch(told.recording_url!, { headers: { authorization: `Bearer ${adminKey}` } });
  expect([recording.status, recording.headers.get('content-type')]).toEqual([200, 'audio/wav']);
  expect((await recording.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
});

test('the consultant’s phone is busy, or rings in vain: no contact is dialled, and the retry is told with its number', async () => {
  const desk = await aDesk({ ring_timeout_s: 2 });
  const path = '/ok/consultant';
  await webhooks.sendTo(desk, path);
  const ana = await story.agentAtDesk(desk, 'Ana');
  const campaign = await aCampaign(desk, { retry: { consultant_delay_s: 0 } });
  await add(desk, campaign, { contact_number: '600700801' });
  const { request } = await callNext(desk, campaign);
  await ana.rejects();
  const refused = await webhooks.bodiesAt(path, 3);
  expect(inWords(refused)).toEqual([
    ...['consultant created alerting', 'consultant closed BUSY', 'voice_campaign_request_consultant_retry'],
  ]);
  const [created, , retry] = refused as [{ dialog_uuid: string }, unknown, ConsultantRetry];
  expect(retry.data).toMatchObject({
    ...{ consultant_try: 2, contact_try: 1, contact_number: '600700801' },
    ...{ current_consultant_dialog_uuid: created.dialog_uuid, current_contact_dialog_uuid: null },
  });
  expect(await desk.parley.rest('GET', request)).toMatchObject({ state: 'waiting', consultant_try: 2, user_id: null });

  await desk.sees('Ana', 'free');
  await callNext(desk, campaign);
  await ana.rings();
  const unanswered = (await webhooks.bodiesAt(path, 6)).slice(3);
  expect(inWords(unanswered)).toEqual([
    ...['consultant created alerting', 'consultant closed NO_ANSWER', 'voice_campaign_request_consultant_retry'],
  ]);
  expect(unanswered[2]).toMatchObject({ data: { consultant_try: 3, contact_try: 1 } });
});

test.for([
  { how: 'does not answer', callee: { ringForMs: 60_000 }, close: ['contact alerting', 'contact closed NO_ANSWER'] },
  { how: 'has a wrong number', callee: { status: 404 }, close: ['contact alerting', 'contact closed FAILED'] },
])('the contact $how: both close, the contact first, and the last try allowed closes the request', async (ending) => {
  const desk = await aDesk();
  const path = `/ok/${ending.how.replaceAll(' ', '-')}`;
  await webhooks.sendTo(desk, path);
  await story.agentAtDesk(desk, 'Ana', { autoAnswer: true });
  const callee = await story.callees(desk, ending.callee);
  const campaign = await aCampaign(desk, { ring_timeout_s: 5, retry: { max_contact_tries: 1 } });
  await add(desk, campaign, { contact_number: '600700802' });
  const { request } = await callNext(desk, campaign);
  const bodies = await webhooks.bodiesAt(path, beginning.length + ending.close.length + 2, 20_000);
  expect(inWords(bodies)).toEqual([
    ...[...beginning, ...ending.close],
    ...['consultant closed DIALOG_LEFT', 'voice_campaign_request_closed'],
  ]);
  expect(await desk.parley.rest('GET', request)).toMatchObject({ state: 'closed', contact_try: 1 });
  await callee.close();
});
