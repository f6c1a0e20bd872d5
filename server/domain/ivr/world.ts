// The space as a run sees it: its sounds and queues, and which numbers may be called by the rules of every call.
import type { Directory } from '../directory.ts';
import { asId, type QueueId } from '../ids.ts';
import { targetOf } from '../targets.ts';
import type { IvrWorld } from './step.ts';

export function worldOf(directory: Directory): IvrWorld {
  return {
    sound: (sound) => directory.sounds.get(sound) ?? null,
    whyNotCalled(number) {
      const target = targetOf(directory, number);
      return target.kind === 'none' ? target.why : null;
    },
    whyNotRung(number) {
      const target = targetOf(directory, number);
      if (target.kind === 'none') return target.why;
      return target.kind === 'phone' || target.kind === 'outside' ? null : 'not_rung';
    },
    hasQueue: (queue) => directory.queues.has(asId<QueueId>(queue)),
    ringTimeoutMs: directory.space.ringTimeoutMs,
  };
}
