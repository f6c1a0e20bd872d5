// Which attempt a contact answers: the newest one at him that left under the number to which he wrote.
import type { AttemptId, ChannelId, Instant } from '../ids.ts';

export interface AnswerableAttempt {
  id: AttemptId;
  begunAt: Instant;
  /** null: the carrier's own. */
  from: string | null;
  channel: ChannelId | null;
}

/** `attempts`: at whoever wrote, within the reply window. Those under a number go before those under the carrier's own. */
export function answeredBy(
  attempts: readonly AnswerableAttempt[],
  reply: { to: string; channel: ChannelId },
): AttemptId | null {
  const newest = (some: readonly AnswerableAttempt[]): AttemptId | null =>
    some.reduce<AnswerableAttempt | null>((best, one) => (best && best.begunAt >= one.begunAt ? best : one), null)
      ?.id ?? null;
  const named = attempts.filter(({ from }) => from !== null && bare(from) === bare(reply.to));
  return newest(named) ?? newest(attempts.filter(({ from, channel }) => from === null && channel === reply.channel));
}

/** Without its plus. */
export const bare = (address: string): string => address.replace(/^\+/, '');
