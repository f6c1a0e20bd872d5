import { z } from 'zod';
import { Id, Moment, SpaceOfBody, Text } from './common.ts';
import { Role } from './users.ts';

export const ApiKey = z
  .object({ id: Id, space_id: Id, name: Text, role: Role, created_at: Moment })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

export const NewApiKey = z.strictObject({ name: Text, role: Role, ...SpaceOfBody });

export const CreatedApiKey = ApiKey.extend({ key: z.string().describe('shown once') }).meta({ id: 'CreatedApiKey' });
