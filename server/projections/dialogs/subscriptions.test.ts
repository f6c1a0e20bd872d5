import { expect, test } from 'vitest';
import { type Subscriptions, subscriptionsSchema } from '../../../contract/dialogs.ts';
import { isWanted } from './subscriptions.ts';
import { eventsOfFixtures } from './testing/campaign.ts';
import { inWords, toldOf } from './testing/told.ts';

const told = toldOf(eventsOfFixtures());
const words = inWords(told);
const wanted = (subscriptions: Subscriptions) =>
  words.filter((_, index) => isWanted(told[index]!, subscriptionsSchema.parse(subscriptions)));

test('without subscriptions everything is told', () => {
  expect(wanted({})).toEqual(words);
});

test('an event that is not listed is told, one that is not active is not', () => {
  expect(wanted({ dialog_state_update: { active: false, filter: {} } })).toEqual([
    'consultant created alerting',
    'contact created ringing',
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);
});

test('a filter is of its event alone: the later events of a dialog that was filtered out are told', () => {
  const filter = { dialog_type: ['EXTERNAL'] };
  expect(wanted({ dialog_create: { active: true, filter } })).toEqual(words.slice(1));
});

test('all fields of a filter must match, each one of its values', () => {
  const filter = { state: ['answered', 'talking'], event_type: ['user_dialog'] };
  expect(wanted({ dialog_state_update: { active: true, filter } })).toEqual(
    words.filter((word) => !word.endsWith('contact alerting')),
  );
  expect(wanted({ dialog_state_update: { active: true, filter: { ...filter, event_type: ['other'] } } })).toEqual(
    words.filter((word) => /created|closed/.test(word)),
  );
});

test('null is a value; a field that the body does not have matches nothing, as does an empty list', () => {
  const creates = (filter: Subscriptions[keyof Subscriptions] & {}) =>
    wanted({ dialog_create: filter }).filter((word) => word.includes('created'));
  expect(creates({ active: true, filter: { peer_name: [null] } })).toEqual(['consultant created alerting']);
  expect(creates({ active: true, filter: { close_cause: ['HANGUP', null] } })).toEqual([]);
  expect(creates({ active: true, filter: { state: [] } })).toEqual([]);
});
