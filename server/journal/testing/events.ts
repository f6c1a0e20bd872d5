// Events to write where it does not matter what they say.
import type { Event } from '../../domain/events.ts';
import {
  asId,
  asKey,
  type CallId,
  instant,
  type LegId,
  type QueueId,
  type SpaceId,
  type UserId,
} from '../../domain/ids.ts';
import type { Append } from '../journal.ts';

/** About 300 bytes as JSON, as the larger ones of a queued call are. */
export function anEvent(number = 1): Event {
  return {
    type: 'call.connected',
    call: callId(number),
    at: instant(Date.UTC(2026, 0, 5) + number),
    queue: asId<QueueId>(7),
    number: 100_000 + number,
    user: asId<UserId>(12),
    leg: asKey<LegId>(`0b1e2f3a-1111-4222-8333-${String(number).padStart(12, '0')}`),
    callerNumber: '+33140000000',
    step: 1,
    waitedMs: 12_345,
    recorded: false,
    callSince: instant(Date.UTC(2026, 0, 5)),
    withinServiceLevel: true,
  };
}

export const callId = (number: number): CallId => asKey<CallId>(number.toString(16).padStart(24, '0'));

export interface AnAppend {
  stream?: string;
  expected?: number;
  events?: number;
}

let count = 0;

export function anAppend(
  space: SpaceId,
  { stream = `call:${callId(++count)}`, expected = 0, events = 1 }: AnAppend = {},
): Append {
  return { space, streams: [{ stream, expected, events: Array.from({ length: events }, () => anEvent(++count)) }] };
}
