// How fast contacts are taken: never more than channels take now, nor than a broadcast's rate allows.
import { after, instant, type Instant } from '../ids.ts';

/** Time that passed unused gives so much credit at most: a late look catches up, and no burst follows a rest. */
const creditMs = 100;

export interface Pace {
  /** null: as fast as the channels take it. */
  ratePerS: number | null;
  /** Up to when the rate is used up; null: never used. */
  pacedUntil: Instant | null;
}

export interface Allowance {
  count: number;
  pacedUntil: Instant | null;
  /** When the next one is allowed; null: now. */
  nextAt: Instant | null;
}

/** How many of `most` may be taken now. */
export function howManyNow({ ratePerS, pacedUntil }: Pace, most: number, now: Instant): Allowance {
  if (ratePerS === null) return { count: most, pacedUntil, nextAt: null };
  const everyMs = 1_000 / ratePerS;
  const from = Math.max(pacedUntil ?? 0, now - everyMs - creditMs);
  const count = Math.max(0, Math.min(most, Math.floor((now - from) / everyMs + 1e-6)));
  const until = instant(from + count * everyMs);
  return { count, pacedUntil: until, nextAt: count < most ? after(until, everyMs) : null };
}

/** Fewer round trips for more at a time; more than this is not held back from whoever comes with a higher priority. */
const mostAhead = 500;
const fewestAhead = 20;

/**
 * How many contacts are held ready for channels that have `room` for more submits while `underWay` wait for the carrier's
 * answer: about two windows full, so that the carrier never waits for the database.
 */
export function heldReady({ room, underWay }: { room: number; underWay: number }): number {
  return Math.min(mostAhead, Math.max(fewestAhead, 2 * (room + underWay)));
}
