import { z } from 'zod';
import { changesOf, Id, SpaceOfBody, Text } from './common.ts';
import { Hours } from './hours.ts';

/** 24 lower-case hex digits. */
export const HexId = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 hex digits');

const delay_s = z.int().min(0).max(31_536_000);
const max = z.int().min(1).max(100);
const rule = (seconds: number, times: number) =>
  z.strictObject({ delay_s: delay_s.default(seconds), max: max.default(times) }).prefault({});

const Retry = z
  .strictObject({
    no_answer: rule(3_600, 3),
    busy: rule(600, 5),
    rejected: rule(86_400, 2),
    canceled: rule(600, 3),
    failed: rule(3_600, 2),
    retry: rule(3_600, 10).describe('a consultant asked for another try'),
    max_contact_tries: z.int().min(1).max(100).default(5).describe('attempts to reach the contact, in all'),
    consultant_delay_s: delay_s.default(30).describe('after a consultant did not answer his own phone'),
  })
  .describe('by outcome: when to try again, and how many attempts may end like that');

const CampaignHours = Hours.describe('when contacts may be called; does not apply to sandbox trunks');

const State = z.enum(['draft', 'running', 'paused', 'done']);

const fields = {
  name: Text,
  project_id: Id,
  dialing_method: z.enum(['PREVIEW', 'PROGRESSIVE']),
  user_ids: z.array(Id).max(10_000).describe('its consultants'),
  priority: z.int().min(0).max(1_000_000).describe('of its requests that name none; the higher comes first'),
  ring_timeout_s: z.int().min(5).max(300),
  recording: z.enum(['off', 'on_demand', 'always']),
  trunk_id: Id.nullable().describe('null: the space’s outbound one'),
  retry: Retry,
  hours: CampaignHours.nullable().describe('null: always'),
  reservation_s: z
    .int()
    .min(10)
    .max(86_400)
    .describe('a request that was taken and not called goes back after so long'),
  disposition_s: z.int().min(10).max(604_800).describe('without a result for so long after the talk it is closed'),
};

export const Campaign = z
  .object({ id: HexId, space_id: Id, created_at: z.iso.datetime(), ...fields, state: State })
  .meta({ id: 'Campaign' });
export type Campaign = z.infer<typeof Campaign>;

export const CampaignInput = z.strictObject({
  ...fields,
  priority: fields.priority.default(200),
  ring_timeout_s: fields.ring_timeout_s.default(30),
  recording: fields.recording.default('off'),
  trunk_id: fields.trunk_id.default(null),
  retry: fields.retry.prefault({}),
  hours: fields.hours.default(null),
  reservation_s: fields.reservation_s.default(300),
  disposition_s: fields.disposition_s.default(900),
  state: State.default('draft'),
});
export type CampaignInput = z.output<typeof CampaignInput>;
export const NewCampaign = CampaignInput.extend(SpaceOfBody);
export const CampaignChanges = changesOf({ ...fields, state: State });
export const CampaignPath = z.object({ id: HexId });
