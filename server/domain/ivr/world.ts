// The space as a run sees it: its sounds and queues, and which numbers may be called by the rules of every call.
import type { Directory } from '../directory.ts';
import { asId, type QueueId } from '../ids.ts';
import { type Target, targetOf, type WhyNowhere } from '../targets.ts';
import type { IvrWorld } from './step.ts';

export function worldOf(directory: Directory): IvrWorld {
  return {
    sound: (sound) => directory.sounds.get(sound) ?? null,
    whyNotCalled(number) {
      return whyNowhere(targetOf(directory, number));
    },
    whyNotRung(number) {
      const target = targetOf(directory, number);
      return target.kind === 'queue' || target.kind === 'ivr' ? 'not_rung' : whyNowhere(target);
    },
    hasQueue: (queue) => directory.queues.has(asId<QueueId>(queue)),
    ringTimeoutMs: directory.space.ringTimeoutMs,
  };
}

function whyNowhere(target: Target): WhyNowhere | null {
  return target.kind === 'none' ? target.why : null;
}
