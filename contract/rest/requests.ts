import { z } from 'zod';
import { HexId } from './campaigns.ts';
import { AnyText, CallKey, changesOf, Id, IdText, Moment, PageQuery, Text } from './common.ts';

const WallMoment = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'must be YYYY-MM-DD HH:MM:SS')
  .refine((text) => new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10)), {
    message: 'must be a day of the calendar',
  });
const dayName = '(MON|TUE|WED|THU|FRI|SAT|SUN)';
const SecondOfDay = z.int().min(0).max(86_400);
const Info = AnyText.max(4_000);

const fields = {
  contact_number: z.string().min(1).max(40).describe('national numbers are those of the space’s country'),
  name: Text.nullable(),
  contact_info: Info.nullable(),
  contact_identifier: Text.nullable(),
  case_id: Text.nullable(),
  case_group: Text.nullable(),
  case_state: Text.nullable(),
  priority: z.int().min(0).max(1_000_000),
  process_not_before: Moment,
  process_date: z.enum(['ANY', 'RANGE']),
  process_from_date: WallMoment.nullable().describe('wall clock of the space, like all that follow'),
  process_to_date: WallMoment.nullable(),
  process_day: z
    .string()
    .regex(new RegExp(`^${dayName}(,${dayName}){0,6}$`), 'must be days such as MON,TUE')
    .nullable(),
  process_time: z.enum(['ANY', 'RANGE']),
  process_from_time: SecondOfDay.nullable().describe('seconds since midnight'),
  process_to_time: SecondOfDay.nullable().describe('earlier than process_from_time: over midnight'),
  process_hours: z
    .string()
    .max(500)
    .regex(
      /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)(,([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00))*$/,
      {
        message: 'must be times such as 09:00-12:00,14:00-18:00',
      },
    )
    .nullable(),
  assigned_user_id: Id.nullable().describe('only this consultant may take it'),
  custom: z.unknown().describe('any JSON'),
};

/** The body of a PATCH. */
export const RequestChanges = changesOf(fields);

/** What a request may be created with; where process_date or process_time is RANGE, its bounds are needed. */
export const NewRequest = z
  .strictObject({
    ...fields,
    name: fields.name.default(null),
    contact_info: fields.contact_info.default(null),
    contact_identifier: fields.contact_identifier.default(null),
    case_id: fields.case_id.default(null),
    case_group: fields.case_group.default(null),
    case_state: fields.case_state.default(null),
    priority: fields.priority.optional().describe('default: the campaign’s'),
    process_not_before: fields.process_not_before.optional().describe('default: now'),
    process_date: fields.process_date.default('ANY'),
    process_from_date: fields.process_from_date.default(null),
    process_to_date: fields.process_to_date.default(null),
    process_day: fields.process_day.default(null),
    process_time: fields.process_time.default('ANY'),
    process_from_time: fields.process_from_time.default(null),
    process_to_time: fields.process_to_time.default(null),
    process_hours: fields.process_hours.default(null),
    assigned_user_id: fields.assigned_user_id.default(null),
    custom: fields.custom.default(null),
  })
  .superRefine((request, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { process_date, process_from_date: from, process_to_date: to } = request;
    if (process_date === 'RANGE' && from === null && to === null) wrong('process_from_date', 'is needed for RANGE');
    if (process_date === 'ANY' && (from ?? to) !== null) wrong('process_date', 'must be RANGE for dates to count');
    if (from !== null && to !== null && from > to) wrong('process_to_date', 'must not be before process_from_date');
    const { process_time, process_from_time, process_to_time } = request;
    if (process_time === 'RANGE') {
      if (process_from_time === null) wrong('process_from_time', 'is needed for RANGE');
      if (process_to_time === null) wrong('process_to_time', 'is needed for RANGE');
      if (process_from_time !== null && process_from_time === process_to_time) {
        wrong('process_to_time', 'must differ from process_from_time');
      }
    } else if ((process_from_time ?? process_to_time) !== null) {
      wrong('process_time', 'must be RANGE for times to count');
    }
  });
export type NewRequest = z.output<typeof NewRequest>;

const RequestState = z.enum(['waiting', 'reserved', 'calling', 'wrap_up', 'closed']);

export const CampaignRequest = z
  .object({
    id: HexId,
    campaign_id: HexId,
    created_at: Moment,
    ...fields,
    state: RequestState,
    due_at: Moment.describe('it rests until then'),
    callback_at: Moment.nullable(),
    callback_user_id: Id.nullable().describe('null: anyone of the campaign'),
    consultant_try: z.int(),
    contact_try: z.int(),
    user_reservation_try: z.int(),
    user_id: Id.nullable().describe('who has reserved it, calls it, or closed it'),
    until: Moment.nullable().describe('end of the reservation, or of the time for a result'),
    call_id: CallKey.nullable().describe('of the newest attempt'),
    result: z.string().nullable(),
    closed_at: Moment.nullable(),
  })
  .meta({ id: 'CampaignRequest' });
export type CampaignRequest = z.infer<typeof CampaignRequest>;

export const RequestQuery = PageQuery.extend({ state: RequestState.optional() });

export const Take = z.strictObject({ user_id: Id });
export const AttemptPlaced = z.object({ call_id: CallKey, consultant_dialog_uuid: z.uuid() });

export const Disposition = z
  .strictObject({
    result: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be a lower-case word')
      .describe('done, callback, retry, or a word of your own, which closes the request'),
    callback_at: Moment.optional(),
    callback_user_id: Id.nullable().optional().describe('left out or null: anyone of the campaign'),
  })
  .superRefine(({ result, callback_at, callback_user_id }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (result === 'callback' && callback_at === undefined) wrong('callback_at', 'is needed for callback');
    if (result !== 'callback' && callback_at !== undefined) wrong('callback_at', 'is for callback only');
    if (result !== 'callback' && callback_user_id !== undefined) wrong('callback_user_id', 'is for callback only');
  });
export type Disposition = z.output<typeof Disposition>;

export const WhyNot = z
  .object({
    callable: z.boolean(),
    why: z.string().nullable().describe('docs/campaigns.md lists them'),
    until: Moment.nullable().describe('when it will be callable; null: unknown, or never'),
  })
  .meta({ id: 'WhyNot' });

export const RequestPath = z.object({ id: HexId, rid: HexId });
export const WhyQuery = z.strictObject({ user_id: IdText.optional() });
