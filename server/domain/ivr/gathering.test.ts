// Digits: what they choose in a context, and those that come before they are asked for.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from './definition.ts';
import {
  anIvr,
  ask,
  call,
  endedAt,
  factsOf,
  hangup,
  jump,
  markThenHangUp,
  play,
  pressed,
  set,
} from './testing/caller.ts';

describe('a context', () => {
  const menu = anIvr({
    main: {
      start: [play('menu.wav')],
      1: [set('chose', '1'), hangup],
      12: [set('chose', '12'), hangup],
      invalid: [set('chose', 'invalid'), hangup],
    },
  });
  const cases: [rule: string, digits: string, chose: string][] = [
    ['a digit chooses an option', '1', '1'],
    ['so do several', '12', '12'],
    ['digits of no option choose invalid', '9', 'invalid'],
    ['digits that only begin like an option choose invalid', '2', 'invalid'],
  ];
  test.each(cases)('%s', (_rule, digits, chose) =>
    expect(call(menu, { digits: pressed(digits, 4_000) }).variables).toEqual({ chose }),
  );

  test('waits 5 s for the first digit by default, then hangs up if there is no timeout option', () => {
    const heard = call(menu);
    expect(heard.outcome).toBe('option_missing');
    expect(endedAt(heard)).toBe(3_000 + 5_000);
  });
  test('its timeout option runs when nothing is pressed', () => {
    const ivr = anIvr({ main: { start: [], timeout: markThenHangUp } }, { timeout_ms: 700 });
    const heard = call(ivr);
    expect(heard.variables).toEqual({ went_on: 'yes' });
    expect(endedAt(heard)).toBe(700);
  });
  test('waits 2 s for the next digit by default', () => {
    expect(endedAt(call(menu, { digits: pressed('1', 4_000) }))).toBe(6_000);
  });
  test('does not wait when no more digits could mean anything else', () => {
    expect(endedAt(call(menu, { digits: pressed('12', 4_000) }))).toBe(4_200);
  });
  test('with digit_len takes exactly so many', () => {
    const ivr = anIvr({ main: { start: [], 123: markThenHangUp } }, { digit_len: 3 });
    const heard = call(ivr, { digits: pressed('1234', 1_000) });
    expect(heard.variables).toEqual({ went_on: 'yes' });
    expect(endedAt(heard)).toBe(1_400);
  });
  test('with digit_len a shorter option is chosen when no more come', () => {
    const ivr = anIvr({ main: { start: [], 1: markThenHangUp } }, { digit_len: 3, inter_digit_timeout_ms: 500 });
    expect(endedAt(call(ivr, { digits: pressed('1', 1_000) }))).toBe(1_500);
  });
  test.each([
    ['timeout', undefined],
    ['invalid', pressed('9')],
  ])('without the option %s hangs up', (_option, digits) => {
    expect(call(anIvr({ main: { start: [] } }), digits && { digits }).outcome).toBe('option_missing');
  });
  test('without start hangs up at once', () => {
    const heard = call(anIvr({ main: { 1: markThenHangUp } }), { digits: pressed('1') });
    expect([heard.outcome, endedAt(heard)]).toEqual(['option_missing', 0]);
  });
});

describe('digits that come early', () => {
  test('cut a prompt short when digits are waited for after it', () => {
    const ivr = anIvr({ main: { start: [play('a.wav'), play('b.wav')], 1: markThenHangUp } });
    const heard = call(ivr, { digits: pressed('1', 1_000) });
    expect([heard.variables, endedAt(heard)]).toEqual([{ went_on: 'yes' }, 1_000]);
  });
  test('cut the prompt of a recording short and are recorded', () => {
    const record: IvrAction = { type: 'record_digits', variable: 'pin', max_digits: 4 };
    const ivr = anIvr({ main: { start: [play('pin.wav'), record, hangup] } });
    expect(call(ivr, { digits: pressed('1234', 500) }).variables).toEqual({ pin: '1234' });
  });
  test('wait while a pause or request runs', () => {
    const ivr = anIvr({ main: { start: [{ type: 'pause', length_s: 2 }, ask()], 1: markThenHangUp } });
    const heard = call(ivr, { digits: pressed('1', 100) });
    expect([heard.variables, endedAt(heard)]).toEqual([{ went_on: 'yes' }, 2_040]);
  });
  test('carry through several menus', () => {
    const ivr = anIvr({
      main: { start: [play('a.wav')], 1: [jump('second')] },
      second: { start: [play('b.wav')], 1: [jump('main')], 2: markThenHangUp },
    });
    expect(call(ivr, { digits: pressed('1112', 0) }).outcome).toBe('hung_up');
  });
  test('are forgotten after a mistake', () => {
    const ivr = anIvr({ main: { start: [], 1: markThenHangUp, invalid: [play('wrong.wav')] } }, { digit_len: 1 });
    const heard = call(ivr, { digits: pressed('9', 0) });
    expect(heard.outcome).toBe('option_missing');
    expect(factsOf(heard, 'ivr.option_taken').map(({ option }) => option)).toEqual(['start', 'invalid']);
  });
});
