// A call in an IVR as the rules see it, folded from its facts. Plain data, so that a checkpoint can hold it.
//
//   acting ──► playing ──► gathering (into a variable) ──► acting
//     │ ├────► pausing, asking, transferring ────────────► acting
//     │ └────► gathering (for an option) ──► option taken ► acting
//     └──────► left
import type { ResponseAction } from '../call-interactive/actions.ts';
import { after, type Instant } from '../ids.ts';
import type { ContextId, OptionKey } from './definition.ts';
import type { EarlierIvrs, Gathered, IvrCaller, IvrFact, WhilePlaying } from './facts.ts';

export type Activity =
  /** The next action is due. */
  | { doing: 'acting' }
  | {
      doing: 'playing';
      playback: string;
      /** The engine's name of what plays. */
      sound: string;
      /** How long it may take. */
      limitMs: number;
      /** To be played after this one. */
      rest: readonly string[];
      pressed: WhilePlaying;
      until: Instant;
    }
  | { doing: 'pausing'; until: Instant }
  | { doing: 'gathering'; what: Gathered; digits: string; most: number | null; until: Instant }
  | { doing: 'asking'; request: string; since: Instant; until: Instant; filler: Filler | null }
  | { doing: 'transferring'; final: boolean; earlyMedia: boolean; until: Instant }
  | { doing: 'left' };

export interface Filler {
  sound: string;
  playback: string;
  /** When it began; null: not yet. */
  since: Instant | null;
}

export interface IvrRun {
  ivr: number;
  version: number;
  caller: IvrCaller;
  callerId: { number: string; name: string | null };
  variables: Readonly<Record<string, string>>;
  earlier: EarlierIvrs;
  context: ContextId;
  option: OptionKey;
  /** Index of the option's next action. */
  nextAction: number;
  /** What is left of a customer's answer; it comes before the option's next action. */
  answer: { actions: readonly ResponseAction[]; next: number } | null;
  activity: Activity;
  /** Digits that came before anybody waited for them. */
  typedAhead: string;
  /** Call Interactive requests of the call so far, those of earlier IVRs too. */
  rounds: number;
  /** Playbacks so far, which number them. */
  plays: number;
  /** Options taken at one instant, as `context/option`. One that is taken a second time without anything that takes
   *  time, and without a digit, is a loop that would never end. */
  takenAtOnce: { at: Instant; options: readonly string[] };
}

export const mostTypedAhead = 32;

/** The run after the fact; `before` is null for `ivr.entered` only. */
export function evolveRun(before: IvrRun | null, fact: IvrFact, at: Instant): IvrRun {
  if (fact.type === 'ivr.entered') return entered(fact, at);
  if (before === null) throw new Error(`${fact.type} of a call that is in no IVR`);
  return { ...before, ...changeOf(before, fact, at) };
}

function entered(fact: Extract<IvrFact, { type: 'ivr.entered' }>, at: Instant): IvrRun {
  const { ivr, version, caller, callerId, variables } = fact;
  const earlier = fact.earlier ?? { count: 0, rounds: 0 };
  return {
    ivr,
    version,
    caller,
    callerId,
    variables,
    earlier,
    context: '',
    option: '',
    nextAction: 0,
    answer: null,
    activity: { doing: 'acting' },
    typedAhead: '',
    rounds: earlier.rounds,
    plays: 0,
    takenAtOnce: { at, options: [] },
  };
}

const acting: Activity = { doing: 'acting' };

function changeOf(run: IvrRun, fact: Exclude<IvrFact, { type: 'ivr.entered' }>, at: Instant): Partial<IvrRun> {
  switch (fact.type) {
    case 'ivr.option_taken':
      return {
        context: fact.context,
        option: fact.option,
        nextAction: 0,
        answer: null,
        activity: acting,
        takenAtOnce: { at, options: [...optionsTakenAt(run, at), placeName(fact.context, fact.option)] },
        // After a mistake nobody knows what else was meant.
        typedAhead: fact.cause === 'invalid' ? '' : run.typedAhead,
      };
    case 'ivr.action_begun':
      if (fact.from === 'option') return { nextAction: fact.index + 1, answer: null };
      return { answer: run.answer && { ...run.answer, next: fact.index + 1 } };
    case 'ivr.variable_set':
      return { variables: { ...run.variables, [fact.name]: fact.value } };
    case 'ivr.caller_id_set':
      return { callerId: { number: fact.number, name: fact.name } };
    case 'ivr.play_started':
    case 'ivr.play_went_on':
    case 'ivr.play_began_again':
    case 'ivr.play_ended':
    case 'ivr.filler_started':
      return changeByPlay(run, fact, at);
    case 'ivr.pause_begun':
      return { activity: { doing: 'pausing', until: fact.until } };
    case 'ivr.pause_ended':
      return { activity: acting };
    case 'ivr.gathering':
    case 'ivr.digit':
    case 'ivr.gathered':
      return changeByDigits(run, fact);
    case 'ivr.asked':
      return {
        activity: {
          doing: 'asking',
          request: fact.request,
          since: at,
          until: fact.until,
          filler: fact.filler === null ? null : { sound: fact.filler, playback: '', since: null },
        },
        rounds: run.rounds + 1,
        // However soon the answer comes: it may lead anywhere, and rounds are counted.
        takenAtOnce: { at, options: [] },
      };
    case 'ivr.answered':
      return { activity: acting, answer: fact.actions.length > 0 ? { actions: fact.actions, next: 0 } : null };
    case 'ivr.transfer_begun':
      return {
        activity: {
          doing: 'transferring',
          final: fact.final,
          earlyMedia: fact.earlyMedia,
          until: after(at, fact.ringForMs),
        },
      };
    case 'ivr.transfer_ended':
      return { activity: acting };
    case 'ivr.warned':
      return {};
    case 'ivr.left':
      return { activity: { doing: 'left' } };
    default:
      return fact satisfies never;
  }
}

type PlayFact = Extract<IvrFact, { type: `ivr.play_${string}` | 'ivr.filler_started' }>;

function changeByPlay(run: IvrRun, fact: PlayFact, at: Instant): Partial<IvrRun> {
  const { activity, plays } = run;
  switch (fact.type) {
    case 'ivr.play_started':
      return {
        activity: {
          doing: 'playing',
          playback: fact.playback,
          sound: fact.sounds[0] ?? '',
          limitMs: fact.until - at,
          rest: fact.sounds.slice(1),
          pressed: fact.pressed,
          until: fact.until,
        },
        plays: plays + 1,
      };
    case 'ivr.play_went_on':
      if (activity.doing !== 'playing') return {};
      return {
        activity: {
          ...activity,
          playback: fact.playback,
          sound: activity.rest[0] ?? '',
          limitMs: fact.until - at,
          rest: activity.rest.slice(1),
          until: fact.until,
        },
        plays: plays + 1,
      };
    case 'ivr.play_began_again':
      if (activity.doing !== 'playing') return {};
      return { activity: { ...activity, playback: fact.playback, until: fact.until }, plays: plays + 1 };
    case 'ivr.play_ended':
      return { activity: acting, ...(fact.goOnAt !== null && { nextAction: fact.goOnAt }) };
    case 'ivr.filler_started':
      if (activity.doing !== 'asking' || !activity.filler) return {};
      return {
        activity: { ...activity, filler: { ...activity.filler, playback: fact.playback, since: at } },
        plays: plays + 1,
      };
    default:
      return fact satisfies never;
  }
}

type DigitFact = Extract<IvrFact, { type: 'ivr.gathering' | 'ivr.digit' | 'ivr.gathered' }>;

function changeByDigits(run: IvrRun, fact: DigitFact): Partial<IvrRun> {
  const { activity } = run;
  switch (fact.type) {
    case 'ivr.gathering':
      return {
        activity: { doing: 'gathering', what: fact.what, digits: fact.ahead, most: fact.most, until: fact.until },
        typedAhead: run.typedAhead.slice(fact.ahead.length),
      };
    case 'ivr.digit':
      if (activity.doing !== 'gathering' || fact.until === null) {
        return { typedAhead: (run.typedAhead + fact.digit).slice(0, mostTypedAhead) };
      }
      return { activity: { ...activity, digits: activity.digits + fact.digit, until: fact.until } };
    case 'ivr.gathered': {
      const { at } = run.takenAtOnce;
      return { activity: acting, ...(fact.digits !== '' && { takenAtOnce: { at, options: [] } }) };
    }
    default:
      return fact satisfies never;
  }
}

export function optionsTakenAt(run: IvrRun, at: Instant): readonly string[] {
  return run.takenAtOnce.at === at ? run.takenAtOnce.options : [];
}

export const placeName = (context: ContextId, option: OptionKey): string => `${context}/${option}`;
