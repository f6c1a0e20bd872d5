// The call of the fixtures: Paweł calls a contact of the campaign "Reczna", they talk, the contact hangs up.
import { readFileSync } from 'node:fs';
import type { DialogBody } from '../../../../contract/dialogs.ts';
import type { CampaignCall } from '../../../domain/campaign-call.ts';
import type { CallEvent, CloseCause, Party } from '../../../domain/events.ts';
import {
  asId,
  asKey,
  type CallId,
  type ExtensionId,
  instant,
  type Instant,
  type LegId,
  type TrunkId,
  type UserId,
} from '../../../domain/ids.ts';

export const paweł = asId<UserId>(1);
export const consultantLeg = asKey<LegId>('028b5322-a0f3-4297-8707-60e443d64a78');
export const contactLeg = asKey<LegId>('cee15e49-c209-40f3-bad8-e0659e854534');
export const callOfFixtures = asKey<CallId>('5f465b88a10000000000ca11');
/** What the fixtures hide behind nine x. */
const subscriber = '600700800';

/** Differs from the call of the fixtures by what is given. */
export function anAttempt({
  dial,
  request,
  ...differs
}: {
  dial?: Partial<CampaignCall['dial']>;
  request?: Partial<CampaignCall['request']>;
} & Partial<Pick<CampaignCall, 'campaign' | 'project'>> = {}): CampaignCall {
  const createdAt = moment('2020-08-26 12:06:28');
  return {
    campaign: { id: '5f463dbd80f35763375fe367', name: 'Reczna', dialingMethod: 'PREVIEW' },
    project: { id: 1, name: 'Projekt Paweł', presentationNumber: '48221112233' },
    ...differs,
    request: {
      id: '5f46504480f35766ae0e449e',
      createdAt,
      contactNumber: subscriber,
      name: null,
      contactInfo: null,
      contactIdentifier: null,
      consultantTry: 1,
      contactTry: 1,
      reservationTry: 1,
      caseId: null,
      caseGroup: null,
      caseState: null,
      priority: 200,
      processNotBefore: createdAt,
      processDate: 'ANY',
      processFromDate: '2020-08-26 00:00:00',
      processToDate: '2020-08-26 23:59:59',
      processDay: null,
      processTime: 'ANY',
      processFromTime: null,
      processToTime: null,
      processHours: null,
      assignedTo: { user: paweł, username: 'pkowalski' },
      custom: null,
      ...request,
    },
    dial: {
      trunk: asId<TrunkId>(1),
      number: `48${subscriber}`,
      name: null,
      ringForMs: 30_000,
      recorded: false,
      ...dial,
    },
  };
}

/** Of the call of the fixtures, as the rules make them. */
export function eventsOfFixtures(): CallEvent[] {
  const of = (type: CallEvent['type'], time: string, data: object): CallEvent =>
    ({ type, call: callOfFixtures, at: moment(`2020-08-26 ${time}`), ...data }) as CallEvent;
  const ends = (time: string, leg: LegId, cause: CloseCause) =>
    of('leg.closed', time, { leg, cause, q850: 16, talkMs: 7_000 });
  const campaign = anAttempt();
  const consultant: Party = {
    kind: 'agent',
    number: '101',
    name: 'Konsultant Paweł',
    user: paweł,
    extension: asId<ExtensionId>(101),
    username: 'pkowalski',
    firstname: 'Paweł',
    surname: 'kowalski',
    outboundNumber: `+48${subscriber}5`,
  };
  const contact: Party = { kind: 'external', number: campaign.dial.number, name: null, trunk: campaign.dial.trunk };
  return [
    of('call.created', '12:59:36', {
      number: -7,
      direction: 'outbound',
      origin: 'campaign',
      from: { number: consultant.outboundNumber, name: consultant.name },
      dialled: campaign.dial.number,
      did: null,
      trunk: null,
      placedBy: paweł,
      campaign,
    }),
    of('leg.created', '12:59:36', { leg: consultantLeg, side: 'caller', party: consultant }),
    of('call.arriving', '12:59:36', { leg: consultantLeg, until: moment('2020-08-26 13:00:06') }),
    of('leg.answered', '12:59:36', { leg: consultantLeg }),
    of('route.entered', '12:59:43', {
      trunk: campaign.dial.trunk,
      trunkName: 'Carrier',
      served: consultantLeg,
      consultation: false,
      number: -7,
      to: campaign.dial.number,
      callerNumber: consultant.outboundNumber,
      callSince: moment('2020-08-26 12:59:36'),
      until: moment('2020-08-26 13:01:43'),
    }),
    of('leg.created', '12:59:43', { leg: contactLeg, side: 'callee', party: contact }),
    of('route.dialled', '12:59:43', {
      trunk: campaign.dial.trunk,
      leg: contactLeg,
      until: moment('2020-08-26 13:00:13'),
    }),
    of('leg.ringing', '12:59:43', { leg: contactLeg }),
    of('leg.early_media', '12:59:44', { leg: contactLeg }),
    of('leg.answered', '12:59:53', { leg: contactLeg }),
    of('call.talking', '12:59:53', { legs: [consultantLeg, contactLeg] }),
    of('leg.talking', '12:59:53', { leg: consultantLeg }),
    of('leg.talking', '12:59:53', { leg: contactLeg }),
    ends('13:00:00', contactLeg, 'HANGUP'),
    of('call.ending', '13:00:00', { outcome: 'answered' }),
    of('leg.release_asked', '13:00:00', { leg: consultantLeg, cause: 'DIALOG_LEFT' }),
    ends('13:00:01', consultantLeg, 'DIALOG_LEFT'),
    of('call.ended', '13:00:01', { outcome: 'answered', number: -7, talkMs: 8_000, durationMs: 25_000 }),
  ];
}

const files = [
  '01-dialog_create.consultant',
  '02-dialog_state_update.consultant.answered',
  '03-dialog_create.client',
  '04-dialog_state_update.client.alerting',
  '05-dialog_state_update.client.answered',
  '06-dialog_state_update.consultant.talking',
  '07-dialog_state_update.client.talking',
  '08-dialog_close.client',
  '09-dialog_close.consultant',
];

/** As they were published, with the two corrections of the specification: a real first name, and the cause by its legend. */
export function nineBodies(): DialogBody[] {
  return files.map((name) => {
    const text = readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
    const body = JSON.parse(text.replaceAll('xxxxxxxxx', subscriber)) as DialogBody;
    if ('peer_firstname' in body && body.peer_firstname !== null) body.peer_firstname = 'Paweł';
    if ('tenant_user' in body && 'close_cause' in body) body.close_cause = 'DIALOG_LEFT';
    return body;
  });
}

function moment(utc: string): Instant {
  return instant(Date.parse(`${utc.replace(' ', 'T')}Z`));
}
