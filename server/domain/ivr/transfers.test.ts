// simple_transfer, in an option and in a customer’s answer.
import { describe, expect, test } from 'vitest';
import { instant } from '../ids.ts';
import type { IvrAction } from './definition.ts';
import { enterIvr, takeIvrInput } from './take.ts';
import {
  anIvr,
  ask,
  aWorld,
  call,
  endedAt,
  entering,
  factsOf,
  markThenHangUp,
  warningsOf,
  xml,
} from './testing/caller.ts';

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
