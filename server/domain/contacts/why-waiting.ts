// Why a broadcast that runs sends nothing at the moment.
import type { Instant } from '../ids.ts';

/** no_channel: none of its media is enabled; channel_down: none is connected; not_due: retries and calling hours. */
export type WhyWaiting = { why: 'no_channel' | 'channel_down' } | { why: 'not_due'; until: Instant };

export function whyWaiting(about: {
  channels: readonly ('connecting' | 'up' | 'down')[];
  /** Of the first contact that waits; null: none waits. */
  nextDueAt: Instant | null;
  now: Instant;
}): WhyWaiting | null {
  if (about.nextDueAt === null) return null;
  if (about.channels.length === 0) return { why: 'no_channel' };
  if (!about.channels.includes('up')) return { why: 'channel_down' };
  return about.nextDueAt > about.now ? { why: 'not_due', until: about.nextDueAt } : null;
}
