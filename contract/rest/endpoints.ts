import { z } from 'zod';
import { dialogEventNames } from '../dialogs.ts';
import { AnyText, changesOf, Id, Moment, SpaceOfBody } from './common.ts';

/** They belong to the connection (RFC 9110 §7.6.1), to the request line, or to Parley. */
const reservedHeader =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-length|webhook-.*)$/i;

const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be a header name')
  .refine((name) => !reservedHeader.test(name), 'is set by Parley or belongs to the connection');
const HeaderValue = z
  .string()
  .max(4_096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1');

export const RetryConfig = z.strictObject({
  retry_value: z.int().min(0).max(86_400).describe('seconds from the first try to the second'),
  max_retries: z.int().min(0).max(100).describe('tries after the first'),
  backoff_type: z.enum(['multiplier', 'constant']),
  backoff_value: z.number().min(1).max(100).describe('with multiplier: each wait is so many times the one before'),
});
export type RetryConfig = z.infer<typeof RetryConfig>;

export const Subscription = z.strictObject({
  active: z.boolean(),
  filter: z
    .record(AnyText.max(100), z.array(z.union([AnyText.max(200), z.number(), z.boolean(), z.null()])).max(1_000))
    .optional()
    .describe('field of the event → allowed values; all fields have to match'),
});
export type Subscription = z.infer<typeof Subscription>;

const fields = {
  url: AnyText.max(2_048).describe('http or https, without user, password or fragment'),
  format: z.enum(['json', 'xml']).describe('xml: reports only'),
  status_list: z.enum(['full', 'latest']),
  extended: z.boolean(),
  max_items: z.int().min(1).max(500).describe('reports in one request, at most'),
  headers: z
    .record(HeaderName, HeaderValue)
    .refine((headers) => Object.keys(headers).length <= 50, 'must be 50 at most')
    .describe('sent verbatim with each request'),
  retry_enabled: z.union([z.literal(0), z.literal(1), z.boolean()]),
  retry_config: RetryConfig.nullable().describe('null: after 5 s, 30 s, 2 min … about 70 h in all'),
  subscriptions: z
    .partialRecord(z.enum(dialogEventNames), Subscription)
    .nullable()
    .describe('null: every event; an event that is not listed is not sent'),
  concurrency: z.int().min(1).max(100).describe('requests at a time'),
  rate_per_s: z.number().min(0.1).max(10_000).nullable().describe('null: no limit'),
  enabled: z.boolean(),
};
const type = z.enum(['reports', 'dialogs']);

export const Endpoint = z
  .object({
    id: Id,
    space_id: Id,
    type,
    ...fields,
    retry_enabled: z.union([z.literal(0), z.literal(1)]),
    disabled_reason: z
      .enum(['gone', 'failing'])
      .nullable()
      .describe('why the server has disabled it: it answered 410, or three days without a success'),
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof Endpoint>;

export const CreatedEndpoint = Endpoint.extend({
  secret: z.string().describe('to verify signatures with; shown only now'),
}).meta({ id: 'CreatedEndpoint' });

const input = {
  type,
  url: fields.url,
  format: fields.format.default('json'),
  status_list: fields.status_list.default('full'),
  extended: fields.extended.default(true),
  max_items: fields.max_items.default(1),
  headers: fields.headers.default({}),
  retry_enabled: fields.retry_enabled.default(1),
  retry_config: fields.retry_config.default(null),
  subscriptions: fields.subscriptions.default(null),
  concurrency: fields.concurrency.default(16),
  rate_per_s: fields.rate_per_s.default(null),
  enabled: fields.enabled.default(true),
};
export const EndpointInput = z.strictObject(input);
export type EndpointInput = z.output<typeof EndpointInput>;
export const NewEndpoint = z.strictObject({ ...input, ...SpaceOfBody });
export const EndpointChanges = changesOf(fields);

export const USUAL_OVERLAP_H = 24;
/** null: without a body. */
export const NewSecret = z
  .strictObject({
    overlap_h: z.int().min(0).max(720).default(USUAL_OVERLAP_H).describe('hours in which the old secret signs as well'),
  })
  .nullable();
export const CreatedSecret = z.object({
  secret: z.string(),
  old_until: Moment.describe('until then requests carry a signature by the old secret, too'),
});
