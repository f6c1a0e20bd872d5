import { z } from 'zod';
import { HexId } from './campaigns.ts';
import { AnyText, Id, Moment, PageQuery, SpaceOfBody, Text } from './common.ts';

export const DoNotCall = z
  .object({
    id: Id,
    space_id: Id,
    number: z.string().describe('E.164 digits'),
    campaign_id: HexId.nullable().describe('null: the whole space'),
    reason: Text.nullable(),
    created_at: Moment,
  })
  .meta({ id: 'DoNotCall' });
export type DoNotCall = z.infer<typeof DoNotCall>;

export const NewDoNotCall = z.strictObject({
  number: AnyText.min(1).max(40),
  campaign_id: HexId.nullable().default(null),
  reason: Text.nullable().default(null),
  ...SpaceOfBody,
});

export const DoNotCallQuery = PageQuery.extend({
  number: AnyText.min(1).max(40).optional(),
  campaign_id: HexId.optional(),
});
