// What the exchange keeps of living calls, and who hears what in them.
import type { LegId } from '../../../domain/ids.ts';
import type { Timer } from '../../../platform/clock.ts';
import type { Party } from './party.ts';

export interface Leg {
  id: LegId;
  party: Party;
  /** We placed it; else the party called us. */
  placed: boolean;
  answered: boolean;
  /** The party can be heard: he has answered, or sends early media. */
  audible: boolean;
  ringTone: boolean;
  music: boolean;
  /** By our `hold`. */
  held: boolean;
  /** The party pressed hold itself. */
  holding: boolean;
  /** The first one plays, the others wait for their turn. */
  playbacks: Playback[];
  bridge: Bridge | null;
  ringLimit: Timer | null;
}

export interface Playback {
  playback: string;
  sound: string;
  /** null: it waits for its turn, or plays until stopped. */
  end: Timer | null;
}

export interface Bridge {
  name: string;
  legs: Set<Leg>;
  /** Name → when it began, epoch ms. */
  recordings: Map<string, number>;
}

/** What reaches the ear of a party. `legs`: in no particular order; never empty. */
export type Heard =
  | { what: 'nothing' }
  | { what: 'ringing' }
  | { what: 'music' }
  | { what: 'sound'; playback: string; sound: string }
  | { what: 'parties'; legs: LegId[] };

export function heardBy(leg: Leg): Heard {
  if (leg.holding) return { what: 'nothing' };
  const playing = leg.playbacks[0];
  if (playing) return { what: 'sound', playback: playing.playback, sound: playing.sound };
  if (leg.held || leg.music) return { what: 'music' };
  if (leg.ringTone) return { what: 'ringing' };
  const legs = [...(leg.bridge?.legs ?? [])].filter((other) => other !== leg && isHeard(other)).map(({ id }) => id);
  return legs.length > 0 ? { what: 'parties', legs } : { what: 'nothing' };
}

function isHeard(leg: Leg): boolean {
  return leg.audible && !leg.held && !leg.holding;
}
