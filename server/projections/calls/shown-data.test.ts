import { expect, test } from 'vitest';
import { shownData } from './shown-data.ts';

test('names are in snake_case, moments as the reader is told them, and names that somebody chose stay', () => {
  const data = {
    until: 7_000,
    ringForMs: 20_000,
    caller: { firstLegId: 'a', callSince: 5, did: null },
    actions: [{ digitVariable: 'myChoice' }, 'as it is'],
    variables: { myChoice: '1', until: '2' },
  };
  expect(shownData(data, (at) => `at ${at}`)).toEqual({
    until: 'at 7000',
    ring_for_ms: 20_000,
    caller: { first_leg_id: 'a', call_since: 'at 5', did: null },
    actions: [{ digit_variable: 'myChoice' }, 'as it is'],
    variables: { myChoice: '1', until: '2' },
  });
});
