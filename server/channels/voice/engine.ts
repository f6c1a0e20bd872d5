// The voice port: facts in, commands out. The flows know nothing else of telephony.
// Implementations: asterisk/ (real), simulated/ (virtual or real clock). One contract suite: engine.contract.ts.
import type { ExtensionId, Instant, LegId, SpaceId, TrunkId } from '../../domain/ids.ts';

export interface CallerId {
  number: string;
  name: string | null;
}

/** Where a leg is placed to. Whether the trunk or phone is a sandbox, the engine knows from its provisioning. */
export type Destination =
  | { kind: 'trunk'; trunk: TrunkId; number: string }
  | { kind: 'phone'; extension: ExtensionId };

export type VoiceCommand =
  /** `leg` is chosen by us and is how everything else names it. Without an answer in `ringForMs` the engine
   *  hangs up by itself (Q.850 19). `autoAnswer`: the phone is asked to pick up at once. */
  | {
      do: 'originate';
      leg: LegId;
      to: Destination;
      callerId: CallerId;
      ringForMs: number;
      autoAnswer: boolean;
    }
  | { do: 'ring'; leg: LegId }
  | { do: 'answer'; leg: LegId }
  /** Exactly these legs hear each other from now on, in the bridge of that name; made if new. Stops music and
   *  playback on them. A leg that was in another bridge leaves it; a leg of this bridge that is not named leaves it. */
  | { do: 'bridge'; bridge: string; legs: LegId[] }
  /** The bridge is dissolved, its legs live on. A bridge that its last leg has left is dissolved by itself.
   *  What stops something that has stopped already (unbridge, unhold, stopMusic, stopPlay, stopRecord) does nothing. */
  | { do: 'unbridge'; bridge: string }
  /** The party of this leg hears music and is not heard, until `unhold`; it stays a member of its bridge. */
  | { do: 'hold'; leg: LegId }
  | { do: 'unhold'; leg: LegId }
  | { do: 'startMusic'; leg: LegId }
  | { do: 'stopMusic'; leg: LegId }
  /** Ends with the fact `played`. `sound` is a name in the engine's sound folders, or `tone:ring|busy|congestion`. */
  | { do: 'play'; leg: LegId; playback: string; sound: string }
  | { do: 'stopPlay'; leg: LegId; playback: string }
  /** RFC 4733 digits towards the party. */
  | { do: 'sendDigits'; leg: LegId; digits: string }
  /** The whole bridge in one WAV file named `recording`. Ends with the fact `recorded`, also when the bridge dissolves. */
  | { do: 'record'; bridge: string; recording: string }
  | { do: 'stopRecord'; recording: string }
  /** `cause`: Q.850: 16 normal, 17 busy, 18/19 no answer, 21 rejected, 26 answered elsewhere, 34 no channel, 38 out of order. */
  | { do: 'hangUp'; leg: LegId; cause: number };

/** How a leg came in that we did not place. `sandbox`: POST /sandbox/calls or the demo, straight to an extension. */
export type Arrival =
  | { kind: 'sandbox'; dialled: string }
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
  /** The party itself asks for a transfer (SIP REFER); the phone's own call ends by our hangUp. */
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

export interface TrunkSetup {
  id: TrunkId;
  space: SpaceId;
  type: 'sip' | 'sandbox';
  host: string | null;
  port: number;
  username: string | null;
  password: string | null;
  matchAddresses: string[];
  dids: string[];
}

export interface PhoneSetup {
  extension: ExtensionId;
  space: SpaceId;
  number: string;
  displayName: string;
  /** A phone that nobody holds: answers by itself, as a sandbox subscriber ending in 01 does. */
  sandbox: boolean;
  /** SIP credentials; null for a sandbox phone. */
  username: string | null;
  password: string | null;
}

/** All trunks and phones that the engine has to know: the desired state, applied as differences. */
export interface VoiceSetup {
  trunks: TrunkSetup[];
  phones: PhoneSetup[];
}

/** A caller who is no person rings in (POST /sandbox/calls). */
export interface SandboxCall {
  leg: LegId;
  space: SpaceId;
  from: CallerId;
  /** A DID of a sandbox trunk, or an extension's number. */
  to: { kind: 'did'; trunk: TrunkId; did: string } | { kind: 'extension'; number: string };
  /** Pressed so long after he was answered. */
  digits: { atMs: number; digits: string }[];
  /** Counted from his ringing in, answered or not; null: never by himself. */
  hangUpAfterMs: number | null;
}

export type Unsubscribe = () => void;

export interface VoiceEngine {
  /** Settles when the engine has taken the command, not when it has happened. A command for a leg that is gone
   *  rejects with `voice.leg_gone`; while the engine is down with `voice.engine_down`. */
  send(command: VoiceCommand): Promise<void>;
  on(listener: (fact: VoiceFact) => void): Unsubscribe;
  /** Replaces what the engine knows of trunks and phones; running calls are not touched. Kept over an engine restart. */
  provision(setup: VoiceSetup): Promise<void>;
  /** Puts a sandbox caller on the line; he arrives as an `arrived` fact with that leg. Rejects with
   *  `call.unknown_target` when `to` is no DID of a provisioned sandbox trunk (extensions' numbers are not checked). */
  ringIn(call: SandboxCall): Promise<void>;
  /** Connects; the first fact is `up`. */
  start(): Promise<void>;
  /** Leaves running legs alone: hanging up is the flows' decision. */
  close(): Promise<void>;
}
