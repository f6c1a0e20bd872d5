// What a page of the journal changes in what is known of contact attempts.
import { createHash } from 'node:crypto';
import type { AttemptEvent, ContactEvent, Media, ReplyEvent } from '../../domain/contacts/events.ts';
import type { AttemptId, BroadcastId, ChannelId, Instant } from '../../domain/ids.ts';
import type { AttemptCount, ContactAttempt, KnownStatus } from '../../store/contact-attempts.ts';
import { attemptAfter } from './attempt-history.ts';

export interface RecordedContactEvent {
  event: ContactEvent;
  /** Of its stream. */
  version: number;
}

/** A status to report, and the attempt as it stood then. */
export interface Told {
  attempt: ContactAttempt;
  status: KnownStatus;
}

export interface CarrierMessage {
  channel: ChannelId;
  carrierId: string;
  attempt: AttemptId;
  /** From 1. */
  part: number;
  parts: number;
  at: Instant;
}

export interface ReplyRow {
  id: string;
  media: Media;
  channel: ChannelId;
  at: Instant;
  address: string;
  /** Our number or short code. */
  recipient: string;
  text: string;
  attempt: AttemptId | null;
  optedOut: boolean;
}

export interface PageChanges {
  begun: ReadonlyMap<AttemptId, ContactAttempt>;
  changed: ReadonlyMap<AttemptId, ContactAttempt>;
  /** In the order in which it happened. */
  told: readonly Told[];
  /** How many attempts more, or fewer, are in a status; 0 is left out. */
  counts: readonly { broadcast: BroadcastId; status: AttemptCount; more: number }[];
  carrierMessages: readonly CarrierMessage[];
  replies: readonly ReplyRow[];
}

/** Attempts that have to be known to apply the page. */
export function attemptsBefore(page: readonly RecordedContactEvent[]): AttemptId[] {
  const ids = new Set<AttemptId>();
  const begun = new Set<AttemptId>();
  for (const { event } of page) {
    if (event.type === 'reply.unmatched') continue;
    if (event.type === 'attempt.begun') begun.add(event.attempt);
    else if (!begun.has(event.attempt)) ids.add(event.attempt);
  }
  return [...ids];
}

export function changesOfPage(
  before: ReadonlyMap<AttemptId, ContactAttempt>,
  page: readonly RecordedContactEvent[],
): PageChanges {
  const begun = new Map<AttemptId, ContactAttempt>();
  const changed = new Map<AttemptId, ContactAttempt>();
  const told: Told[] = [];
  const carrierMessages: CarrierMessage[] = [];
  const replies: ReplyRow[] = [];
  for (const { event, version } of page) {
    if (event.type === 'reply.unmatched') {
      replies.push(unmatched(event));
      continue;
    }
    const known = begun.get(event.attempt) ?? changed.get(event.attempt) ?? before.get(event.attempt);
    const step = attemptAfter(known, event, version);
    if (!step) continue;
    const { attempt } = step;
    (event.type === 'attempt.begun' || begun.has(attempt.id) ? begun : changed).set(attempt.id, attempt);
    if (step.told) told.push({ attempt, status: step.told });
    if (event.type === 'attempt.sent') carrierMessages.push(...carrierMessagesOf(attempt, event));
    if (event.type === 'attempt.answered') replies.push(matched(attempt, event));
  }
  const counts = countChanges(before, begun, changed);
  return { begun, changed, told, counts, carrierMessages, replies };
}

function countChanges(
  before: ReadonlyMap<AttemptId, ContactAttempt>,
  begun: ReadonlyMap<AttemptId, ContactAttempt>,
  changed: ReadonlyMap<AttemptId, ContactAttempt>,
): PageChanges['counts'] {
  const counts = new Map<string, { broadcast: BroadcastId; status: AttemptCount; more: number }>();
  const count = ({ about: { broadcast }, status: current }: ContactAttempt, more: number) => {
    if (broadcast === null) return;
    const status = current ?? 'begun';
    const key = `${broadcast} ${status}`;
    counts.set(key, { broadcast, status, more: (counts.get(key)?.more ?? 0) + more });
  };
  for (const attempt of begun.values()) count(attempt, 1);
  for (const attempt of changed.values()) {
    count(before.get(attempt.id)!, -1);
    count(attempt, 1);
  }
  return [...counts.values()].filter(({ more }) => more !== 0);
}

function carrierMessagesOf(
  { id }: ContactAttempt,
  { channel, carrierIds, at }: Extract<AttemptEvent, { type: 'attempt.sent' }>,
): CarrierMessage[] {
  if (channel === null) return [];
  const parts = carrierIds.length;
  return carrierIds.map((carrierId, index) => ({ channel, carrierId, attempt: id, part: index + 1, parts, at }));
}

function matched(
  { id, about, version }: ContactAttempt,
  { at, channel, to: recipient, text, optedOut }: Extract<AttemptEvent, { type: 'attempt.answered' }>,
): ReplyRow {
  const { media, to: address } = about;
  // The same whoever applies the page.
  const reply = createHash('sha256').update(`${id}:${version}`).digest('hex').slice(0, 24);
  return { id: reply, media, channel, at, address, recipient, text, attempt: id, optedOut };
}

function unmatched({ reply: id, media, channel, at, from, to, text, optedOut }: ReplyEvent): ReplyRow {
  return { id, media, channel, at, address: from, recipient: to, text, attempt: null, optedOut };
}
