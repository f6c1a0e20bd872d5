import { z } from 'zod';
import { Id, Moment } from './common.ts';

export const AuditEntry = z
  .object({
    id: z.int(),
    space_id: Id.nullable(),
    at: Moment,
    actor_type: z.enum(['installation_key', 'api_key', 'user', 'system']),
    actor_id: Id.nullable(),
    actor_name: z.string().nullable(),
    address: z.string().nullable().describe('where the request came from'),
    action: z.string().describe('create, replace, change, delete, login …'),
    resource: z.string(),
    resource_id: z.string().nullable(),
    changes: z.unknown().describe('the fields as they were given, secrets left out'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
