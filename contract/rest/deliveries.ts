import { z } from 'zod';
import { CallKey, Id, IdText, Moment, MomentAsked, numberText, PageQuery, SpaceOfBody, SpaceQuery } from './common.ts';

export const DeliveryState = z.enum(['pending', 'delivered', 'dead']);
export type DeliveryState = z.infer<typeof DeliveryState>;

/** Grows with each push; not bounded as other ids are. */
const DeliveryId = z.int().positive();
export const DeliveryPath = z.object({ id: numberText(z.int().positive()) });

export const Delivery = z
  .object({
    id: DeliveryId,
    space_id: Id,
    endpoint_id: Id,
    state: DeliveryState,
    key: z.string().describe('those of one key and endpoint leave one after the other'),
    call_id: z.string().nullable(),
    number: z.string().nullable(),
    event_name: z.string(),
    occurred_at: Moment,
    accepted_at: Moment,
    webhook_id: z.uuid().describe('the header webhook-id, the same on every try and replay'),
    tries_made: z.int(),
    last_status: z.int().nullable().describe('null: no try yet, or no answer'),
    last_error: z.string().nullable(),
    next_try_at: Moment.nullable().describe('null: none is planned, or it is not its turn yet'),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof Delivery>;

export const DeliveryTry = z.object({
  number: z.int(),
  at: Moment,
  status: z.int().nullable().describe('null: no answer'),
  ms: z.int(),
  answer: z.string().nullable().describe('its first 4 KiB'),
  error: z.string().nullable(),
});
export type DeliveryTry = z.infer<typeof DeliveryTry>;

export const DeliveryDetails = Delivery.extend({
  content_type: z.string(),
  body: z.string(),
  tries: z.array(DeliveryTry),
}).meta({ id: 'DeliveryDetails' });
export type DeliveryDetails = z.infer<typeof DeliveryDetails>;

const period = {
  from: MomentAsked.optional().describe('accepted at or after'),
  to: MomentAsked.optional().describe('accepted before'),
};
const Number_ = z.string().regex(/^\+?\d{1,20}$/, 'must be digits, perhaps after a plus');

export const DeliveryQuery = PageQuery.extend({
  endpoint_id: IdText.optional(),
  state: DeliveryState.optional(),
  call_id: CallKey.optional(),
  number: Number_.optional(),
  ...period,
});

export const ReplayInput = z.strictObject({
  filter: z.strictObject({
    endpoint_id: Id.optional(),
    state: z.enum(['delivered', 'dead']).optional().describe('none: both'),
    call_id: CallKey.optional(),
    number: Number_.optional(),
    ...period,
  }),
  cursor: z.string().max(200).optional().describe('next_cursor of the answer before: go on after it'),
  ...SpaceOfBody,
});
export const Replayed = z.object({
  replayed: z.int(),
  more: z.boolean().describe('true: ask again with the cursor, so many are replayed at a time'),
  next_cursor: z.string().nullable(),
});

export const SummaryQuery = SpaceQuery.extend({ endpoint_id: IdText.optional(), ...period });
export const DeliverySummary = z
  .object({ accepted: z.int(), delivered: z.int(), pending: z.int(), dead: z.int() })
  .meta({ id: 'DeliverySummary' });
export type DeliverySummary = z.infer<typeof DeliverySummary>;

export const Retention = z
  .object({
    delivered_days: z.int(),
    undelivered_days: z.int().describe('dead ones, and those that wait for a disabled endpoint'),
  })
  .meta({ id: 'Retention' });
export type Retention = z.infer<typeof Retention>;
export const RetentionInput = z.strictObject({
  delivered_days: z.int().min(1).max(3_650),
  undelivered_days: z.int().min(4).max(3_650),
  ...SpaceOfBody,
});

export const TestResult = z.object({
  delivery_id: DeliveryId,
  state: DeliveryState,
  status: z.int().nullable(),
  ms: z.int().nullable().describe('null: not tried yet, as others come before it'),
  answer: z.string().nullable(),
  error: z.string().nullable(),
});
export type TestResult = z.infer<typeof TestResult>;
