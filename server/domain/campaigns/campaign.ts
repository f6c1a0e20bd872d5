// A voice campaign and its requests, as the rules see them.
import type { DialingMethod } from '../campaign-call.ts';
import type { CallId, Instant, LegId, TrunkId, UserId } from '../ids.ts';

export type CampaignState = 'draft' | 'running' | 'paused' | 'done';

/** How an attempt ended without a result given by a consultant. */
export type AttemptOutcome = 'no_answer' | 'busy' | 'rejected' | 'canceled' | 'failed';

export interface RetryRule {
  delayMs: number;
  /** So many attempts may end like that; the next one closes the request. */
  max: number;
}

export interface RetryRules {
  /** `retry`: the consultant asked for another try. */
  after: Record<AttemptOutcome | 'retry', RetryRule>;
  /** Of attempts to reach the contact, whatever their outcome. */
  maxContactTries: number;
  /** How long a request rests after its consultant did not answer his own phone. */
  consultantDelayMs: number;
}

/** Seconds since midnight of the wall clock; `to` is not inside. `days`: 1 Monday … 7 Sunday. */
export interface HoursWindow {
  days: readonly number[];
  from: number;
  to: number;
}

export interface CallingHours {
  /** Whose wall clock. A contact's country with several zones is open where all of them are. */
  clock: 'space' | 'contact';
  windows: readonly HoursWindow[];
  /** `YYYY-MM-DD`: no calls on these days. */
  closedDates: readonly string[];
}

export interface Campaign {
  id: string;
  name: string;
  project: { id: number; name: string; presentationNumber: string | null };
  dialingMethod: DialingMethod;
  state: CampaignState;
  users: readonly UserId[];
  ringForMs: number;
  recorded: boolean;
  /** null: the space's outbound one. */
  trunk: TrunkId | null;
  retry: RetryRules;
  /** null: always. */
  hours: CallingHours | null;
  reservationMs: number;
  dispositionMs: number;
}

/** When a contact may be called: wall clock of the space, as it was set. */
export interface Schedule {
  notBefore: Instant;
  date: 'ANY' | 'RANGE';
  /** `YYYY-MM-DD HH:mm:ss`, both inside; null: without that bound. */
  fromDate: string | null;
  toDate: string | null;
  /** 1 Monday … 7 Sunday; null: every day. */
  days: readonly number[] | null;
  time: 'ANY' | 'RANGE';
  /** Seconds since midnight; `toTime` is not inside. From later than to: over midnight. */
  fromTime: number | null;
  toTime: number | null;
  /** Pieces of the day as `fromTime` and `toTime`; null: all of it. */
  hours: readonly { from: number; to: number }[] | null;
}

/**
 *   waiting ──► reserved ──► calling ──► wrap_up ──► closed
 *      ▲            │           │           │
 *      └────────────┴───────────┴───────────┘   not used in time, not reached, call back later
 */
export type RequestProgress =
  | { state: 'waiting' }
  | { state: 'reserved'; user: UserId; until: Instant }
  | { state: 'calling'; user: UserId; call: CallId; since: Instant }
  /** They have talked; the consultant's result is awaited. */
  | { state: 'wrap_up'; user: UserId; call: CallId; until: Instant }
  | { state: 'closed'; result: string; at: Instant };

export interface CampaignRequest {
  id: string;
  campaign: string;
  createdAt: Instant;
  contactNumber: string;
  /** E.164 digits without plus. */
  number: string;
  name: string | null;
  contactInfo: string | null;
  contactIdentifier: string | null;
  caseId: string | null;
  caseGroup: string | null;
  caseState: string | null;
  priority: number;
  schedule: Schedule;
  /** Only he may take it. */
  assignedTo: UserId | null;
  custom: unknown;
  progress: RequestProgress;
  /** It rests until then: the retry rules say so, or a call back was agreed; null: it does not. */
  restUntil: Instant | null;
  /** `user` null: anyone of the campaign. */
  callback: { at: Instant; user: UserId | null } | null;
  consultantTry: number;
  contactTry: number;
  reservationTry: number;
  attempt: number;
  outcomes: Readonly<Partial<Record<AttemptOutcome | 'retry', number>>>;
}

/** The call of an attempt and the consultant's leg in it. */
export interface PlacedAttempt {
  call: CallId;
  leg: LegId;
}
