import { NewUser, User, UserChanges, UserInput } from '../../../contract/rest/users.ts';
import { users } from '../../store/users.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function userRoutes(app: App, parts: RestParts): void {
  routeResource(app, parts, {
    name: 'users',
    table: users,
    readers: supervisors,
    schemas: { item: User, create: NewUser, replace: UserInput, change: UserChanges },
    inputOf: ({ id: _id, space_id: _space, display_name, ...input }) => ({
      ...input,
      // The default goes on following the names.
      display_name: display_name === `${input.firstname} ${input.surname}` ? null : display_name,
    }),
  });
}
