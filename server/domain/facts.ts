// What happened at the edge, in the product's language. The port (channels/voice/engine.ts) brings these.
import type { CallerId } from './commands.ts';
import type { ExtensionId, Instant, LegId, SpaceId, TrunkId } from './ids.ts';

/** How a leg came in that we did not place. `sandbox` on a trunk: POST /sandbox/calls or the demo. */
export type Arrival =
  | { kind: 'trunk'; trunk: TrunkId; did: string; sandbox: boolean }
  | { kind: 'phone'; extension: ExtensionId; dialled: string }
  /** A sandbox caller who dialled an extension's number: he came by no trunk. */
  | { kind: 'sandbox'; dialled: string };

/** `by`: who ended the leg: `party` hung up itself, refused or could not be reached; `us`: our hangUp or ring limit;
 *  `engine`: the engine lost it. */
export type HangUpBy = 'party' | 'us' | 'engine';

export type VoiceFact =
  /** A leg that we did not place wants something. The engine keeps it waiting, unanswered and silent. */
  | { type: 'arrived'; at: Instant; space: SpaceId; leg: LegId; via: Arrival; from: CallerId }
  | { type: 'ringing'; at: Instant; leg: LegId }
  | { type: 'earlyMedia'; at: Instant; leg: LegId }
  | { type: 'answered'; at: Instant; leg: LegId }
  | { type: 'digit'; at: Instant; leg: LegId; digit: string; durationMs: number | null }
  /** The party itself pressed hold. */
  | { type: 'held'; at: Instant; leg: LegId }
  | { type: 'unheld'; at: Instant; leg: LegId }
  /** The party itself asks for a transfer (SIP REFER); the phone's own call ends by our hangUp, unless we decline. */
  | { type: 'transferAsked'; at: Instant; leg: LegId; to: string }
  | { type: 'played'; at: Instant; leg: LegId; playback: string }
  | { type: 'recorded'; at: Instant; recording: string; durationMs: number | null }
  /** The last fact of a leg, exactly once for every leg that ever was, also for an originate that failed.
   *  `q850`: null when the engine did not say. */
  | { type: 'hungUp'; at: Instant; leg: LegId; q850: number | null; by: HangUpBy }
  /** A phone counts as unreachable until this; told for every reachable phone after each `up`, and when provisioned
   *  (sandbox phones always are reachable). */
  | { type: 'phoneReachable'; at: Instant; space: SpaceId; extension: ExtensionId; reachable: boolean }
  /** The connection to the engine is lost; its legs may live on. No command is taken until `up`. */
  | { type: 'down'; at: Instant }
  /** (Re)connected, everything provisioned; `legs` are all that live now. Legs that died meanwhile get no `hungUp`. */
  | { type: 'up'; at: Instant; legs: LiveLeg[] };

export interface LiveLeg {
  leg: LegId;
  answered: boolean;
  /** The bridge it is in, by our name. */
  bridge: string | null;
}
