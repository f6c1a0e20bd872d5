// A whole run: that it ends, takes nothing twice, and is read from the journal.
import { describe, expect, test } from 'vitest';
import { instant } from '../ids.ts';
import { evolveRun, type IvrRun } from './run.ts';
import { enterIvr, type IvrInput, takeIvrInput } from './take.ts';
import {
  anIvr,
  ask,
  aWorld,
  call,
  entering,
  factsOf,
  hangup,
  jump,
  play,
  set,
  warningsOf,
  xml,
} from './testing/caller.ts';

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
