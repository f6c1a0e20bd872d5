import { z } from 'zod';
import { changesOf, Id, Language, PhoneNumber, SpaceOfBody, Text } from './common.ts';

export const Role = z.enum(['admin', 'supervisor', 'agent']);
export type Role = z.infer<typeof Role>;

export const Username = z.string().regex(/^[^\s\p{Cc}\p{Cs}]{1,64}$/u, 'must be 1 to 64 characters without blanks');
export const Password = z.string().min(1).max(200);

const fields = {
  username: Username,
  firstname: Text,
  surname: Text,
  display_name: Text,
  role: Role,
  groups: z.array(Id).max(500),
  outbound_number: PhoneNumber.nullable(),
  language: Language.nullable(),
  disabled: z.boolean().describe('cannot come in any more; his sessions and streams end'),
};

export const User = z.object({ id: Id, space_id: Id, ...fields }).meta({ id: 'User' });
export type User = z.infer<typeof User>;

const input = {
  ...fields,
  password: Password.describe('write only'),
  display_name: Text.nullable().default(null).describe('default: first name and surname'),
  groups: fields.groups.default([]),
  outbound_number: fields.outbound_number.default(null),
  language: fields.language.default(null),
  disabled: fields.disabled.default(false),
};

export const NewUser = z.strictObject({ ...input, ...SpaceOfBody });
/** Without a password the old one stays. */
export const UserInput = z.strictObject({ ...input, password: input.password.optional() });
export type UserInput = z.output<typeof UserInput>;

export const UserChanges = changesOf({ ...fields, display_name: Text.nullable(), password: Password });
