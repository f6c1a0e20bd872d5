import { expect, test } from 'vitest';
import { dialogBodySchema, requestDataSchema } from '../../../contract/dialogs.ts';
import type { RequestFacts } from '../../domain/events.ts';
import { after, asKey, type RequestId } from '../../domain/ids.ts';
import { bodyOfRequest } from './request-bodies.ts';
import {
  anAttempt,
  callOfFixtures,
  consultantLeg,
  contactLeg,
  eventsOfFixtures,
  nineBodies,
  paweł,
} from './testing/campaign.ts';

const { campaign, project, request: snapshot, dial: contact } = anAttempt();
const about: RequestFacts = {
  campaign,
  project,
  snapshot,
  consultant: { user: paweł, username: 'pkowalski' },
  contact,
  lastCall: callOfFixtures,
  lastDialogs: { consultant: consultantLeg, contact: contactLeg },
};
const request = asKey<RequestId>(snapshot.id);
const { at } = eventsOfFixtures()[0]!;
const recordingUrl = (call: string) => `https://parley.example/api/v1/calls/${call}/recording`;

test('a closed request tells all its dialogs, of each when it was created, answered and closed', () => {
  const body = bodyOfRequest(
    {
      type: 'request.closed',
      request,
      at,
      about,
      dialogs: [
        { leg: consultantLeg, createdAt: at, answeredAt: at, closedAt: after(at, 25_000), cause: 'DIALOG_LEFT' },
        { leg: contactLeg, createdAt: after(at, 7_000), answeredAt: null, closedAt: null, cause: null },
      ],
      recordedCall: callOfFixtures,
    },
    recordingUrl,
  );
  expect(dialogBodySchema.parse(body)).toEqual(body);
  expect(Object.keys(body)).toEqual([
    ...['event_type', 'event_name', 'event_time', 'data', 'dialogs', 'call_history', 'recording_url'],
  ]);
  const [, , contactCreate] = nineBodies();
  expect(body).toEqual({
    event_type: 'voice_campaign',
    event_name: 'voice_campaign_request_closed',
    event_time: '2020-08-26 12:59:36',
    // As the contact's dialog has it: both sides are known.
    data: 'initial_application_info' in contactCreate! && contactCreate.initial_application_info.data,
    dialogs: [consultantLeg, contactLeg],
    call_history: [
      {
        dialog_uuid: consultantLeg,
        created: '2020-08-26 12:59:36',
        answered: '2020-08-26 12:59:36',
        closed: '2020-08-26 13:00:01',
        close_cause: 'DIALOG_LEFT',
      },
      { dialog_uuid: contactLeg, created: '2020-08-26 12:59:43', answered: null, closed: null, close_cause: null },
    ],
    recording_url: `https://parley.example/api/v1/calls/${callOfFixtures}/recording`,
  });
});

test('a request that nobody recorded or called has no recording and no dialogs', () => {
  const never = { ...about, consultant: null, lastCall: null, lastDialogs: { consultant: null, contact: null } };
  const body = bodyOfRequest(
    { type: 'request.closed', request, at, about: never, dialogs: [], recordedCall: null },
    recordingUrl,
  );
  expect(body).toMatchObject({
    data: { tenant_user_id: null, tenant_user_name: null, current_contact_dialog_uuid: null },
    dialogs: [],
    call_history: [],
    recording_url: null,
  });
});

test('a consultant who did not answer: the data as it stands, with the next try', () => {
  const tried = { ...about, snapshot: { ...snapshot, consultantTry: 2, custom: { plan: 'B' } } };
  const body = bodyOfRequest({ type: 'request.consultant_retry', request, at, about: tried }, recordingUrl);
  expect(Object.keys(body)).toEqual(['event_type', 'event_name', 'event_time', 'data']);
  expect(Object.keys(body.data)).toEqual(Object.keys(requestDataSchema.shape));
  expect(body).toMatchObject({
    event_type: 'voice_campaign',
    event_name: 'voice_campaign_request_consultant_retry',
    data: { consultant_try: 2, custom: { plan: 'B' } },
  });
});
