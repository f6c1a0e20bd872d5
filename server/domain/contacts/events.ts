// What becomes of one attempt to reach a contact: the facts that reports tell. An attempt's stream begins with
// `attempt.begun`, appended before anything is submitted, so that nothing is ever sent twice by a crash.
import type { AttemptId, BroadcastId, ChannelId, ContactId, Instant } from '../ids.ts';

export const mediaKinds = ['sms', 'mms', 'mail', 'fax', 'call'] as const;
export type Media = (typeof mediaKinds)[number];

/** Whom, for whom, by whom; frozen when the attempt begins. */
export interface AttemptFacts {
  media: Media;
  /** null: a single send. */
  broadcast: BroadcastId | null;
  contact: ContactId;
  /** E.164 with plus; for mail the address. */
  to: string;
  /** What the contact sees and answers to: a number, a short code, a name, an address; null: the carrier's own. */
  from: string | null;
  /** The customer's own reference of the contact. */
  refExterne: string | null;
  /** 1 for the first attempt at this contact. */
  number: number;
  /** null: by a trunk. */
  channel: ChannelId | null;
  /** As reports name the space, and whose clock they show. */
  username: string;
  timeZone: string;
  /** Of a broadcast that does not want it: no report tells RECEIVED or ANSWERED of an MMS or a mail. */
  extended?: false;
}

/** Who answered a call, as far as it can be heard. */
export type AnsweredBy = 'unknown' | 'fax' | 'machine' | 'human';

/** How a broadcast's call ended. */
export interface ScenarioResult {
  answeredBy: AnsweredBy;
  voicemail: boolean;
  answeredAt: Instant;
  endedAt: Instant;
  termination: 'hangup' | 'completed' | 'transfer' | 'error' | 'aborted';
  /** Nodes of the IVR in order, `context id:option key`; the last one is the result. */
  route: readonly string[];
  transferredTo: string | null;
}

/** `code`: native to the medium: SMPP command_status or the receipt's `err`, SMTP enhanced status, Q.850 cause, T.30 error. */
export interface Failure {
  code: string | null;
  info: string;
}

type OfAttempt<T extends string, Data> = { type: T; attempt: AttemptId; at: Instant } & Data;

export type AttemptEvent =
  /** The intent: from now on it may have been sent. */
  | OfAttempt<'attempt.begun', { about: AttemptFacts }>
  /** Fax: the document can be sent. */
  | OfAttempt<'attempt.converted', { pages: number }>
  /**
   * The carrier took it. `channel`: the one that did, where another than the attempt began with may have; null: by a
   * trunk. `carrierIds`: what its receipts will name, one a part, in the order of the parts. `size`: octets as submitted
   * (mms, mail), `pages` and `timeS` (fax); null: does not apply.
   */
  | OfAttempt<
      'attempt.sent',
      {
        channel: ChannelId | null;
        carrierIds: readonly string[];
        size: number | null;
        pages: number | null;
        timeS: number | null;
      }
    >
  /** A part of a long message has arrived, others not yet: no status of its own. The last one makes attempt.received. */
  | OfAttempt<'attempt.part_received', { carrierId: string }>
  /** The contact's device has it; `at` is the receipt's own date where it says one. */
  | OfAttempt<'attempt.received', {}>
  /** The contact wrote back, to our number or short code `to`. `optedOut`: with a word that asks not to be written to again. */
  | OfAttempt<'attempt.answered', { channel: ChannelId; to: string; text: string; optedOut: boolean }>
  | OfAttempt<'attempt.established', { answeredBy: AnsweredBy }>
  | OfAttempt<'attempt.transferred', { to: string }>
  | OfAttempt<'attempt.ended', { scenario: ScenarioResult }>
  /** It was tried and did not work; `retry`: another attempt at the contact follows. */
  | OfAttempt<'attempt.failed', Failure & { retry: boolean }>
  /** We did not or no longer try: cancelled, opted out, expired, a forbidden number. */
  | OfAttempt<'attempt.aborted', Failure>
  /** A crash or a lost connection hid the carrier's answer: it may have been sent. A receipt or a reply can still say so. */
  | OfAttempt<'attempt.outcome_unknown', { info: string }>;

/** A message that came in and belongs to no attempt. `reply`: 24 lower-case hex digits. */
export type ReplyEvent = {
  type: 'reply.unmatched';
  reply: string;
  at: Instant;
  media: Media;
  channel: ChannelId;
  from: string;
  to: string;
  text: string;
  optedOut: boolean;
};

/** What is known of contacts reached by messages, mails, faxes and broadcast calls. */
export type ContactEvent = AttemptEvent | ReplyEvent;
