// Carriers of messages. What a type needs to connect is in `settings`; what is secret there is never shown.
import { z } from 'zod';
import { Id, changesOf, SpaceOfBody, Text } from './common.ts';
import { SmppSettings } from './smpp-settings.ts';

/** mms and mail by the sandbox only, until there are channels of these types. */
const Media = z.enum(['sms', 'mms', 'mail']);
const common = {
  name: Text,
  priority: z.int().min(0).max(1_000_000).describe('the highest that is up is taken first'),
  enabled: z.boolean(),
};
const SandboxSettings = z.strictObject({ from: SmppSettings.shape.from });

export const channelTypes = ['smpp', 'mm7', 'smtp', 'sandbox'] as const;

export const Channel = z
  .object({
    id: Id,
    space_id: Id,
    media: Media,
    type: z.enum(channelTypes),
    ...common,
    settings: z.record(z.string(), z.unknown()).describe('without its passwords'),
    state: z
      .enum(['connecting', 'up', 'down'])
      .nullable()
      .describe('null: it is not enabled, or has not been taken into use yet'),
    problem: z.string().nullable().describe('what keeps it, or one of its connections, from working now'),
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;

const commonInput = { ...common, priority: common.priority.default(0), enabled: common.enabled.default(true) };
const smpp = {
  media: z.literal('sms').default('sms'),
  type: z.literal('smpp'),
  ...commonInput,
  settings: SmppSettings,
};
const sandbox = {
  media: Media,
  type: z.literal('sandbox'),
  ...commonInput,
  settings: SandboxSettings.prefault({}),
};

const ofKnownType = { error: 'must be smpp or sandbox: this release does not send by mm7 or smtp yet' };

export const ChannelInput = z.discriminatedUnion('type', [z.strictObject(smpp), z.strictObject(sandbox)], ofKnownType);
export type ChannelInput = z.output<typeof ChannelInput>;
export const NewChannel = z.discriminatedUnion(
  'type',
  [z.strictObject({ ...smpp, ...SpaceOfBody }), z.strictObject({ ...sandbox, ...SpaceOfBody })],
  ofKnownType,
);
export const ChannelChanges = changesOf({ ...common, settings: z.record(z.string(), z.unknown()) });
