import { z } from 'zod';
import { CallKey, Dialled, Id, IdText, Moment, MomentAsked, PageQuery, SpaceOfBody } from './common.ts';

const CallState = z.enum(['ringing', 'ivr', 'queued', 'talking', 'ended']);
const Direction = z.enum(['inbound', 'outbound', 'internal']);
const Outcome = z.enum(['answered', 'abandoned', 'no_answer', 'busy', 'rejected', 'canceled', 'failed']);
const CloseCause = z.enum(['HANGUP', 'DIALOG_LEFT', 'NO_ANSWER', 'BUSY', 'REJECTED', 'CANCELED', 'FAILED']);
const DialogState = z.enum(['created', 'ringing', 'answered', 'talking', 'held', 'closed']);

export const CallLeg = z.object({
  dialog_uuid: z.uuid(),
  side: z.enum(['caller', 'callee']).describe('caller: this party placed the call'),
  party: z.enum(['external', 'agent', 'phone']),
  number: z.string(),
  name: z.string().nullable(),
  user_id: Id.nullable(),
  extension_id: Id.nullable(),
  trunk_id: Id.nullable(),
  state: DialogState,
  close_cause: CloseCause.nullable(),
  created_at: Moment,
  answered_at: Moment.nullable(),
  closed_at: Moment.nullable(),
  talk_s: z.number().nullable().describe('null: it has never talked'),
});

export const Call = z
  .object({
    id: CallKey,
    number: z.int().describe('the supervision stream’s id_call; negative: placed by an agent or the platform'),
    space_id: Id,
    direction: Direction,
    origin: z.enum(['trunk', 'phone', 'rest', 'pushcall', 'sandbox', 'campaign']),
    from: z.string(),
    from_name: z.string().nullable(),
    to: z.string().describe('what was dialled'),
    did: z.string().nullable(),
    trunk_id: Id.nullable(),
    state: CallState,
    queue_id: Id.nullable().describe('the last queue it was in'),
    user_id: Id.nullable().describe('the agent who talks or talked last, or who placed it'),
    created_at: Moment,
    answered_at: Moment.nullable(),
    ended_at: Moment.nullable(),
    wait_s: z.number().nullable().describe('in queues; null: was in none'),
    talk_s: z.number().nullable().describe('null: nobody has talked'),
    outcome: Outcome.nullable().describe('null: it lives'),
    legs: z.array(CallLeg),
    recording: z.string().nullable().describe('its name; null: not recorded'),
  })
  .meta({ id: 'Call' });
export type Call = z.infer<typeof Call>;

export const CallQuery = PageQuery.extend({
  state: z.enum(['live', 'ended']).optional(),
  direction: Direction.optional(),
  user_id: IdText.optional(),
  queue_id: IdText.optional(),
  created_from: MomentAsked.optional(),
  created_to: MomentAsked.optional(),
});

export const NewCall = z.strictObject({ from_user_id: Id, to: Dialled, ...SpaceOfBody });

/** `call_id` is `id` again, as every answer that makes a call names it. */
export const PlacedCall = z.object({
  id: CallKey,
  call_id: CallKey,
  dialog_uuid: z.uuid().nullable().describe('the agent’s own leg'),
});

/** An event of the journal; the fields beside these three are its data, named in snake_case. */
export const TimelineItem = z.looseObject({ seq: z.int(), at: Moment, type: z.string() });
export type TimelineItem = z.infer<typeof TimelineItem>;
export const Timeline = z.object({ items: z.array(TimelineItem) }).meta({ id: 'Timeline' });

export const RecordingInput = z.strictObject({ on: z.boolean() });

export const CallPath = z.object({ id: CallKey });
