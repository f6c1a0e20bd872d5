import { z } from 'zod';
import { statusType } from '../reports.ts';
import { Media, MessageText, Sender } from './broadcasts.ts';
import { HexId } from './campaigns.ts';
import { CallKey, Id, Moment, SpaceOfBody, Text } from './common.ts';

export const NewMessage = z.strictObject({
  media: Media,
  to: z.string().min(1).max(320).describe('a number, national ones are those of the space’s country; mail: an address'),
  text: MessageText.min(1).describe('as it is sent').optional(),
  from: Sender.nullable().default(null),
  subject: z.string().max(1_000).nullable().default(null),
  html: z.string().max(500_000).nullable().default(null),
  document_id: Id.nullable().default(null),
  ref_externe: Text.nullable().default(null),
  priority: z.int().min(0).max(1_000_000).default(0),
  ...SpaceOfBody,
});
export type NewMessage = z.output<typeof NewMessage>;

export const MessageSent = z.object({ call_id: CallKey, contact_id: HexId });

export const Message = z
  .object({
    call_id: CallKey,
    contact_id: HexId,
    broadcast_id: HexId.nullable(),
    space_id: Id,
    media: Media,
    to: z.string(),
    from: z.string().nullable(),
    ref_externe: z.string().nullable(),
    attempt: z.int().describe('1: the first one at this contact'),
    channel_id: Id.nullable(),
    status: z
      .union([statusType, z.literal('unknown')])
      .nullable()
      .describe('as in reports; null: it has not left, or nothing is known yet; unknown: it may have been sent'),
    begun_at: Moment.nullable().describe('null: it waits'),
    statuses: z
      .array(
        z.object({
          at: Moment,
          type: statusType,
          code: z.string().optional(),
          info: z.string().optional(),
        }),
      )
      .describe('oldest first'),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

export const MessagePath = z.object({ call_id: CallKey });
