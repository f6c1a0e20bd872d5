// Which attempt a contact answers: the newest one at him that left under the number to which he wrote.
import type { AttemptId, ChannelId, Instant } from '../ids.ts';

export interface AnswerableAttempt {
  id: AttemptId;
  begunAt: Instant;
  /** null: the channel's own. */
  from: string | null;
  channel: ChannelId | null;
}

/**
 * `attempts`: at whoever wrote, within the reply window. Those under a number go before those under the channel's own, of
 * which `own` is the number as far as it is known.
 */
export function answeredBy(
  attempts: readonly AnswerableAttempt[],
  reply: { to: string; channel: ChannelId; own: string | null },
): AttemptId | null {
  const newest = (some: readonly AnswerableAttempt[]): AttemptId | null =>
    some.reduce<AnswerableAttempt | null>((best, one) => (best && best.begunAt >= one.begunAt ? best : one), null)
      ?.id ?? null;
  const named = attempts.filter(({ from }) => from !== null && bare(from) === bare(reply.to));
  if (!mayBeWrittenAs(reply.own, reply.to)) return newest(named);
  return newest(named) ?? newest(attempts.filter(({ from, channel }) => from === null && channel === reply.channel));
}

/** Without its plus. */
export const bare = (address: string): string => address.replace(/^\+/, '');

/** One number as it was set and as the carrier writes it: 0612345678 and 33612345678. A name is answered at any number. */
function mayBeWrittenAs(own: string | null, to: string): boolean {
  if (own === null || !/^\+?\d+$/.test(own)) return true;
  const [one, other] = [significant(own), significant(to)];
  return one.endsWith(other) || other.endsWith(one);
}

const significant = (number: string): string => number.replace(/^\+?0*/, '');
