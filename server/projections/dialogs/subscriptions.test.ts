import { expect, test } from 'vitest';
import { isWanted, type Subscriptions } from './subscriptions.ts';
import { eventsOfFixtures } from './testing/campaign.ts';
import { inWords, toldOf } from './testing/told.ts';

const told = toldOf(eventsOfFixtures());
const words = inWords(told);
const wanted = (subscriptions: Subscriptions | null) =>
  words.filter((_, index) => isWanted(told[index]!, subscriptions));

test('without subscriptions everything is told', () => {
  expect(wanted(null)).toEqual(words);
});

test('with some, only what is listed and active', () => {
  const active = { active: true };
  expect(wanted({})).toEqual([]);
  expect(wanted({ dialog_create: { active: false }, dialog_close: active })).toEqual([
    'contact closed HANGUP',
    'consultant closed DIALOG_LEFT',
  ]);
});

test('a filter is of its event alone: the later events of a dialog that was filtered out are told', () => {
  const filter = { dialog_type: ['EXTERNAL'] };
  expect(
    wanted({
      dialog_create: { active: true, filter },
      dialog_state_update: { active: true },
      dialog_close: { active: true },
    }),
  ).toEqual(words.slice(1));
});

test('all fields of a filter must match, each one of its values', () => {
  const filter = { state: ['answered', 'talking'], event_type: ['user_dialog'] };
  expect(wanted({ dialog_state_update: { active: true, filter } })).toEqual(
    words.filter((word) => /^\w+ (answered|talking)$/.test(word)),
  );
  expect(wanted({ dialog_state_update: { active: true, filter: { ...filter, event_type: ['other'] } } })).toEqual([]);
});

test('null is a value; a field that the body does not have matches nothing, as does an empty list', () => {
  const creates = (filter: Record<string, unknown[]>) => wanted({ dialog_create: { active: true, filter } });
  expect(creates({ peer_name: [null] })).toEqual(['consultant created alerting']);
  expect(creates({ close_cause: ['HANGUP', null] })).toEqual([]);
  expect(creates({ state: [] })).toEqual([]);
});
