import { NewProject, Project, ProjectChanges, ProjectInput } from '../../../contract/rest/projects.ts';
import { projects } from '../../store/projects.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function projectRoutes(app: App, parts: RestParts): void {
  routeResource(app, parts, {
    name: 'projects',
    table: projects,
    readers: supervisors,
    schemas: { item: Project, create: NewProject, replace: ProjectInput, change: ProjectChanges },
    inputOf: ({ id: _id, space_id: _space, ...input }) => input,
  });
}
