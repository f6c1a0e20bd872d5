// spec: the IVR model, and what a Call Interactive answer does to the call.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from './definition.ts';
import { anIvr, ask, aWorld, call, endedAt, factsOf, hangup, jump, play, set, warningsOf } from './testing/caller.ts';
import { evolveRun, type IvrRun } from './run.ts';
import { enterIvr, type IvrInput, takeIvrInput } from './take.ts';
import { instant } from '../ids.ts';

const pressed = (digits: string, atMs = 0) => [{ atMs, digits }];
const xml = (actions: string) => `<Response>${actions}</Response>`;
/** Hangs up by another action, so that one sees whether the IVR went on. */
const markThenHangUp: IvrAction[] = [set('went_on', 'yes'), hangup];

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

const entering = {
  ivr: 1,
  name: 'Test',
  version: 1,
  caller: {
    legId: 'leg',
    firstLegId: 'leg',
    spaceNumber: '1',
    callerExtension: null,
    did: null,
    extension: { number: '000*332', id: 1 },
    dialled: '332',
  },
  callerId: { number: '1', name: null },
  variables: {},
};

describe('simple_transfer, ours and the customer’s', () => {
  const ours = (final: boolean, numbers = ['101', '102']): IvrAction => ({
    type: 'simple_transfer',
    numbers,
    timeout_s: 20,
    final,
  });
  const ivr = (action: IvrAction) => anIvr({ main: { start: [action, ...markThenHangUp] } });
  const asking = ivr(ask());
  const theirs = (final: string, numbers = '101,102') => ({
    answers: [xml(`<SimpleTransfer ${final} timeout="20">${numbers}</SimpleTransfer>`)],
  });
  const nobody = { 101: 'no_answer', 102: 'busy' } as const;

  test('answered: when that conversation ends, the call ends', () =>
    expect(call(ivr(ours(true))).outcome).toBe('transferred'));
  test('not final and answered: the same', () => expect(call(ivr(ours(false))).outcome).toBe('transferred'));
  test('final and not answered: the call ends', () =>
    expect(call(ivr(ours(true)), { targets: nobody })).toMatchObject({ outcome: 'not_reached', variables: {} }));
  test('not final and not answered: the next action', () =>
    expect(call(ivr(ours(false)), { targets: nobody })).toMatchObject({
      outcome: 'hung_up',
      variables: { went_on: 'yes' },
    }));
  test('the first to answer wins', () =>
    expect(call(ivr(ours(true)), { targets: { 101: 'busy' } }).outcome).toBe('transferred'));
  test('rings so long as it says', () => expect(endedAt(call(ivr(ours(false)), { targets: nobody }))).toBe(20_000));
  test('a number that may not be dialled counts as not answering', () => {
    const heard = call(ivr(ours(false, ['0900', '09'])));
    expect([warningsOf(heard), heard.variables, endedAt(heard)]).toEqual([
      ['unknown_target', 'unknown_target'],
      { went_on: 'yes' },
      0,
    ]);
  });
  test('the others are rung nevertheless', () =>
    expect(factsOf(call(ivr(ours(true, ['0900', '101']))), 'ivr.transfer_begun')[0]?.numbers).toEqual(['101']));
  test('theirs: final unless "no"', () =>
    expect(call(asking, { ...theirs(''), targets: nobody }).outcome).toBe('not_reached'));
  test('theirs: final="no" goes on with the next action of the answer, then of the option', () => {
    const answers = [xml('<SimpleTransfer final="no">101</SimpleTransfer><SetVar name="busy">1</SetVar>')];
    expect(call(asking, { answers, targets: nobody }).variables).toEqual({ busy: '1', went_on: 'yes' });
  });
  test('theirs: the names of the manual are numbers that nobody can dial', () => {
    const heard = call(asking, theirs('final="no"', 'NUM1,NUM2'));
    expect(heard.variables).toEqual({ went_on: 'yes' });
  });
  test('without a timeout it rings as long as the system says', () => {
    const answers = [xml('<SimpleTransfer final="no">101</SimpleTransfer>')];
    expect(factsOf(call(asking, { answers }), 'ivr.transfer_begun')[0]?.ringForMs).toBe(30_000);
  });
  test('what cannot be rung beside others, such as a queue, counts as not answering', () =>
    expect(warningsOf(call(ivr(ours(false, ['777', '101']))))).toEqual(['unknown_target']));
  test('comes after the caller id that was set', () => {
    const { run, commands } = takeAnswerAtOnce(
      xml('<SetCaller name="Acme" number="92992"/><SimpleTransfer>101</SimpleTransfer>'),
    );
    expect(run.callerId).toEqual({ name: 'Acme', number: '92992' });
    expect(commands).toContainEqual({ do: 'ringAll', numbers: ['101'], ringForMs: 30_000, earlyMedia: false });
  });
  test('nobody tells how it ended: after its time those who ring fall silent, and the IVR goes on', () => {
    const { run } = takeAnswerAtOnce(xml('<SimpleTransfer final="no" timeout="20">101</SimpleTransfer>'));
    const place = { now: instant(20_000), world: aWorld, definition: anIvr({ main: { start: [ask()] } }) };
    const { facts, commands } = takeIvrInput(run, { input: 'tick' }, place);
    expect(commands).toEqual([{ do: 'giveUpRinging' }]);
    expect(facts[0]).toEqual({ type: 'ivr.transfer_ended', outcome: 'not_answered' });
  });
});

function takeAnswerAtOnce(body: string) {
  const place = { now: instant(0), world: aWorld, definition: anIvr({ main: { start: [ask()] } }) };
  const { run, commands } = enterIvr(entering, place);
  const asked = commands[0];
  if (asked?.do !== 'ask') throw new Error('nothing was asked');
  const answer = { status: 200, body: new TextEncoder().encode(body), error: null };
  return takeIvrInput(run, { input: 'answered', request: asked.request, ...answer }, place);
}

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

describe('what has no end is ended', () => {
  test('50 rounds a call: the 51st is not asked, warning, IVR goes on', () => {
    const ivr = anIvr({ main: { start: [ask(), hangup] } });
    const heard = call(ivr, { answers: Array<string>(60).fill(xml('<Jump context="main" option="start"/>')) });
    expect([heard.requests.length, warningsOf(heard), heard.outcome]).toEqual([50, ['too_many_rounds'], 'hung_up']);
  });
  test('nor is an answer taken for a loop that comes at the very instant of the question', () => {
    const ivr = anIvr({ main: { start: [ask(), hangup] } });
    const again = { status: 200, body: Buffer.from(xml('<Jump context="main" option="start"/>')), ms: 0 };
    const heard = call(ivr, { answers: Array<typeof again>(60).fill(again) });
    expect([heard.requests.length, warningsOf(heard), heard.outcome]).toEqual([50, ['too_many_rounds'], 'hung_up']);
  });
  test('a loop without a wait is stopped and named', () => {
    const ivr = anIvr({
      a: { start: [jump('b')] },
      b: { start: [set('x', '1'), jump('c', '7')] },
      c: { 7: [jump('b')] },
    });
    const heard = call(ivr);
    expect(heard.outcome).toBe('loop');
    expect(factsOf(heard, 'ivr.warned')[0]?.message).toContain('b/start → c/7 → b/start');
  });
  test('a loop with a pause goes on until the caller hangs up', () => {
    const ivr = anIvr({ a: { start: [{ type: 'pause', length_s: 600 }, jump('a')] } });
    expect(call(ivr).outcome).toBe('caller_gone');
  });
  test('a sound that never ends is given up', () => {
    const place = { now: instant(0), world: aWorld, definition: anIvr({ main: { start: [play('a.wav'), hangup] } }) };
    const { run } = enterIvr(entering, place);
    const { facts } = takeIvrInput(run, { input: 'tick' }, { ...place, now: instant(8_000) });
    expect(facts.map(({ type }) => type)).toEqual(['ivr.warned', 'ivr.play_ended', 'ivr.action_begun', 'ivr.left']);
  });
  test('variables that grow without end', () => {
    const big = 'a'.repeat(4_000);
    const grow = Array.from({ length: 40 }, (_, at) => set(`v${at}`, big));
    const heard = call(anIvr({ main: { start: [...grow, hangup] } }));
    expect(warningsOf(heard)).toContain('variables_full');
    expect(heard.outcome).toBe('hung_up');
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

describe('what comes late or twice changes nothing', () => {
  const place = { now: instant(0), world: aWorld, definition: anIvr({ main: { start: [ask(), play('a.wav')] } }) };
  const { run } = enterIvr(entering, place);
  test.each([
    [
      'the answer of another request',
      { input: 'answered', request: 'other', status: 200, body: new Uint8Array(), error: null },
    ],
    ['the end of another sound', { input: 'played', playback: 'other' }],
    ['a transfer that nobody began', { input: 'transferEnded', answered: true }],
    ['a tick before its time', { input: 'tick' }],
  ] as const)('%s', (_rule, input) =>
    expect(takeIvrInput(run, input, place)).toMatchObject({ run, facts: [], commands: [] }),
  );

  test('anything after the call has left', () => {
    const { run: left, commands } = takeIvrInput(run, { input: 'callerGone' }, place);
    expect(commands).toEqual([{ do: 'giveUpAsking', request: 'leg-1' }]);
    expect(takeIvrInput(left, { input: 'digit', digit: '1' }, place)).toMatchObject({ facts: [], commands: [] });
  });
});

test('the facts hold everything: read from the journal, they make the same run', () => {
  const actions = '<SetVar name="__proto__">1</SetVar><PlaySound where="background" digitvar="x">a.wav</PlaySound>';
  const definition = anIvr({ main: { start: [play('a.wav'), ask()], 1: [{ type: 'pause', length_s: 9 }] } });
  const place = (at: number) => ({ now: instant(at), world: aWorld, definition });
  let { run, facts } = enterIvr(entering, place(0));
  const journal = facts.map((fact) => ({ at: instant(0), fact }));
  const take = (at: number, input: IvrInput) => {
    ({ run, facts } = takeIvrInput(run, input, place(at)));
    journal.push(...facts.map((fact) => ({ at: instant(at), fact })));
  };
  take(3_000, { input: 'played', playback: 'leg-ivr1-1' });
  take(3_010, { input: 'digit', digit: '1' });
  take(3_050, {
    ...{ input: 'answered', request: 'leg-1', status: 200, error: null },
    body: new TextEncoder().encode(xml(actions)),
  });
  take(3_500, { input: 'digit', digit: '7' });
  take(5_500, { input: 'tick' });
  expect(run.activity.doing).toBe('pausing');
  const read = JSON.parse(JSON.stringify(journal)) as typeof journal;
  expect(read.reduce<IvrRun | null>((before, { fact, at }) => evolveRun(before, fact, at), null)).toEqual(run);
});
