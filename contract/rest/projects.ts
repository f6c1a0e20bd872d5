import { z } from 'zod';
import { changesOf, Id, PhoneNumber, SpaceOfBody, Text } from './common.ts';

const fields = {
  name: Text,
  presentation_number: PhoneNumber.nullable().describe('what the contact’s phone shows'),
};

export const Project = z.object({ id: Id, space_id: Id, ...fields }).meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

export const ProjectInput = z.strictObject({
  ...fields,
  presentation_number: fields.presentation_number.default(null),
});
export type ProjectInput = z.output<typeof ProjectInput>;
export const NewProject = ProjectInput.extend(SpaceOfBody);
export const ProjectChanges = changesOf(fields);
