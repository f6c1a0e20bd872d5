import { z } from 'zod';
import { changesOf, Id, Language, PhoneNumber, Text } from './common.ts';
import { CallingHours } from './hours.ts';

const TimeZone = z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Paris');
const Country = z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters, ISO 3166-1');

const fields = {
  name: Text,
  code: z
    .string()
    .regex(/^\d{1,6}$/, 'must be 1 to 6 digits')
    .describe('prefix of extended extension numbers, such as 000'),
  number: PhoneNumber.nullable(),
  username: z.string().regex(/^[^\s\p{Cc}\p{Cs}]{1,64}$/u, 'must be 1 to 64 characters without blanks'),
  time_zone: TimeZone,
  country: Country,
  locale: Language.nullable(),
  ring_timeout_s: z.int().min(1).max(600),
  reply_window_h: z.int().min(1).max(8_760),
  stop_words: z.array(Text).max(100),
  allowed_prefixes: z
    .array(z.string().regex(/^[1-9]\d{0,14}$/, 'must be digits with country code, without plus'))
    .max(500)
    .describe('what may be called by a real trunk'),
  max_call_s: z.int().min(1).max(86_400).nullable(),
  misses_before_pause: z
    .int()
    .min(0)
    .max(100)
    .describe('an agent who misses so many calls in a row is set on pause; 0: never'),
  calling_hours: CallingHours,
  max_sms_parts: z.int().min(1).max(255).describe('a text that makes more messages than that is refused'),
};

export const Space = z.object({ id: Id, ...fields }).meta({ id: 'Space' });
export type Space = z.infer<typeof Space>;

export const SpaceInput = z.strictObject({
  ...fields,
  number: fields.number.default(null),
  country: Country.optional().describe('default: the country of the time zone'),
  locale: fields.locale.default(null),
  ring_timeout_s: fields.ring_timeout_s.default(30),
  reply_window_h: fields.reply_window_h.default(72),
  stop_words: fields.stop_words.default([]),
  allowed_prefixes: fields.allowed_prefixes.nullable().default(null).describe('default: the own country’s'),
  max_call_s: fields.max_call_s.default(null),
  misses_before_pause: fields.misses_before_pause.default(3),
  calling_hours: fields.calling_hours.default({}),
  max_sms_parts: fields.max_sms_parts.default(10),
});
export type SpaceInput = z.output<typeof SpaceInput>;

export const SpaceChanges = changesOf({ ...fields, allowed_prefixes: fields.allowed_prefixes.nullable() });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
