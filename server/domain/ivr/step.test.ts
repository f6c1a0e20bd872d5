// Our own actions, one by one.
import { describe, expect, test } from 'vitest';
import { instant } from '../ids.ts';
import type { IvrAction } from './definition.ts';
import { enterIvr } from './take.ts';
import {
  anIvr,
  ask,
  aWorld,
  call,
  endedAt,
  entering,
  factsOf,
  hangup,
  jump,
  markThenHangUp,
  play,
  pressed,
  set,
  warningsOf,
} from './testing/caller.ts';

describe('our actions', () => {
  const outcomeOf = (...actions: IvrAction[]) => call(anIvr({ main: { start: [...actions, ...markThenHangUp] } }));

  test('play_sound is heard to its end', () => expect(endedAt(outcomeOf(play('a.wav')))).toBe(3_000));
  test('play_sound: a missing sound is a warning', () => {
    const heard = outcomeOf(play('missing.wav'));
    expect([warningsOf(heard), heard.variables]).toEqual([['missing_sound'], { went_on: 'yes' }]);
  });
  test('play_digits says them', () => {
    const heard = outcomeOf({ type: 'play_digits', digits: '10*#' });
    expect(factsOf(heard, 'ivr.play_started')[0]?.sounds).toEqual([
      'digits/1',
      'digits/0',
      'digits/star',
      'digits/pound',
    ]);
    expect(endedAt(heard)).toBe(12_000);
  });
  test('play_digits says those of a variable', () => {
    const heard = outcomeOf(set('order', 'A-42'), { type: 'play_digits', variable: 'order' });
    expect(factsOf(heard, 'ivr.play_started')[0]?.sounds).toEqual(['digits/4', 'digits/2']);
  });
  test('record_digits: at most max_digits', () => {
    const ivr = anIvr({ main: { start: [{ type: 'record_digits', variable: 'pin', max_digits: 2 }, hangup] } });
    expect(call(ivr, { digits: pressed('1234', 100) }).variables).toEqual({ pin: '12' });
  });
  test('record_digits: ends when no more come', () => {
    const ivr = anIvr({ main: { start: [{ type: 'record_digits', variable: 'pin', max_digits: 9 }, hangup] } });
    const heard = call(ivr, { digits: pressed('1', 100) });
    expect([heard.variables, endedAt(heard)]).toEqual([{ pin: '1' }, 2_100]);
  });
  test('record_digits: nothing pressed leaves the variable alone', () => {
    const ivr = anIvr({
      main: { start: [set('pin', '0'), { type: 'record_digits', variable: 'pin', max_digits: 9 }, hangup] },
    });
    expect(call(ivr).variables).toEqual({ pin: '0' });
  });
  test('set_variable, from another one', () =>
    expect(outcomeOf(set('a', '1'), set('b', '$a-$a')).variables).toMatchObject({ a: '1', b: '1-1' }));
  test('set_caller_id shows in the next request', () => {
    const heard = outcomeOf({ type: 'set_caller_id', name: 'Acme $x', number: '99' }, ask());
    expect(heard.requests[0]?.url).toContain('CallerIDNum=99&CallerIDName=Acme%20&');
  });
  test('jump', () => expect(outcomeOf(jump('main', 'start')).outcome).toBe('loop'));
  test('transfer leaves the IVR', () =>
    expect(outcomeOf({ type: 'transfer', to: '101' })).toMatchObject({ outcome: 'transferred', to: '101' }));
  test('transfer to a number that may not be called: the IVR goes on', () => {
    const heard = outcomeOf({ type: 'transfer', to: '0900' });
    expect([warningsOf(heard), heard.variables]).toEqual([['unknown_target'], { went_on: 'yes' }]);
  });
  test('transfer_from_variable', () =>
    expect(outcomeOf(set('to', ' 101 '), { type: 'transfer_from_variable', variable: 'to' })).toMatchObject({
      outcome: 'transferred',
      to: '101',
    }));
  test('transfer_from_variable, unset: the IVR goes on', () =>
    expect(warningsOf(outcomeOf({ type: 'transfer_from_variable', variable: 'to' }))).toEqual(['unknown_target']));
  test('pause', () => expect(endedAt(outcomeOf({ type: 'pause', length_s: 4 }))).toBe(4_000));
  test('pause of 0 s is none', () => expect(endedAt(outcomeOf({ type: 'pause', length_s: 0 }))).toBe(0));
  test('hangup: nothing after it runs', () => expect(outcomeOf(hangup).variables).toEqual({}));

  const queue = (priority: number | string | null, vip_rate: number | string | null, queue_id = 7) =>
    ({ type: 'queue', queue_id, priority, vip_rate }) as const;
  const urgencies: [rule: string, action: IvrAction, expected: object][] = [
    ['by itself', queue(null, null), { priority: null, vipRate: null }],
    ['with numbers', queue(5, 2), { priority: 5, vipRate: 2 }],
    ['from variables', queue('$urgent', '$vip'), { priority: 900, vipRate: 3 }],
    ['from a variable that is unset', queue('$nothing', 1), { priority: null, vipRate: 1 }],
    ['from a variable that is no number', queue('$word', 1), { priority: null, vipRate: 1 }],
  ];
  test.each(urgencies)('queue: priority and vip_rate %s', (_rule, action, expected) => {
    const variables = { urgent: '900', vip: '3', word: 'high' };
    const { commands } = enterIvr(
      { ...entering, variables },
      { now: instant(0), world: aWorld, definition: anIvr({ main: { start: [action] } }) },
    );
    expect(commands).toEqual([{ do: 'queue', queue: 7, ...expected }]);
  });
  test('queue: one that is gone is a warning', () =>
    expect(warningsOf(outcomeOf(queue(1, 1, 99)))).toEqual(['unknown_queue']));
});
