// The parts that many resources share.
import { z } from 'zod';

const MAX_ID = 2_147_483_647;
export const Id = z.int().positive().max(MAX_ID);

/** A whole number in a path or query: digits, and not what else JavaScript reads as one (` 7`, `0x10`, `1e2`, nothing). */
export function numberText<Whole extends z.ZodType<number>>(whole: Whole) {
  return z.preprocess((text) => (typeof text === 'string' && /^-?\d{1,16}$/.test(text) ? Number(text) : text), whole);
}

export const IdText = numberText(Id);

/** Text that people read: one line of whole characters, so that no log, SIP header or stored JSON is broken by it. */
export const Text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?=.*\S)[^\p{Cc}\p{Cs}]+$/u, 'must be one line that is not blank');

/** Lines, tabs and all, but no NUL and no half of a character: no database of text holds them. */
export const AnyText = z.string().regex(/^[^\0\p{Cs}]*$/u, 'must be text');

/** A subscriber's number: digits, perhaps with a plus. */
export const PhoneNumber = z.string().regex(/^\+?\d{2,20}$/, 'must be 2 to 20 digits, perhaps after a plus');

/** What can be dialled: a number, an extension, an extension of another space as `000*332`. */
export const Dialled = z.string().regex(/^\+?[\d*#]{1,32}$/, 'must be digits, * and #, perhaps after a plus');

export const ExtensionNumber = z.string().regex(/^\d{1,15}$/, 'must be 1 to 15 digits');

/** An extension as it is dialled: alone, or behind the space's code. */
export const DialledExtension = z.string().regex(/^(\d+\*)?\d{1,15}$/, 'must be an extension, as 306 or 000*306');

/** 24 lower-case hex digits. */
export const CallKey = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 hex digits');

export const Moment = z.iso.datetime().describe('ISO 8601, UTC');
/** A moment that somebody asks for, on his own clock. */
export const MomentAsked = z.iso.datetime({ offset: true }).describe('ISO 8601, with Z or an offset');

export const Language = z
  .string()
  .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/, 'must be a language tag such as fr-CA');

/** Which space a new thing is for. Needed from the installation's key only; else it is the caller's own. */
export const SpaceOfBody = { space_id: Id.optional() };

/** Of an action at a thing, which has its space: any other field would be passed over, and is refused. */
export const NoBody = z.strictObject(SpaceOfBody).nullish();

export const IdPath = z.object({ id: IdText });

export const PageQuery = z.strictObject({
  limit: numberText(z.int().min(1).max(500).default(100)),
  cursor: z.string().max(500).optional().describe('next_cursor of the page before'),
  space_id: IdText.optional().describe('for the installation’s key: one space instead of all'),
});
export type PageQuery = z.output<typeof PageQuery>;

/** For paths that name a thing which is unique in its space only. */
export const SpaceQuery = z.strictObject({ space_id: IdText.optional() });

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** On every POST that makes a call. */
export const IdempotencyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 characters without blanks')
    .optional()
    .describe('the same request with the same key is run once, within a day'),
});

/** The body of a PATCH: any of the fields, without their defaults. */
export function changesOf<Shape extends z.ZodRawShape>(fields: Shape) {
  const optional = Object.entries(fields).map(([name, field]) => [name, (field as z.ZodType).optional()]);
  return z.strictObject(Object.fromEntries(optional) as Record<string, z.ZodOptional<z.ZodType>>);
}
