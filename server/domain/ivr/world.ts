// The space as a run sees it: its sounds and queues, and which numbers may be called by the rules of every call.
import type { Directory, PlayableSound } from '../directory.ts';
import { asId, type QueueId } from '../ids.ts';
import { targetOf } from '../targets.ts';
import type { SoundRef } from './definition.ts';
import type { IvrWorld } from './step.ts';

export type { PlayableSound } from '../directory.ts';

/** `sounds`: by filename, and by id. */
export function worldOf(directory: Directory, sounds: ReadonlyMap<SoundRef, PlayableSound>): IvrWorld {
  return {
    sound: (sound) => sounds.get(sound) ?? null,
    whyNotCalled(number) {
      const target = targetOf(directory, number);
      return target.kind === 'none' ? target.why : null;
    },
    hasQueue: (queue) => directory.queues.has(asId<QueueId>(queue)),
    ringTimeoutMs: directory.space.ringTimeoutMs,
  };
}
