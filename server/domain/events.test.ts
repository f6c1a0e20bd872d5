import { expect, test } from 'vitest';
import { type Event, streamOf } from './events.ts';
import { Floor } from './floor.ts';
import { asId, asKey, instant, type CallId, type RequestId, type UserId } from './ids.ts';

const at = instant(Date.UTC(2026, 0, 5, 9, 0, 0));
const paused: Event = { type: 'agent.paused', user: asId<UserId>(8), at, pause: 'user1', reason: 'asked' };
const arriving = { type: 'call.ending', call: asKey<CallId>('ca11'), at, outcome: 'busy' } satisfies Event;
const closed: Event = {
  type: 'request.closed',
  request: asKey<RequestId>('0e'),
  at,
  about: {
    campaign: { id: 'ca', name: 'Reczna', dialingMethod: 'PREVIEW' },
    project: { id: 1, name: 'Projekt', presentationNumber: null },
    snapshot: {
      id: '0e',
      createdAt: at,
      contactNumber: '48600000001',
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
      processNotBefore: at,
      processDate: 'ANY',
      processFromDate: null,
      processToDate: null,
      processDay: null,
      processTime: 'ANY',
      processFromTime: null,
      processToTime: null,
      processHours: null,
      assignedTo: null,
      custom: null,
    },
    consultant: null,
    contact: { number: '48600000001', name: null },
    lastCall: arriving.call,
    lastDialogs: { consultant: null, contact: null },
  },
  dialogs: [],
  recordedCall: null,
};

test('calls, agents and requests have streams of their own', () => {
  expect([arriving, paused, closed].map(streamOf)).toEqual(['call:ca11', 'agent:8', 'request:0e']);
});

test('what happens to a request changes no floor', () => {
  const floor = new Floor();
  floor.apply(paused);
  const before = floor.image();
  floor.apply(closed);
  expect(floor.image()).toEqual(before);
});
