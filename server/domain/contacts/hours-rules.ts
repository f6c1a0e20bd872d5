// When contacts may be disturbed, by country and kind of media: defaults, which a space may replace one by one.
// Controls, no legal advice. FR: décret 2022-1313 for calls, the carriers' rules for SMS; US: TSR and TCPA; the others
// are custom.
import type { HoursWindow } from '../campaigns/campaign.ts';
import type { Media } from './events.ts';

export interface PlaceHours {
  windows: readonly HoursWindow[];
  /** Closed on the country's public holidays. */
  closedOnHolidays: boolean;
  /** `YYYY-MM-DD`, closed as well. */
  closedDates: readonly string[];
}

/** Calls and faxes ring; SMS and MMS are read when they come. Mail waits until it is read, and has no hours. */
export type Disturbance = 'calls' | 'messages';

/** By country (ISO 3166-1 alpha-2); `*`: all others. null: at any time. */
export type HoursRules = Readonly<Record<string, Readonly<Partial<Record<Disturbance, PlaceHours | null>>>>>;

const daily = [1, 2, 3, 4, 5, 6, 7];
const hour = 3_600;
const between = (from: number, to: number, days: readonly number[] = daily): PlaceHours => ({
  windows: [{ days, from: from * hour, to: to * hour }],
  closedOnHolidays: false,
  closedDates: [],
});

const weekdays = [1, 2, 3, 4, 5];
const france = {
  calls: {
    windows: [
      { days: weekdays, from: 10 * hour, to: 13 * hour },
      { days: weekdays, from: 14 * hour, to: 20 * hour },
    ],
    closedOnHolidays: true,
    closedDates: [],
  },
  messages: { ...between(10, 20, [1, 2, 3, 4, 5, 6]), closedOnHolidays: true },
};
const elsewhere = between(8, 20);

export const defaultHours: HoursRules = {
  ...Object.fromEntries(['FR', 'GP', 'MQ', 'GF', 'RE', 'YT', 'PM', 'BL', 'MF'].map((country) => [country, france])),
  'US': { calls: between(8, 21), messages: between(8, 21) },
  'GB': { calls: between(8, 21) },
  'PL': { calls: between(8, 20), messages: between(8, 20) },
  'RU': { calls: between(9, 20), messages: between(9, 20) },
  '*': { calls: elsewhere, messages: elsewhere },
};

export function disturbanceOf(media: Media): Disturbance | null {
  switch (media) {
    case 'call':
    case 'fax':
      return 'calls';
    case 'sms':
    case 'mms':
      return 'messages';
    case 'mail':
      return null;
    default:
      return media satisfies never;
  }
}

/** null: at any time. `own`: of the space, before the defaults. */
export function hoursAt(country: string | null, media: Media, own: HoursRules): PlaceHours | null {
  const kind = disturbanceOf(media);
  if (kind === null) return null;
  for (const key of country === null ? ['*'] : [country, '*']) {
    for (const rules of [own, defaultHours]) {
      const hours = rules[key]?.[kind];
      if (hours !== undefined) return hours;
    }
  }
  return null;
}
