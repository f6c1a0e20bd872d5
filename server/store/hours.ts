// Hours as they are kept and as REST shows them become those of the rules.
import type { CallingHours as CallingHoursSetting, Hours } from '../../contract/rest/hours.ts';
import type { CallingHours, HoursWindow } from '../domain/campaigns/campaign.ts';
import type { HoursRules, PlaceHours } from '../domain/contacts/hours-rules.ts';

export function hoursOf({ clock, windows, closed_dates }: Hours): CallingHours {
  return { clock, windows: windows.map(windowOf), closedDates: closed_dates };
}

export function hoursRulesOf(setting: CallingHoursSetting): HoursRules {
  const hours = (given: CallingHoursSetting[string]['calls']): PlaceHours | null | undefined =>
    given && {
      windows: given.windows.map(windowOf),
      closedOnHolidays: given.public_holidays === 'closed',
      closedDates: given.closed_dates,
    };
  const rules = Object.entries(setting).map(([country, { calls, messages }]) => {
    const own = {
      ...(calls !== undefined && { calls: hours(calls) }),
      ...(messages !== undefined && { messages: hours(messages) }),
    };
    return [country, own];
  });
  return Object.fromEntries(rules) as HoursRules;
}

function windowOf({ days, from, to }: Hours['windows'][number]): HoursWindow {
  return { days, from: secondOf(from), to: secondOf(to) };
}

function secondOf(clockTime: string): number {
  const [hours, minutes] = clockTime.split(':').map(Number);
  return hours! * 3_600 + minutes! * 60;
}
