import { z } from 'zod';
import { Media } from './broadcasts.ts';
import { HexId } from './campaigns.ts';
import { AnyText, CallKey, Moment, PageQuery, Text } from './common.ts';
import { Import } from './imports.ts';

/** It goes into texts. */
export const ContactValue = AnyText.max(4_000);
export const ContactColumn = z
  .string()
  .regex(/^(?=.*\S)[^{}\p{Cc}\p{Cs}]{1,100}$/u, 'must be 1 to 100 characters without { }');
/** Of a contact, beside `to`, `ref_externe` and `priority`. */
export const mostColumns = 200;
export const ContactPriority = z.int().min(0).max(1_000_000);

export const Contact = z
  .object({
    id: HexId,
    broadcast_id: HexId.nullable().describe('null: a single send'),
    media: Media,
    to: z.string().describe('E.164 with plus; mail: the address'),
    ref_externe: Text.nullable(),
    fields: z.record(z.string(), z.string()).describe('the other columns'),
    priority: ContactPriority.describe('the higher comes first'),
    state: z.enum(['waiting', 'taken', 'done']).describe('for its attempt; by one that is under way; none follows'),
    due_at: Moment.describe('not before'),
    attempts: z.int(),
    call_id: CallKey.nullable().describe('of the newest attempt'),
    done_reason: z.string().nullable().describe('why no attempt follows: sent, failed, cancelled, opted_out …'),
  })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof Contact>;

export const ContactQuery = PageQuery.extend({
  state: z.enum(['waiting', 'taken', 'done']).optional(),
});

export const ContactImport = Import.extend({
  outside_hours: z.int().min(0).describe('of the accepted: may not be contacted at this hour; they wait for theirs'),
}).meta({ id: 'ContactImport' });
