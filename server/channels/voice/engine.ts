// The voice port: facts in, commands out. The flows know nothing else of telephony.
// Implementations: asterisk/ (real), simulated/ (virtual or real clock). One contract suite: engine.contract.ts.
import type { CallerId, VoiceCommand } from '../../domain/commands.ts';
import type { LiveLeg, VoiceFact } from '../../domain/facts.ts';
import type { ExtensionId, LegId, SpaceId, TrunkId } from '../../domain/ids.ts';

export type { CallerId, Destination, VoiceCommand } from '../../domain/commands.ts';
export type { Arrival, HangUpBy, LiveLeg, VoiceFact } from '../../domain/facts.ts';

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

/** A sound of a space. */
export interface SoundSetup {
  /** As in `play`: `<folder>/<file>`, drawn once and never given to another sound. */
  name: string;
  durationMs: number;
  /** undefined: it was removed meanwhile. */
  read(): Promise<SoundFiles | undefined>;
}

/** Mono WAV files of 16 bits, 8 and 16 kHz. */
export interface SoundFiles {
  wav8k: Uint8Array;
  wav16k: Uint8Array;
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
  /** Replaces the sounds of all spaces; settles when they can be played, up or not. Rejects when one cannot be kept: the
   *  others can be played, and it may be asked again. A `play` of a sound that is not there ends at once. */
  provideSounds(sounds: readonly SoundSetup[]): Promise<void>;
  /** Puts a sandbox caller on the line; he arrives as an `arrived` fact with that leg. Rejects with
   *  `call.unknown_target` when `to` is no DID of a provisioned sandbox trunk (extensions' numbers are not checked). */
  ringIn(call: SandboxCall): Promise<void>;
  /** All legs that live now, as in the fact `up`. Rejects with `voice.engine_down`. */
  legs(): Promise<LiveLeg[]>;
  /** Connects; the first fact is `up`. */
  start(): Promise<void>;
  /** Leaves running legs alone: hanging up is the flows' decision. */
  close(): Promise<void>;
}
