// An IVR's document: what its author writes, exports and imports.
import { z } from 'zod';
import { AnyText, Dialled, Text } from './rest/common.ts';

/** A customer's Jump names contexts by text; a number is taken as its digits. */
const ContextId = z.union([
  z.string().regex(/^[\p{L}\p{N}_.-]{1,64}$/u, 'must be 1 to 64 letters, digits, _ . or -'),
  z.int().min(0),
]);

const OptionKey = z
  .string()
  .regex(/^(start|timeout|invalid|[\d*#]{1,20})$/, 'must be start, timeout, invalid, or digits');

const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be letters, digits and _, no digit first');

/** A sound's `filename`, or its id. */
const SoundRef = z.union([Text, z.int().positive()]);

/** A whole number, or text in which `$name` stands for a variable. */
const NumberOrVariable = z.union([
  z.int().min(0).max(999_999_999),
  z.string().regex(/^(\d{1,9}|\$[A-Za-z_][A-Za-z0-9_]{0,63})$/, 'must be a whole number or a $variable'),
]);

const Filled = AnyText.max(4_096);

const Url = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line');

export const IvrAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('play_sound'), sound: SoundRef }),
  z
    .strictObject({
      type: z.literal('play_digits'),
      digits: z
        .string()
        .regex(/^[\d*#]{1,64}$/, 'must be digits, * and #')
        .optional(),
      variable: VariableName.optional(),
    })
    .refine(({ digits, variable }) => (digits === undefined) !== (variable === undefined), {
      message: 'needs either digits or a variable',
    }),
  z.strictObject({
    type: z.literal('record_digits'),
    variable: VariableName,
    max_digits: z.int().min(1).max(32),
  }),
  z.strictObject({ type: z.literal('set_variable'), name: VariableName, value: Filled }),
  z.strictObject({ type: z.literal('set_caller_id'), name: Filled, number: Filled.min(1) }),
  z.strictObject({ type: z.literal('jump'), context: ContextId, option: OptionKey }),
  z.strictObject({ type: z.literal('transfer'), to: Dialled }),
  z.strictObject({
    type: z.literal('simple_transfer'),
    numbers: z.array(Dialled).min(1).max(50).describe('rung all at once'),
    timeout_s: z.int().min(1).max(600).nullable().default(null).describe('null: the space’s ring_timeout_s'),
    final: z.boolean().default(true).describe('not answered: true ends the call, false goes on'),
  }),
  z.strictObject({ type: z.literal('transfer_from_variable'), variable: VariableName }),
  z.strictObject({
    type: z.literal('queue'),
    queue_id: z.int().positive(),
    priority: NumberOrVariable.nullable().default(null),
    vip_rate: NumberOrVariable.nullable().default(null),
  }),
  z.strictObject({ type: z.literal('pause'), length_s: z.int().min(0).max(3_600) }),
  z.strictObject({
    type: z.literal('call_interactive'),
    url: Url.describe('`$name` in a value of its query stands for a variable'),
    method: z.enum(['GET', 'POST']).default('GET'),
    timeout_s: z.int().min(1).max(15).default(5),
    filler_sound: SoundRef.nullable().default(null).describe('heard until the answer is there'),
  }),
  z.strictObject({ type: z.literal('hangup') }),
]);
export type IvrAction = z.output<typeof IvrAction>;

export const IvrOption = z.strictObject({ key: OptionKey, actions: z.array(IvrAction).max(100) });

export const IvrContext = z.strictObject({
  id: ContextId,
  name: Text.nullable().default(null),
  timeout_ms: z.int().min(100).max(600_000).default(5_000).describe('how long the first digit is waited for'),
  inter_digit_timeout_ms: z.int().min(100).max(60_000).default(2_000),
  digit_len: z.int().min(1).max(20).nullable().default(null).describe('so many digits are an option'),
  options: z.array(IvrOption).max(200),
});

export const ivrDocument = {
  name: Text,
  entry_context: ContextId,
  contexts: z.array(IvrContext).min(1).max(200),
};

export const IvrDocument = z.strictObject(ivrDocument).meta({ id: 'IvrDocument' });
export type IvrDocument = z.output<typeof IvrDocument>;
