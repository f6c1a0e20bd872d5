// The dialog webhooks as they cross the wire, keys in the order in which they are sent. A dialog is one party's side of a
// call. What is not known is null; only `tenant_user` and `project` (consultant) and `anonymous` (contact) depend on whose
// dialog it is.
import { z } from 'zod';

/** `YYYY-MM-DD HH:mm:ss`, in UTC unless said otherwise. */
const moment = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
const uuid = z.string();
/** Digits with country code, without plus; `*` and `#` of internal numbers stay. */
const number = z.string().regex(/^[0-9*#]+$/);
const text = z.string();
const hexId = z.string();
const id = z.int();

export const dialogEventNames = [
  'dialog_create',
  'dialog_state_update',
  'dialog_close',
  'dialog_hold',
  'dialog_unhold',
  'voice_campaign_request_closed',
  'voice_campaign_request_consultant_retry',
] as const;
export type DialogEventName = (typeof dialogEventNames)[number];

export const dialogState = z.enum(['ringing', 'alerting', 'answered', 'talking']);
/** HANGUP: this party hung up; DIALOG_LEFT: the other one did; the others: it was never reached. */
export const dialogCloseCause = z.enum([
  'HANGUP',
  'DIALOG_LEFT',
  'NO_ANSWER',
  'BUSY',
  'REJECTED',
  'CANCELED',
  'FAILED',
]);
/** Seen from the party: OUTBOUND placed the call, INBOUND was rung by the platform. */
const direction = z.enum(['INBOUND', 'OUTBOUND']);
const applicationType = z.enum(['VOICE_CAMPAIGN', 'EXTERNAL_INBOUND_CALL', 'WEB_USER_CALL']);

/** A request of a voice campaign as it stood; schedule fields (`process_from_date` …) are wall clock of the space. */
export const requestDataSchema = z.strictObject({
  id: hexId,
  created_date: moment,
  voice_campaign_id: hexId,
  voice_campaign_name: text,
  /** As it was imported. */
  contact_number: text,
  current_contact_number: number.nullable(),
  current_contact_name: text.nullable(),
  name: text.nullable(),
  contact_info: text.nullable(),
  contact_identifier: text.nullable(),
  consultant_try: z.int().positive(),
  contact_try: z.int().positive(),
  case_id: text.nullable(),
  case_group: text.nullable(),
  case_state: text.nullable(),
  priority: z.int(),
  process_not_before: moment,
  process_date: text,
  process_from_date: moment.nullable(),
  process_to_date: moment.nullable(),
  process_day: text.nullable(),
  process_time: text,
  /** Seconds since midnight. */
  process_from_time: z.int().nullable(),
  process_to_time: z.int().nullable(),
  process_hours: text.nullable(),
  dialing_method: z.enum(['PREVIEW', 'PROGRESSIVE']),
  project_id: id,
  project_name: text,
  assigned_tenant_user_id: id.nullable(),
  assigned_tenant_user_name: text.nullable(),
  tenant_user_id: id.nullable(),
  tenant_user_name: text.nullable(),
  user_reservation_try: z.int().positive(),
  current_contact_dialog_uuid: uuid.nullable(),
  current_consultant_dialog_uuid: uuid.nullable(),
  custom: z.unknown(),
});

const side = z.enum(['USER', 'CONTACT']);
export const applicationInfoSchema = z.discriminatedUnion('type', [
  z.strictObject({ side, type: z.literal('VOICE_CAMPAIGN'), data: requestDataSchema }),
  z.strictObject({
    side,
    type: z.literal('EXTERNAL_INBOUND_CALL'),
    data: z.strictObject({
      caller_dialog_uuid: uuid,
      caller_contact_address: number.nullable(),
      callee_contact_address: number.nullable(),
    }),
  }),
  z.strictObject({
    side,
    type: z.literal('WEB_USER_CALL'),
    data: z.strictObject({ tenant_user_id: id.nullable(), callee_contact_address: number.nullable() }),
  }),
]);

const event = <T extends 'user_dialog' | 'voice_campaign', N extends DialogEventName>(type: T, name: N) => ({
  event_type: z.literal(type),
  event_name: z.literal(name),
  event_time: moment,
});

/** All null on the dialog of a phone or call that no user or project has. */
const project = z.strictObject({ id: id.nullable(), name: text.nullable() });
const user = {
  id: id.nullable(),
  username: text.nullable(),
  firstname: text.nullable(),
  surname: text.nullable(),
};

const create = <T extends 'CONSULTANT' | 'EXTERNAL', S extends 'alerting' | 'ringing'>(type: T, state: S) => ({
  ...event('user_dialog', 'dialog_create'),
  direction,
  business_direction: direction.nullable(),
  state: z.literal(state),
  dialog_type: z.literal(type),
  dialog_uuid: uuid,
  media: z.tuple([z.literal('audio')]),
  self_target: number.nullable(),
  self_name: text.nullable(),
  peer_target: number.nullable(),
  peer_name: text.nullable(),
  peer_type: z.enum(['SYSTEM', 'CONSULTANT', 'EXTERNAL']).nullable(),
  peer_project_name: text.nullable(),
  peer_username: text.nullable(),
  peer_firstname: text.nullable(),
  peer_surname: text.nullable(),
  from_display_name: z.null(),
  from_display_target: z.null(),
  to_display_name: z.null(),
  to_display_target: z.null(),
  caller_contact_address: number.nullable(),
  callee_contact_address: number.nullable(),
  initial_link_type: z.null(),
  initial_application_info: applicationInfoSchema,
});

export const consultantCreateSchema = z.strictObject({
  ...create('CONSULTANT', 'alerting'),
  tenant_user: z.strictObject({ ...user, display_name: text.nullable() }),
  project,
});
export const contactCreateSchema = z.strictObject({
  ...create('EXTERNAL', 'ringing'),
  anonymous: z.strictObject({ display_name: text.nullable() }),
});

export const stateUpdateSchema = z.strictObject({
  ...event('user_dialog', 'dialog_state_update'),
  dialog_uuid: uuid,
  state: dialogState,
});
/** Of the party who holds. */
export const holdSchema = z.strictObject({ ...event('user_dialog', 'dialog_hold'), dialog_uuid: uuid });
export const unholdSchema = z.strictObject({ ...event('user_dialog', 'dialog_unhold'), dialog_uuid: uuid });

const close = {
  ...event('user_dialog', 'dialog_close'),
  direction,
  business_direction: direction.nullable(),
  from_display_name: z.null(),
  from_display_target: number.nullable(),
  to_display_name: number.nullable(),
  to_display_target: number.nullable(),
  caller_contact_address: z.null(),
  callee_contact_address: z.null(),
  /** A campaign's id is hex, a queue's an integer. */
  initial_application_target_id: z.union([hexId, id]).nullable(),
  initial_application_target_name: text.nullable(),
  initial_application_selection_id: id.nullable(),
  initial_application_selection_name: text.nullable(),
  initial_target_type: applicationType,
  variables: z.record(z.string(), text),
  close_cause: dialogCloseCause,
  dialog_uuid: uuid,
  initial_application_info: applicationInfoSchema,
};

export const consultantCloseSchema = z.strictObject({
  ...close,
  tenant_user: z.strictObject({ ...user, outbound_name: text.nullable(), outbound_number: number.nullable() }),
  project,
});
export const contactCloseSchema = z.strictObject({
  ...close,
  anonymous: z.strictObject({ display_name: text.nullable(), presentation_number: number.nullable() }),
});

export const requestClosedSchema = z.strictObject({
  ...event('voice_campaign', 'voice_campaign_request_closed'),
  data: requestDataSchema,
  dialogs: z.array(uuid),
  call_history: z.array(
    z.strictObject({
      dialog_uuid: uuid,
      created: moment,
      answered: moment.nullable(),
      closed: moment.nullable(),
      close_cause: dialogCloseCause.nullable(),
    }),
  ),
  recording_url: z.url().nullable(),
});
export const consultantRetrySchema = z.strictObject({
  ...event('voice_campaign', 'voice_campaign_request_consultant_retry'),
  data: requestDataSchema,
});

export const dialogBodySchema = z.union([
  consultantCreateSchema,
  contactCreateSchema,
  stateUpdateSchema,
  holdSchema,
  unholdSchema,
  consultantCloseSchema,
  contactCloseSchema,
  requestClosedSchema,
  consultantRetrySchema,
]);

export type DialogState = z.infer<typeof dialogState>;
export type RequestData = z.infer<typeof requestDataSchema>;
export type ApplicationInfo = z.infer<typeof applicationInfoSchema>;
export type ConsultantCreate = z.infer<typeof consultantCreateSchema>;
export type ContactCreate = z.infer<typeof contactCreateSchema>;
export type ConsultantClose = z.infer<typeof consultantCloseSchema>;
export type ContactClose = z.infer<typeof contactCloseSchema>;
export type RequestClosed = z.infer<typeof requestClosedSchema>;
export type ConsultantRetry = z.infer<typeof consultantRetrySchema>;
export type DialogBody = z.infer<typeof dialogBodySchema>;
