// Dialog webhooks of calls between real telephones, as a customer's server in another process receives them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DialogBody, dialogBodySchema } from '../contract/dialogs.ts';
import { nineBodies } from '../server/projections/dialogs/testing/campaign.ts';
import { inWords } from '../server/projections/dialogs/testing/told.ts';
import type { Desk } from './desk.ts';
import { Story } from './story.ts';
import { aCampaign, callNext, comparable, paweł, Webhooks } from './webhooks.ts';

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

test('a campaign call: the nine published bodies, key for key and value for value', async () => {
  const desk = await story.desk({ outboundBy: 'carrier', space: { country: 'PL', time_zone: 'Europe/Warsaw' } });
  await webhooks.sendTo(desk, '/ok/nine');
  await desk.parley.rest('PATCH', `/users/${desk.agent('Ana').userId}`, paweł);
  const consultant = await story.agentAtDesk(desk, 'Ana', { autoAnswer: true });
  const contact = await story.callees(desk, { ringForMs: 1_000, hangUpAfterMs: 2_000 });
  const placed = await callContact(desk, '600700800');
  await contact.done();
  await consultant.isFree();

  const bodies = await webhooks.bodiesAt('/ok/nine', 9);
  for (const body of bodies) dialogBodySchema.parse(body);
  expect(comparable(bodies)).toEqual(comparable(nineBodies()));
  expect(bodies[0]).toMatchObject({ dialog_uuid: placed.consultant_dialog_uuid });
});

test('the contact is busy; a receiver that fails twice gets every body, and in order', async () => {
  const desk = await story.desk({ outboundBy: 'carrier', space: { country: 'PL' } });
  const retry_config = { retry_value: 1, max_retries: 2, backoff_type: 'constant', backoff_value: 1 };
  await webhooks.sendTo(desk, '/fails/2', { retry_config });
  await story.agentAtDesk(desk, 'Ana', { autoAnswer: true });
  await story.callees(desk, { status: 486 });
  await callContact(desk, '600700801');

  const tries = await webhooks.receivedAt('/fails/2', 18, 30_000);
  const bodies = tries.map(({ body }) => JSON.parse(body) as DialogBody);
  expect(inWords(bodies.filter((_, index) => index % 3 === 2))).toEqual([
    'consultant created alerting',
    'consultant answered',
    'contact created ringing',
    'contact alerting',
    'contact closed BUSY',
    'consultant closed DIALOG_LEFT',
  ]);
  for (const three of [0, 3, 6, 9, 12, 15].map((from) => tries.slice(from, from + 3))) {
    expect(new Set(three.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  }
});

test('a call that comes in through a queue and one that an agent places; a filter lets contacts through only', async () => {
  const desk = await story.desk({ outboundBy: 'carrier' });
  await webhooks.sendTo(desk, '/ok/all');
  await webhooks.sendTo(desk, '/ok/contacts', {
    subscriptions: { dialog_create: { active: true, filter: { dialog_type: ['EXTERNAL'] } } },
  });
  const ana = await story.agentAtDesk(desk, 'Ana');
  const caller = await story.caller(desk, { talkForMs: 1_000 });
  await ana.answers();
  await caller.done();
  await ana.isFree();
  expect(inWords(await webhooks.bodiesAt('/ok/all', 8))).toEqual([
    'contact created ringing',
    'contact answered',
    'consultant created alerting',
    'consultant answered',
    'contact talking',
    'consultant talking',
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);

  const callee = await story.callees(desk, { hangUpAfterMs: 1_000 });
  await ana.dials('0140506070');
  await callee.done();
  await ana.isFree();
  expect(inWords((await webhooks.bodiesAt('/ok/all', 17)).slice(8))).toEqual([
    'consultant created alerting',
    'contact created ringing',
    'contact alerting',
    'contact answered',
    'consultant answered',
    'consultant talking',
    'contact talking',
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);
  const contacts = await webhooks.bodiesAt('/ok/contacts', 2);
  expect(contacts).toMatchObject([{ dialog_type: 'EXTERNAL' }, { dialog_type: 'EXTERNAL' }]);
});

/** The only request of a campaign of its own. */
async function callContact(desk: Desk, contact_number: string): Promise<{ consultant_dialog_uuid: string }> {
  const campaign = await aCampaign(desk);
  const assigned_user_id = desk.agent('Ana').userId;
  await desk.parley.rest('POST', `${campaign}/requests`, { contact_number, assigned_user_id });
  return callNext(desk, campaign);
}
