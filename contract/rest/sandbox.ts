import { z } from 'zod';
import { CallKey, Dialled, SpaceOfBody, Text } from './common.ts';

export const SandboxCall = z.strictObject({
  from: Dialled,
  from_name: Text.nullable().default(null),
  to: Dialled.describe('a DID of a sandbox trunk, or an extension'),
  digits: z
    .array(
      z.strictObject({
        at_ms: z.int().min(0).max(3_600_000),
        digits: z.string().regex(/^[\d*#A-D]{1,64}$/, 'must be digits, *, # or A to D'),
      }),
    )
    .max(100)
    .default([]),
  hang_up_after_s: z.number().positive().max(86_400).nullable().default(null),
  ...SpaceOfBody,
});

export const SandboxCallMade = z.object({ call_id: CallKey });
