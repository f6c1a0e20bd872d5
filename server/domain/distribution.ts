// Who gets which call. Pure choice among what is there; queueing.ts makes the offers.
import { type Agent, isOfferable } from './agent.ts';
import type { Call, Stage } from './call.ts';
import type { QueueSettings } from './directory.ts';
import type { Instant, UserId } from './ids.ts';

/** An agent who did not take a call is not offered the same one again before this, even if nobody else is free. */
export const refusalRestMs = 5_000;

export type Queued = Extract<Stage, { at: 'queued' }>;
export type QueuedCall = Call & { stage: Queued };

/** Order of service: the higher priority first, then the higher VIP rate, then who has waited longest. */
export function byUrgency(a: QueuedCall, b: QueuedCall): number {
  return (
    b.stage.priority - a.stage.priority ||
    b.stage.vipRate - a.stage.vipRate ||
    a.stage.since - b.stage.since ||
    Math.abs(a.number) - Math.abs(b.number)
  );
}

/** The agents who are to be rung now for this call: one, or all of them with `ring_all`; none if nobody is free.
 *  `agents`: those of the queue whose phone may be rung at all. */
export function chooseAgents(
  call: QueuedCall,
  queue: QueueSettings,
  agents: readonly Agent[],
  lastServed: UserId | undefined,
  now: Instant,
): UserId[] {
  const { offers, refused } = call.stage;
  if (queue.strategy !== 'ring_all' && offers.length > 0) return [];
  const refusedAt = new Map(refused.map((past) => [past.user, past.at]));
  const free = agents.filter((agent) => isOfferable(agent) && !offers.some((offer) => offer.user === agent.user));
  const fresh = free.filter((agent) => !refusedAt.has(agent.user));
  const rested = free.filter((agent) => now - (refusedAt.get(agent.user) ?? now) >= refusalRestMs);
  const candidates = fresh.length > 0 ? fresh : rested;
  if (queue.strategy === 'ring_all') return [...candidates].sort(byIdle).map((agent) => agent.user);
  const chosen = pick(candidates, queue, lastServed);
  return chosen ? [chosen.user] : [];
}

function pick(candidates: Agent[], queue: QueueSettings, lastServed: UserId | undefined): Agent | undefined {
  switch (queue.strategy) {
    case 'longest_idle':
    case 'ring_all':
      return first(candidates, byIdle);
    case 'fewest_calls':
      return first(candidates, (a, b) => a.taken - b.taken || byIdle(a, b));
    case 'round_robin': {
      const size = queue.users.length;
      const place = new Map(queue.users.map((user, at) => [user, at]));
      const last = lastServed === undefined ? -1 : (place.get(lastServed) ?? -1);
      const turn = (agent: Agent) => ((place.get(agent.user) ?? 0) - last - 1 + size) % size;
      return first(candidates, (a, b) => turn(a) - turn(b));
    }
    default:
      return queue.strategy satisfies never;
  }
}

function byIdle(a: Agent, b: Agent): number {
  return a.idleSince - b.idleSince || a.user - b.user;
}

function first<T>(items: readonly T[], compare: (a: T, b: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || compare(item, best) < 0) best = item;
  return best;
}
