// Hold and transfers between real telephones, as a customer's server in another process is told of them: every body whole.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConsultantClose, ConsultantCreate, DialogBody } from '../contract/dialogs.ts';
import { contactLeg, nineBodies } from '../server/projections/dialogs/testing/campaign.ts';
import type { Desk } from './desk.ts';
import type { Phone } from './peers/phone.ts';
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

const customersNumber = '33611000041';

/** How Ana holds, resumes and passes the customer on to Bo. */
const ways: Record<string, (desk: Desk, ana: Phone, leg: string) => Promise<void>> = {
  'by REST': async ({ parley }, _, leg) => {
    await parley.rest('PUT', `/dialogs/${leg}/hold`);
    await parley.rest('PUT', `/dialogs/${leg}/unhold`);
    await parley.rest('PUT', `/dialogs/${leg}/transfer`, { to: '102', type: 'blind' });
  },
  'by her telephone': async (_, ana) => {
    await ana.holds();
    await ana.resumes();
    await ana.transfersTo('102');
  },
};

test.concurrent.each(Object.keys(ways))('hold, and a blind transfer of a call that came in, %s', async (way) => {
  const desk = await story.desk({ agents: ['Ana', 'Bo'] });
  await desk.parley.rest('PATCH', `/queues/${desk.queueId}`, { user_ids: [desk.agent('Ana').userId] });
  const path = `/ok/blind-${desk.spaceId}`;
  await webhooks.sendTo(desk, path);
  const [ana, bo, customer] = await Promise.all([
    story.agentAtDesk(desk, 'Ana', { toneHz: 600 }),
    story.agentAtDesk(desk, 'Bo', { toneHz: 800 }),
    story.outsider(customersNumber, 1_000),
  ]);
  await customer.dials(desk.did);
  await ana.answers();
  const talking = await desk.call(({ state }) => state === 'talking');
  await ways[way]!(desk, ana, talking.legs[1]!.dialog_uuid);
  await ana.isFree();
  await bo.answers();
  await customer.hears(800);
  await bo.hangsUp();
  await customer.isFree();

  const [contact, anas, bos] = (await desk.endOf()).legs.map(({ dialog_uuid }) => dialog_uuid) as [
    string,
    string,
    string,
  ];
  const told = inboundCall(desk, contact);
  expect(await webhooks.bodiesAt(path, 14)).toEqual([
    told.contactCreated(),
    state(contact, 'answered'),
    told.consultantCreated('Ana', anas),
    state(anas, 'answered'),
    state(contact, 'talking'),
    state(anas, 'talking'),
    of(anas, 'dialog_hold'),
    of(anas, 'dialog_unhold'),
    told.consultantCreated('Bo', bos),
    told.consultantClosed('Ana', anas),
    state(bos, 'answered'),
    state(bos, 'talking'),
    told.consultantClosed('Bo', bos),
    told.contactClosed(),
  ]);
});

const of = (dialog_uuid: string, event_name: string) => ({
  ...{ event_type: 'user_dialog', event_name },
  ...{ event_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/), dialog_uuid },
});
const state = (dialog: string, name: string) => ({ ...of(dialog, 'dialog_state_update'), state: name });

/** The bodies of a customer's call to the desk's queue, which Ana was the first to answer. */
function inboundCall(desk: Desk, contact: string) {
  const [caller_contact_address, callee_contact_address] = [customersNumber, desk.did];
  const info = (side: 'CONTACT' | 'USER') => ({
    side,
    type: 'EXTERNAL_INBOUND_CALL',
    data: { caller_dialog_uuid: contact, caller_contact_address, callee_contact_address },
  });
  const created = (dialog: string) => ({
    ...of(dialog, 'dialog_create'),
    ...{ business_direction: 'INBOUND', media: ['audio'] },
    ...{ peer_project_name: null, peer_username: null, peer_firstname: null, peer_surname: null },
    ...{ from_display_name: null, from_display_target: null, to_display_name: null, to_display_target: null },
    ...{ caller_contact_address, callee_contact_address, initial_link_type: null },
  });
  const closed = (dialog: string, to: string) => ({
    ...of(dialog, 'dialog_close'),
    ...{ business_direction: 'INBOUND', from_display_name: null, from_display_target: customersNumber },
    ...{ to_display_name: to, to_display_target: to, caller_contact_address: null, callee_contact_address: null },
    ...{ initial_application_target_id: desk.queueId, initial_application_target_name: 'Support' },
    ...{ initial_application_selection_id: desk.agent('Ana').userId },
    ...{ initial_application_selection_name: userOf('Ana').username },
    ...{ initial_target_type: 'EXTERNAL_INBOUND_CALL', variables: {} },
  });
  const userOf = (name: string) => ({
    ...{ id: desk.agent(name).userId, username: `${name.toLowerCase()}-${desk.spaceId}` },
    ...{ firstname: name, surname: 'Agent' },
  });
  const project = { id: null, name: null };
  return {
    contactCreated: () => ({
      ...created(contact),
      ...{ direction: 'OUTBOUND', state: 'ringing', dialog_type: 'EXTERNAL' },
      ...{ self_target: customersNumber, self_name: customersNumber },
      ...{ peer_target: null, peer_name: null, peer_type: 'SYSTEM' },
      ...{ initial_application_info: info('CONTACT'), anonymous: { display_name: customersNumber } },
    }),
    consultantCreated: (name: string, dialog: string) => ({
      ...created(dialog),
      ...{ direction: 'INBOUND', state: 'alerting', dialog_type: 'CONSULTANT' },
      ...{ self_target: desk.agent(name).number, self_name: `${name} Agent` },
      ...{ peer_target: customersNumber, peer_name: customersNumber, peer_type: 'EXTERNAL' },
      ...{ initial_application_info: info('USER'), project },
      tenant_user: { ...userOf(name), display_name: `${name} Agent` },
    }),
    consultantClosed: (name: string, dialog: string) => ({
      ...closed(dialog, desk.agent(name).number),
      ...{ direction: 'INBOUND', close_cause: 'HANGUP', initial_application_info: info('USER'), project },
      tenant_user: { ...userOf(name), outbound_name: `${name} Agent`, outbound_number: null },
    }),
    contactClosed: () => ({
      ...closed(contact, desk.did),
      ...{ direction: 'OUTBOUND', close_cause: 'DIALOG_LEFT', initial_application_info: info('CONTACT') },
      anonymous: { display_name: customersNumber, presentation_number: customersNumber },
    }),
  };
}

test.concurrent('hold, and a consultative transfer of the published campaign call', async () => {
  const desk = await story.desk({
    ...{ agents: ['Ana', 'Bo'], outboundBy: 'carrier' },
    space: { country: 'PL', time_zone: 'Europe/Warsaw' },
  });
  await webhooks.sendTo(desk, '/ok/consultative');
  await desk.parley.rest('PATCH', `/users/${desk.agent('Ana').userId}`, paweł);
  await desk.parley.rest('PATCH', `/users/${desk.agent('Bo').userId}`, anna);
  const [consultant, asked, contact] = await Promise.all([
    story.agentAtDesk(desk, 'Ana', { toneHz: 600, autoAnswer: true }),
    story.agentAtDesk(desk, 'Bo', { toneHz: 800 }),
    story.outsider('48600700800', 1_000, desk),
  ]);
  const campaign = await aCampaign(desk);
  const assigned_user_id = desk.agent('Ana').userId;
  await desk.parley.rest('POST', `${campaign}/requests`, { contact_number: '600700800', assigned_user_id });
  const { consultant_dialog_uuid } = await callNext(desk, campaign);
  const asks = (what: string, body?: object) =>
    desk.parley.rest('PUT', `/dialogs/${consultant_dialog_uuid}/${what}`, body);
  await Promise.all([consultant.hears(1_000), contact.hears(600)]);
  await asks('hold');
  await asks('unhold');
  await asks('transfer', { to: '102', type: 'consultative' });
  await asked.answers();
  await consultant.hears(800);
  await asks('transfer/complete');
  await consultant.isFree();
  await contact.hears(800);
  await contact.hangsUp();
  await asked.isFree();

  const expected = bodiesOfConsultation();
  expect(comparable(await webhooks.bodiesAt('/ok/consultative', expected.length))).toEqual(comparable(expected));
});

const anna = {
  username: 'anowak',
  firstname: 'Anna',
  surname: 'Nowak',
  display_name: 'Anna Nowak',
  outbound_number: '+486007008006',
};
const annasDialog = 'a1249796-0873-437f-bff8-ffdf284f3d0c';

/** The nine published bodies, and between talking and the end: Paweł holds, asks Anna, and puts the contact through. */
function bodiesOfConsultation(): DialogBody[] {
  const nine = nineBodies();
  const [pawełCreated, answered, , , , talking] = nine;
  const [contactClosed, pawełClosed] = nine.slice(7) as [DialogBody, ConsultantClose];
  const { event_type, event_time, dialog_uuid } = pawełClosed;
  return [
    ...nine.slice(0, 7),
    { event_type, event_name: 'dialog_hold', event_time, dialog_uuid },
    { event_type, event_name: 'dialog_unhold', event_time, dialog_uuid },
    annaCreated(pawełCreated as ConsultantCreate),
    { ...answered!, dialog_uuid: annasDialog } as DialogBody,
    { ...talking!, dialog_uuid: annasDialog } as DialogBody,
    { ...pawełClosed, close_cause: 'HANGUP' },
    contactClosed,
    annaClosed(pawełClosed),
  ];
}

/** She is rung for Paweł; the request stays his and the contact's. */
function annaCreated(his: ConsultantCreate): ConsultantCreate {
  const { id } = his.tenant_user;
  const { username, firstname, surname, display_name } = anna;
  return {
    ...his,
    dialog_uuid: annasDialog,
    self_target: '486007008006',
    self_name: display_name,
    peer_target: his.self_target,
    peer_name: his.self_name,
    peer_type: 'CONSULTANT',
    peer_project_name: his.project.name,
    peer_username: his.tenant_user.username,
    peer_firstname: his.tenant_user.firstname,
    peer_surname: his.tenant_user.surname,
    initial_application_info: annasInfo(his),
    tenant_user: { id, username, firstname, surname, display_name },
  };
}

/** The contact hangs up while she talks with him. */
function annaClosed(his: ConsultantClose): ConsultantClose {
  const [outbound_name, outbound_number] = [anna.display_name, '486007008006'];
  const { id } = his.tenant_user;
  const { username, firstname, surname } = anna;
  return {
    ...his,
    dialog_uuid: annasDialog,
    to_display_name: outbound_number,
    to_display_target: outbound_number,
    initial_application_info: annasInfo(his),
    tenant_user: { id, username, firstname, surname, outbound_name, outbound_number },
  };
}

function annasInfo({ initial_application_info: his }: ConsultantCreate | ConsultantClose) {
  if (his.type !== 'VOICE_CAMPAIGN') throw new Error('The published call is of a campaign.');
  const dialogs = { current_contact_dialog_uuid: contactLeg, current_consultant_dialog_uuid: annasDialog };
  return { ...his, data: { ...his.data, ...dialogs } };
}
