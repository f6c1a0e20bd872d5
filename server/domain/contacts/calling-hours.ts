// May this contact be disturbed now? The law or custom of his place decides, on his clock, and a broadcast's own hours
// can only narrow it. Sandbox channels and single sends are not asked about.
import type { CallingHours } from '../campaigns/campaign.ts';
import { firstClosed, firstOpen, type Limit, openIn } from '../campaigns/limits.ts';
import { wallAt } from '../campaigns/wall-clock.ts';
import type { Instant } from '../ids.ts';
import type { Media } from './events.ts';
import { holidaysOf } from './holidays.ts';
import { hoursAt, type HoursRules, type PlaceHours } from './hours-rules.ts';
import type { Place } from './place.ts';

/** A broadcast's own: windows of the week, on the contact's clock or the space's. */
export type BroadcastHours = CallingHours;

export type WhyClosed = 'outside_hours' | 'sunday' | 'holiday';
/** `from`: the next opening; null: none within 400 days. */
export type MayContact = { ok: true } | { ok: false; why: WhyClosed; from: Instant | null };

export interface ContactHours {
  place: Place;
  media: Media;
  /** null: those of the place alone. */
  hours: BroadcastHours | null;
  spaceTimeZone: string;
  /** The space's own, before the defaults of hours-rules.ts. */
  rules: HoursRules;
}

export function mayContactAt(about: ContactHours, at: Instant): MayContact {
  const { place, ...rest } = about;
  return openingHours(rest)(place, at);
}

/**
 * The same for many contacts of one broadcast: the next opening is looked for once a place, and remembered as long as
 * it lies ahead. Ask with moments that do not go back.
 */
export function openingHours(about: Omit<ContactHours, 'place'>): (place: Place, at: Instant) => MayContact {
  const known = new Map<string, Known>();
  return (place, at) => {
    const key = `${place.country ?? ''} ${place.zones.join()}`;
    let found = known.get(key);
    if (!found) {
      found = { limits: limitsOf({ ...about, place }), last: null, next: undefined };
      known.set(key, found);
    }
    if (found.last?.at !== at) found.last = { at, answer: answerAt(found, at) };
    return found.last.answer;
  };
}

/** What is known of a place: the last answer, and the next opening, undefined as long as nobody has looked for it. */
interface Known {
  readonly limits: Limit<WhyClosed>[];
  last: { at: Instant; answer: MayContact } | null;
  next: Instant | null | undefined;
}

function answerAt(known: Known, at: Instant): MayContact {
  const why = firstClosed(known.limits, at);
  if (why === null) {
    known.next = undefined;
    return { ok: true };
  }
  if (known.next === undefined || (known.next !== null && known.next <= at)) known.next = firstOpen(known.limits, at);
  return { ok: false, why, from: known.next };
}

function limitsOf({ place, media, hours, spaceTimeZone, rules }: ContactHours): Limit<WhyClosed>[] {
  const contactZones = place.zones.length > 0 ? place.zones : [spaceTimeZone];
  const ofPlace = hoursAt(place.country, media, rules);
  const limits = ofPlace === null ? [] : contactZones.flatMap((zone) => placeLimits(ofPlace, place.country, zone));
  if (hours === null) return limits;
  const zones = hours.clock === 'space' ? [spaceTimeZone] : contactZones;
  return [...limits, ...zones.map((zone) => openIn<WhyClosed>('outside_hours', hours, zone))];
}

/** The most telling reason first. */
function placeLimits(hours: PlaceHours, country: string | null, zone: string): Limit<WhyClosed>[] {
  const limits = [openIn<WhyClosed>('outside_hours', hours, zone)];
  if (!hours.windows.some(({ days }) => days.includes(7))) {
    limits.unshift({ why: 'sunday', zone, marks: [0], isOpen: (at) => wallAt(zone, at).day !== 7 });
  }
  const holidays = country !== null && hours.closedOnHolidays ? holidaysOf(country) : null;
  if (holidays) {
    limits.unshift({ why: 'holiday', zone, marks: [0], isOpen: (at) => !holidays.has(wallAt(zone, at).date) });
  }
  return limits;
}
