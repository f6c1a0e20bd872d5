// Claims contacts that are due: those that may be sent now are taken for their attempt, those outside their calling
// hours are put off to the next opening, those that must not be sent are taken to be aborted.
import { type MayContact, openingHours } from '../../domain/contacts/calling-hours.ts';
import type { Media } from '../../domain/contacts/events.ts';
import { howManyNow } from '../../domain/contacts/pacing.ts';
import { placeOf } from '../../domain/contacts/place.ts';
import { fieldsOf, renderText } from '../../domain/contacts/template.ts';
import { textRefusal } from '../../domain/contacts/text-check.ts';
import type { SpaceSettings } from '../../domain/directory.ts';
import { mayDial } from '../../domain/rules/dialable.ts';
import { after, type AttemptId, type ContactId, type Instant, type SpaceId } from '../../domain/ids.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import { type DueContact, lockDue, putOff, take } from '../../store/contact-claims.ts';
import { holdLive, type LiveBroadcast, setPace } from '../../store/live-broadcasts.ts';

/** A taken contact, ready for its attempt. */
export interface Ready {
  contact: DueContact;
  attempt: AttemptId;
  /** null: a single send. */
  broadcast: LiveBroadcast | null;
  text: string;
  from: string | null;
  /** Why it is aborted instead of sent. */
  blocked: Blocked | null;
  /** Nobody looked at his hours and number: it leaves by the sandbox only. */
  forSandbox: boolean;
}

export type Blocked = 'cancelled' | 'opted_out' | 'do_not_call' | 'forbidden_number' | 'empty_text' | 'text_too_long';

export interface Claiming {
  space: SpaceId;
  settings: SpaceSettings;
  /** All channels of highest priority are: no hours apply, and every number may be tried. */
  sandbox: boolean;
  now: Instant;
  limit: number;
  newAttemptId(): AttemptId;
}

export interface Claimed {
  ready: Ready[];
  /** Nobody else looks after them before. */
  heldUntil: Instant;
  /** As many as were asked for: there may be more. */
  full: boolean;
  /** The rate is used up until then; null: it is not. */
  nextAt: Instant | null;
}

/** Nobody says within this time what became of a taken contact, or that he holds it still: his process is gone. */
export const lookAfterMs = 30_000;
/** For hours that never open: somebody may change them. */
const longestRestMs = 86_400_000;
/** Where those who are next may not be contacted now: a slow carrier asks for few, and behind a million others may wait. */
const closedTogether = 1_000;
/** No contact is put off for longer: retries rest a year at most. */
const longestWaitMs = 10 * 366 * 86_400_000;

export async function claimSends(db: Database, media: Media, claiming: Claiming): Promise<Claimed> {
  return await db.transaction(async (tx) => {
    const due = await lockDue(tx, claiming.space, { media }, claiming);
    const ready = due.map((contact) => readyOf(contact, null, claiming));
    const heldUntil = await takeAll(tx, ready, claiming);
    return { ready, heldUntil, full: due.length >= claiming.limit, nextAt: null };
  });
}

/** Of a broadcast that was paused meanwhile: none. */
export async function claimOf(db: Database, broadcast: LiveBroadcast, claiming: Claiming): Promise<Claimed> {
  return await db.transaction(async (tx) => {
    const { now, limit } = claiming;
    const none = { ready: [], heldUntil: now, full: false };
    const held = await holdLive(tx, broadcast);
    const cancelled = held?.state === 'cancelled';
    if (!held || (held.state !== 'running' && !cancelled)) return { ...none, nextAt: null };
    const pace = cancelled ? { ratePerS: null, pacedUntil: null } : held;
    const allowed = howManyNow(pace, limit, now);
    if (allowed.count === 0) return { ...none, nextAt: allowed.nextAt };
    // Whoever is cancelled is told now, whatever he waits for.
    const until = cancelled ? after(now, longestWaitMs) : now;
    const mayContact =
      cancelled || claiming.sandbox ? () => ({ ok: true }) as MayContact : hoursFor(broadcast, claiming);
    const look = { until, now, mayContact };
    let { full, open } = await lookAtDue(tx, broadcast, { ...look, limit: allowed.count });
    if (full && open.length === 0) {
      const limit = Math.max(closedTogether, allowed.count);
      ({ full, open } = await lookAtDue(tx, broadcast, { ...look, limit }));
    }
    const state = cancelled ? 'cancelled' : 'running';
    const ready = open.slice(0, allowed.count).map((contact) => readyOf(contact, { ...broadcast, state }, claiming));
    const heldUntil = await takeAll(tx, ready, claiming);
    const used = howManyNow(pace, ready.filter(({ blocked }) => blocked === null).length, now);
    if (used.pacedUntil !== null && pace.ratePerS !== null) await setPace(tx, broadcast, used.pacedUntil);
    const more = full || open.length > ready.length;
    return { ready, heldUntil, full: more, nextAt: more ? allowed.nextAt : null };
  });
}

/** Those due by `until` whom one may contact now; the others are put off. `full`: there may be more. */
async function lookAtDue(
  tx: Transaction,
  { space, id }: LiveBroadcast,
  look: { until: Instant; now: Instant; limit: number; mayContact: (contact: DueContact) => MayContact },
): Promise<{ full: boolean; open: DueContact[] }> {
  const { until, now, limit, mayContact } = look;
  const due = await lockDue(tx, space, { broadcast: id }, { now: until, limit });
  const open: DueContact[] = [];
  const closed: { contact: ContactId; until: Instant }[] = [];
  for (const contact of due) {
    const may = mayContact(contact);
    if (may.ok) open.push(contact);
    else closed.push({ contact: contact.id, until: may.from ?? after(now, longestRestMs) });
  }
  await putOff(tx, space, closed);
  return { full: due.length >= limit, open };
}

function hoursFor({ media, hours }: LiveBroadcast, { settings, now }: Claiming): (contact: DueContact) => MayContact {
  const { timeZone: spaceTimeZone, callingHours: rules } = settings;
  const isOpen = openingHours({ media, hours, spaceTimeZone, rules });
  return (contact) => isOpen(placeOf(contact.address), now);
}

function readyOf(contact: DueContact, broadcast: LiveBroadcast | null, claiming: Claiming): Ready {
  const { refExterne, fields, address, content } = contact;
  const text = broadcast
    ? renderText(broadcast.text, fieldsOf({ address, refExterne, fields }))
    : (content?.text ?? '');
  return {
    ...{ contact, broadcast, text, forSandbox: claiming.sandbox },
    attempt: contact.attempt ?? claiming.newAttemptId(),
    from: broadcast ? broadcast.sender : (content?.from ?? null),
    blocked: broadcast?.state === 'cancelled' ? 'cancelled' : blockOf(contact, text, claiming),
  };
}

function blockOf({ forbidden, media, address }: DueContact, text: string, claiming: Claiming): Blocked | null {
  const { settings, sandbox } = claiming;
  if (forbidden) return forbidden;
  if (media !== 'mail' && !mayDial(address, settings, { sandbox }).ok) return 'forbidden_number';
  return media === 'sms' ? textRefusal(text, settings.maxSmsParts) : null;
}

/** Until when they are held. */
async function takeAll(tx: Transaction, ready: readonly Ready[], { space, now }: Claiming): Promise<Instant> {
  const taking = ready.map(({ contact, attempt }) => ({ contact: contact.id, attempt }));
  const heldUntil = after(now, lookAfterMs);
  await take(tx, space, taking, heldUntil);
  return heldUntil;
}
