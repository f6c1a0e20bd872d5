// Ways out of an IVR to somebody: a number, several at once, a queue.
import { type Place, shortened } from '../call-interactive/problem.ts';
import type { IvrStep, WhyNotRung } from './step.ts';

/** By the target's own rules. A number that cannot be called: the IVR goes on. */
export function transfer(step: IvrStep, to: string): void {
  const why = step.place.world.whyNotCalled(to);
  if (why !== null) return warnOf(step, to, why);
  step.leave('transferred', to);
  step.command({ do: 'transfer', to });
}

function warnOf(step: IvrStep, number: string, why: WhyNotRung, at: Place | null = null): void {
  const named = number === '' ? 'An empty number' : shortened(number);
  step.warn('unknown_target', `${named} ${reasons[why]}.`, at);
}

const reasons: Record<WhyNotRung, string> = {
  unknown: 'leads nowhere',
  no_trunk: 'cannot be called, as the space has no outbound trunk',
  prefix_not_allowed: 'may not be called from this space',
  premium: 'is a premium-rate number, which may not be called',
  shared_cost: 'is a shared-cost number, which may not be called',
  satellite: 'belongs to a satellite or worldwide network, which may not be called',
  too_long: 'is longer than any number',
  not_a_number: 'is no number that can be called',
  not_rung: 'is no phone, so it cannot be rung with others',
};

export interface RingAll {
  numbers: readonly string[];
  timeoutMs: number | null;
  final: boolean;
  earlyMedia: boolean;
}

/** A number that cannot be called counts as not answering. */
export function ringAll(step: IvrStep, { numbers, timeoutMs, final, earlyMedia }: RingAll, at: Place | null): void {
  const { world } = step.place;
  const callable = [...new Set(numbers)].filter((number) => {
    const why = world.whyNotRung(number);
    if (why !== null) warnOf(step, number, why, at);
    return why === null;
  });
  const ringForMs = timeoutMs ?? world.ringTimeoutMs;
  step.record({ type: 'ivr.transfer_begun', numbers: callable, final, ringForMs, earlyMedia });
  if (callable.length === 0) return transferEnded(step, false);
  step.command({ do: 'ringAll', numbers: callable, ringForMs, earlyMedia });
}

/** Answered: the run is over, and when that conversation ends, so does the call. */
export function transferEnded(step: IvrStep, answered: boolean): void {
  const { activity } = step.run;
  if (activity.doing !== 'transferring') return;
  step.record({ type: 'ivr.transfer_ended', outcome: answered ? 'answered' : 'not_answered' });
  if (answered) step.leave('transferred');
  else if (activity.final) step.hangUp('not_reached');
}

export interface ToQueue {
  queue: number;
  /** A number, or text with variables. */
  priority: number | string | null;
  vipRate: number | string | null;
}

export function enterQueue(step: IvrStep, { queue, priority, vipRate }: ToQueue): void {
  if (!step.place.world.hasQueue(queue)) return step.warn('unknown_queue', `The space has no queue ${queue}.`);
  const urgency = { priority: wholeNumber(step, priority), vipRate: wholeNumber(step, vipRate) };
  step.leave('queued', String(queue));
  step.command({ do: 'queue', queue, ...urgency });
}

/** null: not given, or no whole number, and then the queue's own way decides. */
function wholeNumber(step: IvrStep, given: number | string | null): number | null {
  if (given === null || typeof given === 'number') return given;
  const value = step.filled(given).trim();
  if (/^\d{1,9}$/.test(value)) return Number(value);
  if (value !== '') step.warn('not_a_number', `"${shortened(value)}", which ${given} stands for, is no whole number.`);
  return null;
}
