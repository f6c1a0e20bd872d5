// What the carrier's answer, a receipt or a reply means for an attempt: the events that follow from what is known of it.
//
//   begun ──► sent ──► received ──► answered …
//     │         └────► failed           ▲
//     ├──► failed, aborted              │   what comes late, twice or against what was said before is kept as well;
//     └──► outcome_unknown ─────────────┘   only what has been said already, with the same date, is not said again
import type { AttemptId, ChannelId, Instant } from '../ids.ts';
import type { AttemptEvent, AttemptFacts, Failure } from './events.ts';

export interface AttemptState {
  /** Of its stream. */
  version: number;
  /** null: it has not begun. */
  about: AttemptFacts | null;
  /** Ids that receipts name, one a part; null: the carrier has not been heard to take it. */
  carrierIds: readonly string[] | null;
  /** Of a long message: parts whose receipts have come. */
  arrived: readonly string[];
  received: readonly Instant[];
  answered: readonly { at: Instant; text: string }[];
  failures: readonly (Failure & { at: Instant; retry: boolean })[];
  aborted: (Failure & { at: Instant }) | null;
  unknown: boolean;
  /** Of the newest event. */
  at: Instant | null;
}

export const notBegun: AttemptState = {
  version: 0,
  about: null,
  carrierIds: null,
  arrived: [],
  received: [],
  answered: [],
  failures: [],
  aborted: null,
  unknown: false,
  at: null,
};

export function evolveAttempt(before: AttemptState, event: AttemptEvent): AttemptState {
  const { at } = event;
  const state = { ...before, version: before.version + 1, at };
  switch (event.type) {
    case 'attempt.begun':
      return { ...state, about: event.about };
    case 'attempt.sent':
      return { ...state, carrierIds: event.carrierIds };
    case 'attempt.part_received':
      return { ...state, arrived: [...state.arrived, event.carrierId] };
    case 'attempt.received':
      return { ...state, received: [...state.received, at] };
    case 'attempt.answered':
      return { ...state, answered: [...state.answered, { at, text: event.text }] };
    case 'attempt.failed':
      return {
        ...state,
        failures: [...state.failures, { at, code: event.code, info: event.info, retry: event.retry }],
      };
    case 'attempt.aborted':
      return { ...state, aborted: { at, code: event.code, info: event.info } };
    case 'attempt.outcome_unknown':
      return { ...state, unknown: true };
    case 'attempt.converted':
    case 'attempt.established':
    case 'attempt.transferred':
    case 'attempt.ended':
      return state;
    default:
      return event satisfies never;
  }
}

/** Nothing is known yet: neither an answer of the carrier nor a receipt nor a reply. */
export function isOpen({ about, carrierIds, aborted, ...heard }: AttemptState): boolean {
  if (about === null || carrierIds !== null || aborted !== null) return false;
  return heard.received.length === 0 && heard.answered.length === 0 && heard.failures.length === 0;
}

/** The carrier has taken it. */
export function whenTaken(
  state: AttemptState,
  taken: { attempt: AttemptId; at: Instant; channel: ChannelId; carrierIds: readonly string[]; size: number | null },
): AttemptEvent[] {
  if (state.carrierIds !== null) return [];
  return [{ type: 'attempt.sent', ...taken, pages: null, timeS: null }];
}

/** The carrier has refused it. */
export function whenRefused(
  state: AttemptState,
  refused: { attempt: AttemptId; at: Instant; code: string | null; info: string; retry: boolean },
): AttemptEvent[] {
  return state.failures.length > 0 ? [] : [{ type: 'attempt.failed', ...refused }];
}

/** Nobody heard the carrier's answer. */
export function whenUnanswered(
  state: AttemptState,
  unanswered: { attempt: AttemptId; at: Instant; info: string },
): AttemptEvent[] {
  return isOpen(state) && !state.unknown ? [{ type: 'attempt.outcome_unknown', ...unanswered }] : [];
}

/** An outcome that has stayed unknown for as long as receipts may come. */
export function whenNeverSettled(
  state: AttemptState,
  settled: { attempt: AttemptId; at: Instant; info: string },
): AttemptEvent[] {
  return isOpen(state) ? [{ type: 'attempt.failed', ...settled, code: null, retry: false }] : [];
}

/**
 * A receipt. Of a long message each part has one: it is received when all have come, and has failed with the first that
 * failed. `retry`: another attempt at the contact follows if this one has failed.
 */
export function whenReceipted(
  state: AttemptState,
  attempt: AttemptId,
  receipt: { carrierId: string; status: 'delivered' | 'failed'; at: Instant; retry: boolean } & Failure,
): AttemptEvent[] {
  const { at, carrierId, code, info } = receipt;
  const parts = state.carrierIds ?? [];
  const long = parts.length > 1;
  if (receipt.status === 'failed') {
    const known = state.failures.some((failure) => long || (failure.at === at && failure.code === code));
    return known ? [] : [{ type: 'attempt.failed', attempt, at, code, info, retry: receipt.retry }];
  }
  if (state.received.includes(at) || (long && state.received.length > 0) || state.arrived.includes(carrierId))
    return [];
  if (long && parts.some((part) => part !== carrierId && !state.arrived.includes(part))) {
    return [{ type: 'attempt.part_received', attempt, at, carrierId }];
  }
  return [{ type: 'attempt.received', attempt, at }];
}

/** SMPP gives incoming messages no id: the same words again within this time are the carrier's, who was not acknowledged. */
const sameAnswerWithinMs = 60_000;

/** The contact wrote back. */
export function whenAnswered(
  state: AttemptState,
  answer: { attempt: AttemptId; at: Instant; channel: ChannelId; to: string; text: string; optedOut: boolean },
): AttemptEvent[] {
  const known = state.answered.some(
    ({ at, text }) => text === answer.text && Math.abs(answer.at - at) < sameAnswerWithinMs,
  );
  return known ? [] : [{ type: 'attempt.answered', ...answer }];
}
