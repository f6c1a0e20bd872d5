// The server or the voice engine was away while a call was in an IVR.
import { expect, test } from 'vitest';
import { instant } from '../ids.ts';
import type { IvrAction } from './definition.ts';
import { enterIvr, type IvrInput, nextIvrTick, takeIvrInput } from './take.ts';
import { anIvr, ask, aWorld, hangup, play } from './testing/caller.ts';

const entering = {
  ...{ ivr: 1, name: 'Test', version: 1, callerId: { number: '1', name: null }, variables: {} },
  caller: {
    ...{ legId: 'leg', firstLegId: 'leg', spaceNumber: '1', callerExtension: null, did: null, dialled: '332' },
    extension: { number: '000*332', id: 1 },
  },
};

function inIvr(...actions: IvrAction[]) {
  const definition = anIvr({ main: { start: actions } });
  const placeAt = (now: number) => ({ now: instant(now), world: aWorld, definition });
  const { run, commands } = enterIvr(entering, placeAt(0));
  return { run, commands, take: (now: number, input: IvrInput, of = run) => takeIvrInput(of, input, placeAt(now)) };
}

const back = (answerComes = false): IvrInput => ({ input: 'backAgain', answerComes });

test('a sound begins again, and its end is told of the new one only', () => {
  const { take } = inIvr(play('a.wav'), hangup);
  const { run, commands } = take(2_000, back());
  expect(commands).toEqual([
    { do: 'stopPlay', playback: 'leg-ivr1-1' },
    { do: 'play', playback: 'leg-ivr1-2', sound: 'a.wav' },
  ]);
  expect(nextIvrTick(run)).toBe(2_000 + 3_000 + 5_000);
  expect(take(2_010, { input: 'played', playback: 'leg-ivr1-1' }, run).facts).toEqual([]);
  expect(take(5_000, { input: 'played', playback: 'leg-ivr1-2' }, run).run.activity).toEqual({ doing: 'left' });
});

test('of several sounds the one that was playing begins again', () => {
  const { run, take } = inIvr({ type: 'play_digits', digits: '12' });
  const second = take(600, { input: 'played', playback: 'leg-ivr1-1' }, run).run;
  expect(take(700, back(), second).commands[1]).toMatchObject({ do: 'play', sound: 'digits/2' });
});

test('a question whose answer is lost is not asked again, and the IVR goes on', () => {
  const { take } = inIvr(ask(), hangup);
  const { facts, commands } = take(700, back());
  expect(commands).toEqual([{ do: 'hangUp' }]);
  expect(facts[0]).toMatchObject({ type: 'ivr.answered', status: null, ms: 700, error: { code: 'interrupted' } });
});

test('a question that is still being asked is waited for, with its filler sound anew', () => {
  const filled: IvrAction = { ...ask(), filler_sound: 'wait.wav' } as IvrAction;
  const { take } = inIvr(filled, hangup);
  const { run, commands } = take(700, back(true));
  expect(run.activity).toMatchObject({ doing: 'asking', filler: { playback: 'leg-ivr1-2' } });
  expect(commands.map((command) => command.do)).toEqual(['stopPlay', 'play']);
});

test('a filler sound that the engine cannot play is not tried again and again', () => {
  const { run, take } = inIvr({ ...ask(), filler_sound: 'wait.wav' } as IvrAction);
  expect(take(20, { input: 'played', playback: 'leg-ivr1-1' }, run).commands).toEqual([]);
  expect(take(3_000, { input: 'played', playback: 'leg-ivr1-1' }, run).commands).toHaveLength(1);
});

test.each<[string, IvrAction[]]>([
  ['a pause', [{ type: 'pause', length_s: 9 }]],
  ['waiting for digits', []],
  ['several phones that ring', [{ type: 'simple_transfer', numbers: ['101'], timeout_s: 20, final: true }]],
])('%s goes on by itself', (_what, actions) => {
  const { run, take } = inIvr(...actions);
  expect(take(100, back())).toMatchObject({ run, facts: [], commands: [] });
});

test('a second IVR of the same call counts on: playbacks, and questions', () => {
  const definition = anIvr({ main: { start: [ask(), play('a.wav')] } });
  const place = { now: instant(0), world: aWorld, definition };
  const { commands, run } = enterIvr({ ...entering, earlier: { count: 1, rounds: 49 } }, place);
  expect([commands[0], run.rounds]).toMatchObject([{ do: 'ask', request: 'leg-50' }, 50]);
});
