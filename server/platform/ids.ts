import { randomBytes, randomUUID } from 'node:crypto';
import { asKey, type AttemptId, type CallId, type LegId } from '../domain/ids.ts';

export const newLegId = (): LegId => asKey<LegId>(randomUUID());

export function newCallId(epochMs: number): CallId {
  return asKey<CallId>(objectId(epochMs));
}

export function newAttemptId(epochMs: number): AttemptId {
  return asKey<AttemptId>(objectId(epochMs));
}

/** 24 hex digits: 8 of the second, so that those of a day lie together, and 16 of chance. */
function objectId(epochMs: number): string {
  const second = Math.floor(epochMs / 1_000);
  return second.toString(16).padStart(8, '0') + randomBytes(8).toString('hex');
}
