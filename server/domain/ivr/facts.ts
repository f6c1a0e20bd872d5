// What happened to a call in an IVR: each fact changes the run (run.ts), and together, in their order, they are the
// trace that the call's timeline shows.
import type { ResponseAction } from '../call-interactive/actions.ts';
import type { Problem } from '../call-interactive/problem.ts';
import type { Instant } from '../ids.ts';
import type { ContextId, IvrAction, OptionKey, SoundRef } from './definition.ts';

/** What earlier IVRs have done with the call. */
export interface EarlierIvrs {
  /** How many it has been in. */
  count: number;
  /** Call Interactive requests that they made. */
  rounds: number;
}

/** Of the caller and how he came; it does not change while he is in the IVR. */
export interface IvrCaller {
  /** UUIDs: the leg that is served, and the call's first. */
  legId: string;
  firstLegId: string;
  spaceNumber: string;
  callerExtension: { number: string; id: number } | null;
  did: string | null;
  /** The IVR's own: extended number and id. */
  extension: { number: string; id: number };
  dialled: string;
}

export type OptionCause = 'entered' | 'jumped' | 'digits' | 'invalid' | 'timeout';

/** What digits do that are pressed while a sound plays: they wait until somebody wants them; they cut it short, and the
 *  run goes on at that action of the option, where they are wanted; they stop it and go into a variable. */
export type WhilePlaying =
  | { digits: 'wait' }
  | { digits: 'cut'; goOnAt: number }
  | { digits: 'fill'; variable: string | null };

/** `variable` null: the digits are pressed for nothing. */
export type Gathered = { for: 'option' } | { for: 'variable'; variable: string | null };

export type LeaveCause =
  /** By a hangup action. */
  | 'hung_up'
  | 'transferred'
  | 'queued'
  /** What the caller's digits or his silence lead to is not there. */
  | 'option_missing'
  /** A final transfer reached nobody. */
  | 'not_reached'
  | 'loop'
  | 'caller_gone'
  /** From outside: a limit of time, a supervisor, the end of the server. */
  | 'call_ended';

export type WarningCode =
  | 'missing_sound'
  | 'unknown_target'
  | 'unknown_queue'
  | 'not_a_number'
  | 'too_many_rounds'
  | 'bad_url'
  | 'variables_full'
  | 'sound_did_not_end'
  | 'option_missing'
  | 'loop';

export type IvrFact =
  | {
      type: 'ivr.entered';
      ivr: number;
      name: string;
      version: number;
      caller: IvrCaller;
      callerId: { number: string; name: string | null };
      variables: Readonly<Record<string, string>>;
      /** null: it is the call's first. */
      earlier: EarlierIvrs | null;
    }
  /** `digits`: those that chose it. */
  | { type: 'ivr.option_taken'; context: ContextId; option: OptionKey; cause: OptionCause; digits: string | null }
  | { type: 'ivr.action_begun'; from: 'option'; index: number; action: IvrAction['type'] }
  /** Of the last answer; where it stands in there. */
  | {
      type: 'ivr.action_begun';
      from: 'answer';
      index: number;
      action: ResponseAction['type'];
      line: number;
      column: number;
    }
  | { type: 'ivr.variable_set'; name: string; value: string }
  | { type: 'ivr.caller_id_set'; name: string; number: string }
  /** `sounds`: names for the engine, one after the other. */
  | {
      type: 'ivr.play_started';
      sounds: readonly string[];
      sound: SoundRef;
      pressed: WhilePlaying;
      playback: string;
      until: Instant;
    }
  /** The next of the sounds. */
  | { type: 'ivr.play_went_on'; playback: string; until: Instant }
  /** The same sound from its beginning, because the server or the voice engine was away. */
  | { type: 'ivr.play_began_again'; playback: string; until: Instant }
  /** `goOnAt`: the option's action that digits have led to; null: the next one. */
  | { type: 'ivr.play_ended'; stoppedBy: 'end' | 'digit' | 'limit'; goOnAt: number | null }
  | { type: 'ivr.pause_begun'; until: Instant }
  | { type: 'ivr.pause_ended' }
  /** `most`: ends with so many digits; null: as many as come in time. `ahead`: those that had come already. */
  | { type: 'ivr.gathering'; what: Gathered; most: number | null; ahead: string; until: Instant }
  /** `until`: how long another is waited for; null: it is kept for later. */
  | { type: 'ivr.digit'; digit: string; until: Instant | null }
  | { type: 'ivr.gathered'; digits: string }
  | {
      type: 'ivr.asked';
      request: string;
      method: 'GET' | 'POST';
      url: string;
      body: string | null;
      timeoutMs: number;
      until: Instant;
      /** The filler sound for the engine. */
      filler: string | null;
    }
  | { type: 'ivr.filler_started'; playback: string }
  /** `status` null: no answer. `body`: at most its first 4 KiB. */
  | {
      type: 'ivr.answered';
      request: string;
      status: number | null;
      ms: number;
      body: string;
      error: { code: string; message: string } | null;
      actions: readonly ResponseAction[];
      problems: readonly Problem[];
    }
  | {
      type: 'ivr.transfer_begun';
      numbers: readonly string[];
      final: boolean;
      ringForMs: number;
      earlyMedia: boolean;
    }
  | { type: 'ivr.transfer_ended'; outcome: 'answered' | 'not_answered' }
  /** `line`, `column`: in the last answer; null: the IVR itself is to blame. */
  | { type: 'ivr.warned'; code: WarningCode; message: string; line: number | null; column: number | null }
  | { type: 'ivr.left'; cause: LeaveCause; to: string | null };
