import { Group, GroupChanges, GroupInput, NewGroup } from '../../../contract/rest/groups.ts';
import { groups } from '../../store/groups.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function groupRoutes(app: App, parts: RestParts): void {
  routeResource(app, parts, {
    name: 'groups',
    table: groups,
    readers: supervisors,
    schemas: { item: Group, create: NewGroup, replace: GroupInput, change: GroupChanges },
    inputOf: ({ name }) => ({ name }),
  });
}
