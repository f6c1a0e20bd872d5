// The port of every channel that carries messages (SMS; later MMS, mail, fax): a submit goes out, facts come back.
// Adapters live in a folder each (sms/smpp/, sandbox/) and pass one contract suite, message.contract.ts.
import type { Failure, Media } from '../domain/contacts/events.ts';
import type { AttemptId, ChannelId, Instant, SpaceId } from '../domain/ids.ts';

/** A message that is ready to leave. */
export interface OutgoingMessage {
  attempt: AttemptId;
  media: Media;
  /** E.164 with plus; mail: the address. */
  to: string;
  /** null: the carrier's own. */
  from: string | null;
  text: string;
}

/**
 * What the carrier said to a submit.
 * taken: it answers for the message from now on; `carrierIds`: what receipts will name, one a part.
 * refused: it did not take it, and will not; `retryable`: another attempt, later or by another channel, may succeed.
 * not_sent: nothing was put on the wire (no connection, window full for too long, closed): safe to try at once elsewhere.
 * unknown: it was put on the wire, wholly or in part, and no answer came: it may have been sent.
 */
export type SubmitOutcome =
  | { outcome: 'taken'; carrierIds: readonly string[]; size: number | null }
  | ({ outcome: 'refused'; retryable: boolean } & Failure)
  | { outcome: 'not_sent'; info: string }
  | { outcome: 'unknown'; info: string };

/** A delivery receipt. `at`: the receipt's own date, else when it came. */
export interface Receipt {
  kind: 'receipt';
  channel: ChannelId;
  /** As the submit's answer named it, whichever base (hex, decimal) the receipt wrote it in. */
  carrierId: string;
  /** What else it may have been named, while it is not known in which base this carrier writes. */
  otherIds?: readonly string[];
  /** The contact's number, for receipts whose id nobody knows. */
  to: string | null;
  status: 'delivered' | 'failed';
  /** Native code of a failure, `000` and the like included as they came. */
  code: string | null;
  info: string;
  at: Instant;
}

/** A message from a contact, put together from its parts. */
export interface IncomingMessage {
  kind: 'incoming';
  channel: ChannelId;
  media: Media;
  from: string;
  /** Our number or short code. */
  to: string;
  text: string;
  at: Instant;
}

export type MessageFact = Receipt | IncomingMessage;

export type ChannelState = 'connecting' | 'up' | 'down';

export interface ChannelHealth {
  state: ChannelState;
  /** A sentence on what keeps it, or a part of it, from working now; no secrets in it. null: nothing. */
  problem: string | null;
}

export interface MessageChannel extends Readonly<ChannelHealth> {
  readonly id: ChannelId;
  readonly space: SpaceId;
  readonly media: Media;
  /** How many more submits it takes now without waiting; 0 while it is down or throttled. */
  readonly room: number;
  /**
   * Always resolves, within the channel's own limit of time. Never called twice for one attempt by the same flow.
   * `signal`: gives up what has not been put on the wire yet (`not_sent`).
   */
  submit(message: OutgoingMessage, signal: AbortSignal): Promise<SubmitOutcome>;
  /** Connects and keeps connecting until close(). */
  start(): void;
  /** Takes no more, waits for answers under way and disconnects, `limitMs` at most in all; what has no answer then is unknown. */
  close(limitMs: number): Promise<void>;
}

/** How a channel tells its owner. */
export interface ChannelListener {
  /** Resolves when the fact is kept; only then the carrier gets its acknowledgement. Rejects: the carrier is asked to send it again. */
  fact(fact: MessageFact): Promise<void>;
  /** `state` or `room` has grown or changed. */
  changed(): void;
}
