// Times of the week at which contacts may be disturbed.
import { z } from 'zod';

export const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be HH:MM, at most 24:00');

const Window = z
  .strictObject({ days: z.array(z.int().min(1).max(7)).min(1).max(7), from: ClockTime, to: ClockTime })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be later than from' })
  .describe('days: 1 Monday … 7 Sunday');

const week = {
  windows: z.array(Window).min(1).max(50),
  closed_dates: z.array(z.iso.date()).max(1_000).default([]).describe('closed on these days'),
};

export const Hours = z.strictObject({
  clock: z.enum(['space', 'contact']).default('space').describe('whose wall clock'),
  ...week,
});
export type Hours = z.output<typeof Hours>;

const PlaceHours = z
  .strictObject({
    ...week,
    public_holidays: z.enum(['open', 'closed']).default('open').describe('of the country; regional ones are not known'),
  })
  .nullable()
  .optional()
  .describe('on the contact’s clock; null: at any time; left out: the default');

/** docs/broadcasts.md has the defaults. */
export const CallingHours = z
  .record(
    z.string().regex(/^([A-Z]{2}|\*)$/, 'must be a country such as FR, or * for all others'),
    z.strictObject({
      calls: PlaceHours.describe('calls and faxes'),
      messages: PlaceHours.describe('SMS and MMS'),
    }),
  )
  .describe('by country: when contacts of broadcasts may be disturbed, in place of the defaults');
export type CallingHours = z.output<typeof CallingHours>;
