import { z } from 'zod';
import { changesOf, ExtensionNumber, Id, SpaceOfBody, Text } from './common.ts';

const fields = {
  name: Text,
  strategy: z.enum(['longest_idle', 'round_robin', 'ring_all', 'fewest_calls']),
  user_ids: z.array(Id).max(10_000).describe('its agents, in the order of round robin'),
  ring_timeout_s: z.int().min(1).max(600),
  wrap_up_s: z.int().min(0).max(3_600),
  max_wait_s: z.int().min(1).max(86_400).nullable().describe('null: for ever'),
  overflow_extension: ExtensionNumber.nullable().describe('where a call goes after max_wait_s; null: it is ended'),
  service_level_s: z.int().min(1).max(3_600),
  recording: z.enum(['off', 'on_demand', 'always']),
};

export const Queue = z.object({ id: Id, space_id: Id, ...fields }).meta({ id: 'Queue' });
export type Queue = z.infer<typeof Queue>;

export const QueueInput = z.strictObject({
  ...fields,
  strategy: fields.strategy.default('longest_idle'),
  user_ids: fields.user_ids.default([]),
  ring_timeout_s: fields.ring_timeout_s.default(20),
  wrap_up_s: fields.wrap_up_s.default(0),
  max_wait_s: fields.max_wait_s.default(null),
  overflow_extension: fields.overflow_extension.default(null),
  service_level_s: fields.service_level_s.default(20),
  recording: fields.recording.default('off'),
});
export type QueueInput = z.output<typeof QueueInput>;
export const NewQueue = QueueInput.extend(SpaceOfBody);
export const QueueChanges = changesOf(fields);
