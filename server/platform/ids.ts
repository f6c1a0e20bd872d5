import { randomBytes, randomUUID } from 'node:crypto';
import { asKey, type CallId, type LegId } from '../domain/ids.ts';

export const newLegId = (): LegId => asKey<LegId>(randomUUID());

/** 24 hex digits: 8 of the second, so that calls of a day lie together, and 16 of chance. */
export function newCallId(epochMs: number): CallId {
  const second = Math.floor(epochMs / 1_000);
  return asKey<CallId>(second.toString(16).padStart(8, '0') + randomBytes(8).toString('hex'));
}
