import { z } from 'zod';
import { Id, Moment, SpaceOfBody } from './common.ts';

export const Inbox = z
  .object({
    space_id: Id,
    enabled: z.boolean(),
    url: z.string().nullable().describe('for an endpoint’s url; null: not enabled'),
  })
  .meta({ id: 'Inbox' });
export const InboxInput = z.strictObject({ enabled: z.boolean(), ...SpaceOfBody });

export const InboxPath = z.object({ token: z.string().regex(/^[A-Za-z0-9_-]{10,100}$/) });

export const InboxRequest = z
  .object({ id: z.int(), at: Moment, headers: z.record(z.string(), z.string()), body: z.string() })
  .meta({ id: 'InboxRequest' });
export type InboxRequest = z.infer<typeof InboxRequest>;
