// What becomes of a request after an attempt: outcome × delay × maximum.
import { after, type Instant } from '../ids.ts';
import type { AttemptOutcome, RetryRules } from './campaign.ts';

export type AfterAttempt =
  | { next: 'again'; at: Instant; outcomes: Partial<Record<AttemptOutcome | 'retry', number>> }
  /** `result`: the outcome that was one too many. */
  | { next: 'close'; result: string; outcomes: Partial<Record<AttemptOutcome | 'retry', number>> };

/** `contactTry`: the number of the attempt that has just ended, from 1. `outcomes`: how often each has been before. */
export function afterAttempt(
  rules: RetryRules,
  request: { contactTry: number; outcomes: Readonly<Partial<Record<AttemptOutcome | 'retry', number>>> },
  outcome: AttemptOutcome | 'retry',
  now: Instant,
): AfterAttempt {
  const { delayMs, max } = rules.after[outcome];
  const times = (request.outcomes[outcome] ?? 0) + 1;
  const outcomes = { ...request.outcomes, [outcome]: times };
  // A consultant who asks for another try has a reason: only his own maximum counts.
  const exhausted = times >= max || (outcome !== 'retry' && request.contactTry >= rules.maxContactTries);
  return exhausted
    ? { next: 'close', result: outcome, outcomes }
    : { next: 'again', at: after(now, delayMs), outcomes };
}
