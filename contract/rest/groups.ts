import { z } from 'zod';
import { changesOf, Id, SpaceOfBody, Text } from './common.ts';

const fields = { name: Text };

export const Group = z.object({ id: Id, space_id: Id, ...fields }).meta({ id: 'Group' });
export type Group = z.infer<typeof Group>;

export const GroupInput = z.strictObject(fields);
export type GroupInput = z.output<typeof GroupInput>;
export const NewGroup = GroupInput.extend(SpaceOfBody);
export const GroupChanges = changesOf(fields);
