import { NewQueue, Queue, QueueChanges, QueueInput } from '../../../contract/rest/queues.ts';
import { queues } from '../../store/queues.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function queueRoutes(app: App, parts: RestParts): void {
  routeResource(app, parts, {
    name: 'queues',
    table: queues,
    readers: supervisors,
    schemas: { item: Queue, create: NewQueue, replace: QueueInput, change: QueueChanges },
    inputOf: ({ id: _id, space_id: _space, ...input }) => input,
  });
}
