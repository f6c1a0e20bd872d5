// Questions to a customer’s URL: what is heard meanwhile, and what each answer does to the call.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from './definition.ts';
import {
  anIvr,
  ask,
  call,
  endedAt,
  factsOf,
  hangup,
  markThenHangUp,
  pressed,
  set,
  warningsOf,
  xml,
} from './testing/caller.ts';

describe('after an answer', () => {
  const ivr = anIvr({
    main: { start: [ask(), ...markThenHangUp], 5: [set('at', 'main/5'), hangup] },
    3: { start: [set('at', '3/start'), hangup] },
  });
  const heard = (body: string) => call(ivr, { answers: [body] });

  const goesOn: [rule: string, answer: Parameters<typeof call>[1]][] = [
    ['an empty body', { answers: [''] }],
    ['a blank body', { answers: [' \n'] }],
    ['204', { answers: [{ status: 204 }] }],
    ['404', { answers: [{ status: 404, body: Buffer.from(xml('<Hangup/>')) }] }],
    ['a redirect', { answers: [{ status: 302, body: Buffer.from(xml('<Hangup/>')) }] }],
    ['500', { answers: [{ status: 500, body: Buffer.from(xml('<Hangup/>')) }] }],
    ['a network error', { answers: [{ status: null, error: { code: 'ECONNREFUSED', message: 'refused' } }] }],
    ['a timeout', { answers: [{ status: null, error: { code: 'timeout', message: 'too late' }, ms: 5_000 }] }],
    [
      'more than 64 KiB',
      { answers: [{ error: { code: 'answer_too_long', message: 'too long' }, body: Buffer.from(xml('<Hangup/>')) }] },
    ],
    ['no answer at all', { answers: [{ ms: 60_000 }] }],
    ['what is not well-formed', { answers: ['<Response><Hangup/>'] }],
    ['actions that do not end the call', { answers: [xml('<SetVar name="x">1</SetVar>')] }],
  ];
  test.each(goesOn)('the option’s next action runs: %s', (_rule, calling) =>
    expect(call(ivr, calling).variables).toMatchObject({ went_on: 'yes' }),
  );
  test('an answer that never comes is waited for no longer than its limit and a second', () =>
    expect(endedAt(call(ivr, { answers: [{ ms: 60_000 }] }))).toBe(6_000));

  test('Hangup: later actions do not run', () =>
    expect(heard(xml('<Hangup/><SetVar name="x">1</SetVar>'))).toMatchObject({ outcome: 'hung_up', variables: {} }));
  test('Jump: later actions do not run, nor the option’s', () =>
    expect(heard(xml('<Jump context="3" option="start"/><SetVar name="x">1</SetVar>')).variables).toEqual({
      at: '3/start',
    }));
  test('Jump to any option', () =>
    expect(heard(xml('<Jump context="main" option="5"/>')).variables).toEqual({ at: 'main/5' }));
  test.each(['<Jump context="9" option="start"/>', '<Jump context="3" option="7"/>'])(
    '%s leads nowhere: warning, IVR goes on',
    (action) => {
      const answered = heard(xml(`${action}<SetVar name="x">1</SetVar>`));
      expect([warningsOf(answered), answered.variables]).toEqual([['unknown_target'], { x: '1', went_on: 'yes' }]);
    },
  );
  test('Pause', () => expect(endedAt(heard(xml('<Pause length="15"/>')))).toBe(15_040));
  test('SetVar verbatim: no $name is replaced', () =>
    expect(heard(xml('<SetVar name="x">$y</SetVar>')).variables).toMatchObject({ x: '$y' }));
  test('PlaySound foreground is heard to the end, whatever is pressed', () => {
    const answered = call(ivr, { answers: [xml('<PlaySound>a.wav</PlaySound>')], digits: pressed('55', 1_000) });
    expect([endedAt(answered), answered.variables]).toEqual([3_040, { went_on: 'yes' }]);
  });
  test('PlaySound of a missing file: warning with its place, next action', () => {
    const answered = heard('<Response>\n <PlaySound>missing.wav</PlaySound></Response>');
    expect(factsOf(answered, 'ivr.warned')).toMatchObject([{ code: 'missing_sound', line: 2, column: 2 }]);
    expect(answered.variables).toEqual({ went_on: 'yes' });
  });
  test('the trace holds the exchange, 4 KiB of the body at most', () => {
    const body = xml(`<SetVar name="x">${'é'.repeat(5_000)}</SetVar>`);
    const [exchange] = factsOf(heard(body), 'ivr.answered');
    expect(exchange).toMatchObject({ status: 200, ms: 40, error: null });
    expect(Buffer.byteLength(exchange!.body)).toBeLessThanOrEqual(4_096);
    expect(body.startsWith(exchange!.body)).toBe(true);
  });
  test('the trace holds each problem', () =>
    expect(factsOf(heard(xml('<Dance/>')), 'ivr.answered')[0]?.problems).toMatchObject([
      { code: 'unknown_element', line: 1, column: 11 },
    ]));
});

describe('PlaySound in the background', () => {
  const ivr = (digit_len: number | null = null) => anIvr({ main: { start: [ask(), hangup] } }, { digit_len });
  const answers = [xml('<PlaySound where="background" digitvar="choice">a.wav</PlaySound>')];
  const options = { answers, variables: { choice: 'before' } };

  test('digits stop it and go into digitvar', () => {
    const heard = call(ivr(), { ...options, digits: pressed('12', 1_000) });
    expect([heard.variables, endedAt(heard)]).toEqual([{ choice: '12' }, 3_200]);
  });
  test('digit_len ends the gathering', () => {
    const heard = call(ivr(2), { ...options, digits: pressed('123', 1_000) });
    expect([heard.variables, endedAt(heard)]).toEqual([{ choice: '12' }, 1_200]);
  });
  test('nothing pressed: heard to the end, the variable keeps its value', () => {
    const heard = call(ivr(), options);
    expect([heard.variables, endedAt(heard)]).toEqual([{ choice: 'before' }, 3_040]);
  });
  test('digits pressed before it began are not taken', () =>
    expect(call(ivr(), { ...options, digits: pressed('7', 10) }).variables).toEqual({ choice: 'before' }));
  test('without digitvar the digits are not kept', () => {
    const silent = [xml('<PlaySound where="background">a.wav</PlaySound>')];
    const heard = call(ivr(), { ...options, answers: silent, digits: pressed('12', 1_000) });
    expect(heard.variables).toEqual({ choice: 'before' });
  });
});

describe('a filler sound', () => {
  const ivr = anIvr({ main: { start: [{ ...ask(), filler_sound: 'wait.wav' } as IvrAction, hangup] } });
  test('is heard again and again until the answer is there', () => {
    const heard = call(ivr, { answers: [{ ms: 4_000 }] });
    expect(factsOf(heard, 'ivr.filler_started')).toHaveLength(2);
    expect(endedAt(heard)).toBe(4_000);
  });
  test('that is missing is none', () => {
    const missing = anIvr({ main: { start: [{ ...ask(), filler_sound: 'missing.wav' } as IvrAction, hangup] } });
    expect(call(missing).outcome).toBe('hung_up');
  });
});
