// Follows the journal and writes what supervisors are told, numbered without gap in each space.
import { type Event, isAgentEvent, isCallEvent } from '../../domain/events.ts';
import type { SpaceId, UserId } from '../../domain/ids.ts';
import type { Follower, Recorded } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { appendFrames, lockHead, readPhones, readState, writePhones, writeSnapshot } from './frame-store.ts';
import { framesOfAgent, framesOfCall, type Phone, unseenPhone } from './frames-of.ts';
import type { Frame } from './state.ts';

/** `onFrames`: after frames were committed. `snapshotEvery`: frames between two stored snapshots. */
export function supervisionFollower(options: { onFrames: (space: SpaceId) => void; snapshotEvery?: number }): Follower {
  const snapshotEvery = options.snapshotEvery ?? 1_000;
  return {
    name: 'supervision',
    concerns: (event) => isCallEvent(event) || isAgentEvent(event),
    async apply(tx, events) {
      const space = events[0]?.space;
      if (space !== undefined) await writeFrames(tx, space, events, snapshotEvery);
    },
    committed(events) {
      for (const space of new Set(events.map((recorded) => recorded.space))) options.onFrames(space);
    },
  };
}

async function writeFrames(
  tx: Transaction,
  space: SpaceId,
  events: readonly Recorded[],
  snapshotEvery: number,
): Promise<void> {
  const users = [...new Set(events.flatMap(({ event }) => (isAgentEvent(event) ? [event.user] : [])))];
  const phones = users.length === 0 ? new Map<UserId, Phone>() : await readPhones(tx, space, users);
  const told = events.flatMap(({ event }) =>
    notificationsOf(space, event, phones).map((n) => ({ at: event.at, event: n })),
  );
  if (users.length > 0) await writePhones(tx, space, phones);
  if (told.length === 0) return;

  const head = await lockHead(tx, space);
  const frames: Frame[] = told.map(({ at, event }, index) => ({ cpt: head + 1 + index, at, event }));
  await appendFrames(tx, space, frames);
  const reached = head + frames.length;
  if (Math.floor(reached / snapshotEvery) > Math.floor(head / snapshotEvery)) {
    await writeSnapshot(tx, space, await readState(tx, space));
  }
}

/** Moves the phone of an agent's event on in `phones`. */
function notificationsOf(space: SpaceId, event: Event, phones: Map<UserId, Phone>) {
  if (isCallEvent(event)) return framesOfCall(space, event);
  if (!isAgentEvent(event)) return [];
  const { frames, phone } = framesOfAgent(space, event, phones.get(event.user) ?? unseenPhone);
  phones.set(event.user, phone);
  return frames;
}
