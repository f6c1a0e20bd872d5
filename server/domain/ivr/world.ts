// The space as a run sees it: its sounds and queues, and which numbers may be called by the rules of every call.
import type { Directory } from '../directory.ts';
import { asId, type QueueId } from '../ids.ts';
import { whyNotDialled } from '../rules/dialable.ts';
import { type Target, targetOf } from '../targets.ts';
import type { IvrWorld, WhyNotCalled } from './step.ts';

export function worldOf(directory: Directory): IvrWorld {
  return {
    sound: (sound) => directory.sounds.get(sound) ?? null,
    whyNotCalled(number) {
      return whyNot(directory, targetOf(directory, number));
    },
    whyNotRung(number) {
      const target = targetOf(directory, number);
      return target.kind === 'queue' || target.kind === 'ivr' ? 'not_rung' : whyNot(directory, target);
    },
    hasQueue: (queue) => directory.queues.has(asId<QueueId>(queue)),
    ringTimeoutMs: directory.space.ringTimeoutMs,
  };
}

function whyNot(directory: Directory, target: Target): WhyNotCalled | null {
  if (target.kind === 'none') return target.why;
  return target.kind === 'outside' ? whyNotDialled(directory, target) : null;
}
