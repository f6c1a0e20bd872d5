// takeIvrInput(run, input, place) → facts, then commands. Pure. The same for a real call, a simulated one and a try.
import type { Instant } from '../ids.ts';
import { type Answer, ask, fillerEnded, pause, runAnswerAction, takeAnswer } from './asking.ts';
import { type IvrAction, optionOf } from './definition.ts';
import type { EarlierIvrs, IvrCaller, LeaveCause, WhilePlaying } from './facts.ts';
import { digitPressed, endGathering, recordDigits, waitForOption } from './gathering.ts';
import { takeOption } from './options.ts';
import { beginAgain } from './resuming.ts';
import type { IvrRun } from './run.ts';
import { type IvrOutcome, type IvrPlace, IvrStep } from './step.ts';
import { enterQueue, ringAll, transfer, transferEnded } from './transfers.ts';

export type IvrInput =
  | { input: 'digit'; digit: string }
  | { input: 'played'; playback: string }
  | ({ input: 'answered' } & Answer)
  | { input: 'transferEnded'; answered: boolean }
  /** Time has passed. */
  | { input: 'tick' }
  | { input: 'callerGone' }
  /** By somebody else. */
  | { input: 'callEnded' }
  /** The server or the voice engine was away. `answerComes`: the question that the run waits for is still being asked. */
  | { input: 'backAgain'; answerComes: boolean };

export interface Entering {
  ivr: number;
  name: string;
  version: number;
  caller: IvrCaller;
  callerId: { number: string; name: string | null };
  variables: Readonly<Record<string, string>>;
  /** Default: none. */
  earlier?: EarlierIvrs | null;
}

/** The call has been answered and enters. */
export function enterIvr(entering: Entering, place: IvrPlace): IvrOutcome {
  const step = new IvrStep(null, place);
  step.record({ type: 'ivr.entered', ...entering, earlier: entering.earlier ?? null });
  takeOption(step, place.definition.entry_context, 'start', 'entered');
  goOn(step);
  return step.outcome();
}

/** What comes too late, or twice, changes nothing. */
export function takeIvrInput(run: IvrRun, input: IvrInput, place: IvrPlace): IvrOutcome {
  const step = new IvrStep(run, place);
  if (run.activity.doing !== 'left') {
    take(step, input);
    goOn(step);
  }
  return step.outcome();
}

/** When a tick is due; null: only somebody else can move it on. */
export function nextIvrTick({ activity }: IvrRun): Instant | null {
  return 'until' in activity ? activity.until : null;
}

function take(step: IvrStep, input: IvrInput): void {
  switch (input.input) {
    case 'digit':
      return digitPressed(step, input.digit);
    case 'played':
      return played(step, input.playback);
    case 'answered':
      return takeAnswer(step, input);
    case 'transferEnded':
      return transferEnded(step, input.answered);
    case 'tick':
      return tick(step);
    case 'callerGone':
      return leave(step, 'caller_gone');
    case 'callEnded':
      return leave(step, 'call_ended');
    case 'backAgain':
      return beginAgain(step, input.answerComes);
    default:
      return input satisfies never;
  }
}

function played(step: IvrStep, playback: string): void {
  const { activity } = step.run;
  if (activity.doing === 'asking' && activity.filler?.playback === playback) return fillerEnded(step);
  if (activity.doing !== 'playing' || activity.playback !== playback) return;
  const [sound] = activity.rest;
  if (sound === undefined) return step.record({ type: 'ivr.play_ended', stoppedBy: 'end', goOnAt: null });
  const next = step.nextPlayback();
  step.record({ type: 'ivr.play_went_on', playback: next, until: step.soundLimit(null) });
  step.command({ do: 'play', playback: next, sound });
}

function tick(step: IvrStep): void {
  const { activity } = step.run;
  if (!('until' in activity) || activity.until > step.now) return;
  switch (activity.doing) {
    case 'pausing':
      return step.record({ type: 'ivr.pause_ended' });
    case 'gathering':
      return endGathering(step);
    case 'playing':
      step.warn('sound_did_not_end', 'The sound did not end in its time; the IVR goes on without it.');
      step.command({ do: 'stopPlay', playback: activity.playback });
      return step.record({ type: 'ivr.play_ended', stoppedBy: 'limit', goOnAt: null });
    case 'asking': {
      const error = { code: 'timeout', message: 'Nobody brought an answer in time.' };
      step.command({ do: 'giveUpAsking', request: activity.request });
      return takeAnswer(step, { request: activity.request, status: null, body: new Uint8Array(), error });
    }
    case 'transferring':
      step.command({ do: 'giveUpRinging' });
      return transferEnded(step, false);
    default:
      return activity satisfies never;
  }
}

function leave(step: IvrStep, cause: LeaveCause): void {
  const { activity } = step.run;
  step.leave(cause);
  if (activity.doing === 'asking') step.command({ do: 'giveUpAsking', request: activity.request });
}

/** Runs what is due until something takes time, or the call has left. It ends: each action runs once an option, and an
 *  option that comes a second time without a wait is a loop. */
function goOn(step: IvrStep): void {
  while (step.run.activity.doing === 'acting') {
    const { answer, option, nextAction } = step.run;
    const ofAnswer = answer?.actions[answer.next];
    const ofOption = optionOf(step.context, option)?.actions[nextAction];
    if (answer && ofAnswer) {
      const { line, column } = ofAnswer.place;
      const { type: action } = ofAnswer;
      step.record({ type: 'ivr.action_begun', from: 'answer', index: answer.next, action, line, column });
      runAnswerAction(step, ofAnswer);
    } else if (ofOption) {
      step.record({ type: 'ivr.action_begun', from: 'option', index: nextAction, action: ofOption.type });
      runAction(step, ofOption);
    } else {
      waitForOption(step);
    }
  }
}

function runAction(step: IvrStep, action: IvrAction): void {
  switch (action.type) {
    case 'play_sound':
      return step.playSound(action.sound, whilePrompted(step));
    case 'play_digits':
      return sayDigits(step, action.variable === undefined ? (action.digits ?? '') : step.variable(action.variable));
    case 'record_digits':
      return recordDigits(step, action.variable, action.max_digits);
    case 'set_variable':
      return step.setVariable(action.name, step.filled(action.value));
    case 'set_caller_id':
      return step.record({
        type: 'ivr.caller_id_set',
        name: step.filled(action.name),
        number: step.filled(action.number),
      });
    case 'jump':
      return takeOption(step, action.context, action.option, 'jumped');
    case 'transfer':
      return transfer(step, action.to);
    case 'transfer_from_variable':
      return transfer(step, step.variable(action.variable).trim());
    case 'simple_transfer': {
      const { numbers, timeout_s, final } = action;
      const timeoutMs = timeout_s === null ? null : timeout_s * 1_000;
      return ringAll(step, { numbers, timeoutMs, final, earlyMedia: false }, null);
    }
    case 'queue': {
      const { queue_id, priority, vip_rate } = action;
      return enterQueue(step, { queue: queue_id, priority, vipRate: vip_rate });
    }
    case 'pause':
      return pause(step, action.length_s);
    case 'call_interactive':
      return ask(step, action);
    case 'hangup':
      return step.hangUp('hung_up');
    default:
      return action satisfies never;
  }
}

/** As Asterisk's sound packages call them. */
const digitSounds: Readonly<Record<string, string>> = { '*': 'digits/star', '#': 'digits/pound' };
const mostDigitsSaid = 64;

function sayDigits(step: IvrStep, text: string): void {
  const digits = [...text.replace(/[^\d*#]/g, '').slice(0, mostDigitsSaid)];
  step.playNamed(
    digits.map((digit) => digitSounds[digit] ?? `digits/${digit}`),
    digits.join(''),
    whilePrompted(step),
  );
}

/** Whoever knows the prompt presses at once: that cuts it short, if digits are wanted once all has been said. */
function whilePrompted(step: IvrStep): WhilePlaying {
  const { option, nextAction } = step.run;
  const actions = optionOf(step.context, option)?.actions ?? [];
  const isSaid = ({ type }: IvrAction) => type === 'play_sound' || type === 'play_digits' || type === 'pause';
  const goOnAt = actions.findIndex((action, at) => at >= nextAction && !isSaid(action));
  if (goOnAt < 0) return { digits: 'cut', goOnAt: actions.length };
  return actions[goOnAt]!.type === 'record_digits' ? { digits: 'cut', goOnAt } : { digits: 'wait' };
}
