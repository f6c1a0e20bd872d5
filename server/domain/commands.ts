// What a decision wants: of the voice engine, whose port (channels/voice/engine.ts) takes these as they are, and of
// customers' URLs.
import type { CallId, ExtensionId, LegId, TrunkId } from './ids.ts';
import type { IvrCommand } from './ivr/commands.ts';

export interface CallerId {
  number: string;
  name: string | null;
}

/** Where a leg is placed to. Whether the trunk or phone is a sandbox, the engine knows from its provisioning. */
export type Destination = { kind: 'trunk'; trunk: TrunkId; number: string } | { kind: 'phone'; extension: ExtensionId };

export type VoiceCommand =
  /** `leg` is chosen by us and is how everything else names it. Without an answer in `ringForMs` the engine
   *  hangs up by itself (Q.850 19). `autoAnswer`: the phone is asked to pick up at once. A trunk or phone that is not
   *  provisioned (any more): hungUp with Q.850 3 by `engine`. An id that lives rejects with `voice.command_failed`. */
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
  /** Ends with the fact `played`. `playback` may be taken again once it was told to stop. `sound` is a name in the
   *  engine's sound folders, or `tone:ring|busy|congestion`. */
  | { do: 'play'; leg: LegId; playback: string; sound: string }
  | { do: 'stopPlay'; leg: LegId; playback: string }
  /** RFC 4733 digits towards the party. */
  | { do: 'sendDigits'; leg: LegId; digits: string }
  /** The party's own wish (`transferAsked`) is not met: its phone is told so, and goes on talking. */
  | { do: 'declineTransfer'; leg: LegId }
  /** The whole bridge in one WAV file named `recording`. Ends with the fact `recorded`, also when the bridge dissolves. */
  | { do: 'record'; bridge: string; recording: string }
  | { do: 'stopRecord'; recording: string }
  /** `cause`: Q.850: 16 normal, 17 busy, 18/19 no answer, 21 rejected, 26 answered elsewhere, 34 no channel, 38 out of order. */
  | { do: 'hangUp'; leg: LegId; cause: number };

/** A question to a customer's URL, whose answer is the input `ivrAnswered` of that call. */
export type Question = Extract<IvrCommand, { do: 'ask' }> & { call: CallId };

export type Command = VoiceCommand | Question | Extract<IvrCommand, { do: 'giveUpAsking' }>;
