import { z } from 'zod';
import { HexId } from './campaigns.ts';
import { AnyText, changesOf, Id, Moment, MomentAsked, PageQuery, SpaceOfBody, Text } from './common.ts';
import { Hours } from './hours.ts';

export const Media = z.enum(['sms', 'mms', 'mail', 'fax', 'call']);
/** Empty is told by the check, for a draft may lack its text. */
export const MessageText = AnyText.max(10_000).describe('`{{column}}` is the contact’s value of that column');
export const Sender = Text.max(40).describe('what the contact sees and answers to; null: the channel’s own');

const Retry = z.strictObject({
  delays_s: z
    .array(z.int().min(0).max(31_536_000))
    .max(100)
    .default([600])
    .describe('rest after the first, second … attempt; the last one holds for all further'),
  undelivered: z.boolean().default(false).describe('also what the carrier took and could not deliver'),
});

const fields = {
  name: Text,
  from: Sender.nullable(),
  text: MessageText.nullable(),
  subject: AnyText.max(1_000).nullable(),
  html: AnyText.max(500_000).nullable(),
  document_id: Id.nullable(),
  ivr_id: Id.nullable(),
  trunk_id: Id.nullable(),
  starts_at: MomentAsked.nullable().describe('null: as soon as it is started'),
  hours: Hours.nullable().describe('narrow those of the contact’s country; null: only those'),
  rate_per_s: z.number().min(0.01).max(100_000).nullable().describe('null: as fast as the channels take it'),
  max_attempts: z.int().min(1).max(100),
  retry: Retry,
  priority: z.int().min(0).max(1_000_000).describe('the higher comes first where broadcasts share a channel'),
  extended: z.boolean().describe('false: reports tell nobody RECEIVED and ANSWERED of its MMS, RECEIVED of its mail'),
  resend_unknown: z.boolean().describe('an attempt of which nobody knows whether it was sent is made again'),
};

export const BroadcastState = z
  .enum(['draft', 'validating', 'ready', 'scheduled', 'running', 'paused', 'done', 'cancelled'])
  .describe('docs/broadcasts.md says what leads from one to the next');
export type BroadcastState = z.infer<typeof BroadcastState>;

const Problem = z.object({ path: z.string(), message: z.string() });

export const Broadcast = z
  .object({
    id: HexId,
    space_id: Id,
    created_at: Moment,
    media: Media,
    ...fields,
    state: BroadcastState,
    started_at: Moment.nullable(),
    ended_at: Moment.nullable(),
    start_asked_at: Moment.nullable().describe('its start was asked, and its contacts are being looked at'),
    start_errors: z
      .array(Problem)
      .nullable()
      .describe('what the look at its contacts found wrong when it was to be started; null: nothing'),
  })
  .meta({ id: 'Broadcast' });
export type Broadcast = z.infer<typeof Broadcast>;

const count = z.int().min(0);
/** Where contacts and their attempts stand at the moment of the answer. */
export const BroadcastCounts = z.object({
  contacts: count,
  waiting: count.describe('for their first or next attempt'),
  not_due: count.describe('of those that wait: not now, but after a rest or when calling hours begin'),
  under_way: count.describe('an attempt has them'),
  done: count.describe('no attempt follows'),
  attempts: z.record(z.string(), count).describe('by the status of reports; begun, unknown: none yet'),
});

export const BroadcastWithCounts = Broadcast.extend({
  counts: BroadcastCounts,
  why_waiting: z
    .object({ why: z.enum(['no_channel', 'channel_down', 'not_due']), until: Moment.nullable() })
    .nullable()
    .describe('why it sends nothing at the moment although it runs; null: it sends, or does not run'),
}).meta({ id: 'BroadcastWithCounts' });

export const BroadcastInput = z.strictObject({
  media: Media,
  ...fields,
  from: fields.from.default(null),
  text: fields.text.default(null),
  subject: fields.subject.default(null),
  html: fields.html.default(null),
  document_id: fields.document_id.default(null),
  ivr_id: fields.ivr_id.default(null),
  trunk_id: fields.trunk_id.default(null),
  starts_at: fields.starts_at.default(null),
  hours: fields.hours.default(null),
  rate_per_s: fields.rate_per_s.default(null),
  max_attempts: fields.max_attempts.default(1),
  retry: fields.retry.prefault({}),
  priority: fields.priority.default(200),
  extended: fields.extended.default(true),
  resend_unknown: fields.resend_unknown.default(false),
});
export type BroadcastInput = z.output<typeof BroadcastInput>;
export const NewBroadcast = BroadcastInput.extend(SpaceOfBody);
export const BroadcastChanges = changesOf(fields);
export const BroadcastPath = z.object({ id: HexId });
export const BroadcastQuery = PageQuery.extend({ state: BroadcastState.optional(), media: Media.optional() });

const Blocked = z.object({
  cause: z
    .string()
    .describe('opted_out, do_not_call, forbidden_number, or what docs/broadcasts.md says of calling hours'),
  contacts: count,
});

export const BroadcastCheck = z
  .object({
    ok: z.boolean().describe('it can be started'),
    contacts: count.describe('that wait for an attempt'),
    contactable: count.describe('now, or as soon as it is started'),
    blocked: z.array(Blocked).describe('never, as things stand'),
    later: z
      .array(z.object({ cause: z.string(), contacts: count, from: Moment }))
      .describe('outside hours: how many, and when the first of them opens'),
    sms: z
      .object({
        encodings: z.object({ gsm7: count, ucs2: count }).describe('contacts'),
        messages: count.describe('all parts of all texts, a carrier’s bill'),
        most_parts: count,
        example: z.string().nullable().describe('the first contact’s text'),
      })
      .nullable()
      .describe('null: not by SMS'),
    columns: z
      .array(z.object({ name: z.string(), without: count }))
      .describe('columns that the texts name, and how many contacts have no value there'),
    errors: z.array(Problem).describe('what must be changed first'),
    warnings: z.array(Problem).describe('what carriers may refuse; it can be started all the same'),
  })
  .meta({ id: 'BroadcastCheck' });
