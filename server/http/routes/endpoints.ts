import {
  CreatedEndpoint,
  CreatedSecret,
  type Endpoint,
  Endpoint as EndpointSchema,
  EndpointChanges,
  EndpointInput,
  NewEndpoint,
  NewSecret,
  USUAL_OVERLAP_H,
} from '../../../contract/rest/endpoints.ts';
import { TestResult } from '../../../contract/rest/deliveries.ts';
import { IdPath, NoBody } from '../../../contract/rest/common.ts';
import { INBOX_PATH } from '../../delivery/delivery.ts';
import { newSecret } from '../../delivery/signing.ts';
import { pushTest } from '../../delivery/test-push.ts';
import { AppError } from '../../errors.ts';
import { refusalOf } from '../../platform/guarded-http/target-url.ts';
import { addSecret, endpoints } from '../../store/endpoints.ts';
import type { Table } from '../../store/table.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, supervisors } from '../auth.ts';
import { noteAsked } from '../note-asked.ts';
import { fieldRefused, notFound } from '../problem.ts';
import { routeResource } from '../resource.ts';

const tags = ['endpoints'];

export function endpointRoutes(app: App, parts: RestParts): void {
  const { db, clock, delivery, directories } = parts;

  routeResource(app, parts, {
    name: 'endpoints',
    table: withChecks(parts),
    readers: supervisors,
    schemas: {
      item: EndpointSchema,
      created: CreatedEndpoint,
      create: NewEndpoint,
      replace: EndpointInput,
      change: EndpointChanges,
    },
    inputOf: ({ id: _id, space_id: _space, disabled_reason: _reason, ...input }: Endpoint) => input,
    async complete(tx, space, { id }) {
      const secret = newSecret();
      await addSecret(tx, space, id, secret, 0);
      return { secret };
    },
    changed: (space) => delivery.endpoints.refresh(space),
  });

  app.post(
    '/endpoints/:id/secret',
    {
      config: { access: admins },
      schema: {
        tags,
        description: 'A new secret; for a while requests are signed with the old one as well.',
        params: IdPath,
        body: NewSecret,
        response: { 201: CreatedSecret },
      },
    },
    async (request, reply) => {
      const endpoint = await endpoints.find(db, request.params.id);
      if (!endpoint) throw notFound();
      const space = requireReach(callerOf(request), endpoint.space_id);
      const secret = newSecret();
      const overlapH = request.body?.overlap_h ?? USUAL_OVERLAP_H;
      const { oldUntil } = await administer(parts, request, {
        space,
        action: 'rotate secret',
        resource: 'endpoints',
        idOf: () => endpoint.id,
        work: (tx) => addSecret(tx, space, endpoint.id, secret, overlapH),
      });
      await delivery.endpoints.refresh(space);
      reply.code(201);
      return { secret, old_until: oldUntil };
    },
  );

  app.post(
    '/endpoints/:id/test',
    {
      config: { access: admins },
      schema: {
        tags,
        description:
          'Pushes a test event (to endpoints of type reports: a report of nobody) on the way of all others, and waits for what ' +
          'comes of its first try.',
        params: IdPath,
        body: NoBody,
        response: { 200: TestResult },
      },
    },
    async (request) => {
      const endpoint = delivery.endpoints.get(request.params.id);
      if (!endpoint) throw notFound();
      const about = directories.of(requireReach(callerOf(request), endpoint.space))?.space;
      if (!about) throw notFound();
      if (!endpoint.enabled) throw new AppError('endpoint.disabled', 'The endpoint is disabled; enable it first.');
      const result = await pushTest({ db, clock, outbox: delivery.outbox }, endpoint, about);
      await noteAsked(parts, request, endpoint.space, {
        action: 'test',
        resource: 'endpoints',
        resourceId: String(endpoint.id),
      });
      return result;
    },
  );
}

/** What can be said of one before anything is connected to; names are checked with each connection. */
function withChecks({ delivery }: RestParts): Table<Endpoint, EndpointInput> {
  const check = ({ type, format, url }: EndpointInput) => {
    if (type === 'dialogs' && format !== 'json')
      throw fieldRefused('format', 'must be json: dialogs have no other form');
    const own = delivery.ownOrigin;
    if (own !== null && url.startsWith(`${own}${INBOX_PATH}`)) return;
    const refusal = refusalOf(url, delivery.policy);
    if (refusal !== null) throw fieldRefused('url', refusal);
  };
  return {
    ...endpoints,
    async insert(tx, space, input) {
      check(input);
      return await endpoints.insert(tx, space, input);
    },
    async replace(tx, space, id, input) {
      check(input);
      return await endpoints.replace(tx, space, id, input);
    },
  };
}
