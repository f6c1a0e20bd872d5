import { z } from 'zod';
import { Media } from './broadcasts.ts';
import { HexId } from './campaigns.ts';
import { AnyText, CallKey, Id, IdText, Moment, PageQuery, SpaceOfBody, Text } from './common.ts';

export const Reply = z
  .object({
    id: HexId,
    space_id: Id,
    media: Media,
    channel_id: Id.nullable(),
    at: Moment,
    from: z.string().describe('the contact'),
    to: z.string().describe('our number or short code'),
    text: z.string(),
    call_id: CallKey.nullable().describe('the attempt that it answers; null: none within the space’s reply window'),
    opted_out: z.boolean(),
  })
  .meta({ id: 'Reply' });
export type Reply = z.infer<typeof Reply>;

export const ReplyQuery = PageQuery.extend({
  matched: z.enum(['true', 'false']).optional(),
  from: z.string().min(1).max(40).optional().describe('of that contact'),
  broadcast_id: HexId.optional(),
  channel_id: IdText.optional(),
});

export const Optout = z
  .object({
    space_id: Id,
    number: z.string().describe('E.164 with plus; mail: the address'),
    media: Media,
    since: Moment,
    reason: Text,
  })
  .meta({ id: 'Optout' });
export type Optout = z.infer<typeof Optout>;

export const NewOptout = z.strictObject({
  number: AnyText.min(1).max(320),
  media: Media.default('sms'),
  reason: Text.default('asked'),
  since: Moment.optional().describe('default: now'),
  ...SpaceOfBody,
});
export const OptoutInput = z.strictObject({ reason: Text.default('asked') });
export const OptoutPath = z.object({ number: AnyText.min(1).max(320) });
/** A number is named in its space, and by media. */
export const OptoutOf = z.strictObject({ media: Media.default('sms'), space_id: IdText.optional() });
export const OptoutQuery = PageQuery.extend({ media: Media.optional(), number: AnyText.min(1).max(320).optional() });
