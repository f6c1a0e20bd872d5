import { randomBytes, randomUUID } from 'node:crypto';
import { asKey, type AttemptId, type CallId, type LegId } from '../domain/ids.ts';

export const newLegId = (): LegId => asKey<LegId>(randomUUID());

export function newCallId(epochMs: number): CallId {
  return asKey<CallId>(objectId(epochMs));
}

export function newAttemptId(epochMs: number): AttemptId {
  return asKey<AttemptId>(objectId(epochMs));
}

const ofThisProcess = randomBytes(5).toString('hex');
let counted = randomBytes(3).readUIntBE(0, 3);

/**
 * 24 hex digits, as MongoDB's ObjectId: 8 of the second, 10 of the process, 6 that count up. Rows of a time lie together,
 * and in the order in which they were made.
 */
function objectId(epochMs: number): string {
  const second = Math.floor(epochMs / 1_000);
  counted = (counted + 1) & 0xff_ffff;
  return second.toString(16).padStart(8, '0') + ofThisProcess + counted.toString(16).padStart(6, '0');
}
