// Whether another attempt at a contact follows a failed one, and when; and with that, what becomes of the contact.
import { after, type Instant } from '../ids.ts';
import { type AttemptState, isOpen } from './attempt.ts';

export interface RetryRules {
  maxAttempts: number;
  /** After the first, second … attempt; the last one holds for all further. */
  delaysMs: readonly number[];
  /** What the carrier took and could not deliver is tried again as well. */
  undelivered: boolean;
  /** An attempt whose outcome is unknown is made again: some contacts may get it twice. */
  resendUnknown: boolean;
}

/** Of single sends: one attempt. */
export const noRetry: RetryRules = { maxAttempts: 1, delaysMs: [], undelivered: false, resendUnknown: false };

/** A carrier that was going to send a receipt has sent it by then. Later ones are told, and no attempt follows them. */
export const receiptWithinMs = 3_600_000;

export function isTriedAgain(
  rules: RetryRules,
  failure: { number: number; how: 'refused' | 'undelivered'; retryable: boolean },
): boolean {
  if (!failure.retryable || failure.number >= rules.maxAttempts) return false;
  return failure.how === 'refused' || rules.undelivered;
}

/** `number`: of the attempt that failed, 1 for the first. */
export function retryDelayMs({ delaysMs }: RetryRules, number: number): number {
  return delaysMs[Math.min(number, delaysMs.length) - 1] ?? 0;
}

/** Where the contact stands: `under_way` until then, should nothing more be heard of its attempt. */
export type ContactFate =
  | { is: 'done'; why: 'sent' | 'failed' | 'aborted' | 'unknown' }
  | { is: 'waiting'; from: Instant }
  | { is: 'under_way'; until: Instant };

/** What becomes of the contact after what is known of his attempt; undefined: nothing is known, it may be under way. */
export function fateOf(state: AttemptState, rules: RetryRules): ContactFate | undefined {
  const { about, at } = state;
  const failed = state.failures.at(-1);
  if (about === null || at === null) return undefined;
  if (state.received.length > 0 || state.answered.length > 0) return { is: 'done', why: 'sent' };
  if (state.aborted) return { is: 'done', why: 'aborted' };
  if (failed) {
    if (!failed.retry) return { is: 'done', why: 'failed' };
    return { is: 'waiting', from: after(failed.at, retryDelayMs(rules, about.number)) };
  }
  if (state.carrierIds !== null) {
    const mayFollow = isTriedAgain(rules, { number: about.number, how: 'undelivered', retryable: true });
    return mayFollow ? { is: 'under_way', until: after(at, receiptWithinMs) } : { is: 'done', why: 'sent' };
  }
  if (!state.unknown || !isOpen(state)) return undefined;
  const again = rules.resendUnknown && about.number < rules.maxAttempts + 1;
  return again ? { is: 'waiting', from: at } : { is: 'done', why: 'unknown' };
}
