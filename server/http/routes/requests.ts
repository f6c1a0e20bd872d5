// The requests of a campaign as they are administered. How they come in: request-intake.ts; how they are worked off:
// request-work.ts.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CampaignPath, HexId } from '../../../contract/rest/campaigns.ts';
import { pageOf } from '../../../contract/rest/common.ts';
import {
  CampaignRequest,
  NewRequest,
  RequestChanges,
  RequestPath,
  RequestQuery,
} from '../../../contract/rest/requests.ts';
import type { Transaction } from '../../platform/db.ts';
import { noteAudit } from '../../store/audit.ts';
import { listRequests, type Place } from '../../store/campaign-requests.ts';
import { forbiddenAmong } from '../../store/dnc.ts';
import { givenOf, itemOf, type RequestRow } from '../../store/request-rows.ts';
import type { App, RestParts } from '../app.ts';
import { actorOf, callerOf, everybody, requireSameSpace, supervisors } from '../auth.ts';
import { openCampaignOf, requestShownTo, userOf } from '../campaign-access.ts';
import { oneRequest } from '../imports/request-rows.ts';
import { pageOfItems, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';

const tags = ['requests'];
const path = '/campaigns/:id/requests';
const onePath = `${path}/:rid`;

export function requestRoutes(app: App, parts: RestParts): void {
  const { db, directories, campaigns } = parts;

  async function saved(
    request: FastifyRequest,
    action: 'replace' | 'change',
    inputFor: (current: RequestRow) => unknown,
  ): Promise<CampaignRequest> {
    const { rid } = request.params as z.output<typeof RequestPath>;
    const { place, campaign } = await openCampaignOf(db, request);
    const directory = directories.of(place.space);
    if (!directory) throw notFound();
    const row = await campaigns.amend(place, rid, {
      priority: campaign.priority,
      given: (tx, current) =>
        oneRequest(inputFor(current), {
          directory,
          // A number that was listed meanwhile is no reason to refuse another field's change: it is not dialled anyway.
          forbidden: (numbers) =>
            forbiddenAmong(
              tx,
              place.space,
              place.campaign,
              numbers.filter((number) => number !== current.number),
            ),
        }),
      note: (tx) => noted(tx, place, request, action),
    });
    return itemOf(row);
  }

  app.get(
    path,
    {
      config: { access: everybody },
      schema: { tags, params: CampaignPath, querystring: RequestQuery, response: { 200: pageOf(CampaignRequest) } },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      const { limit, cursor, state, space_id } = request.query;
      requireSameSpace(place.space, space_id);
      const caller = callerOf(request);
      const rows = await listRequests(db, place, {
        ...{ after: readCursor(HexId, cursor) ?? '', limit: limit + 1, state: state ?? null },
        user: caller.role === 'agent' ? (userOf(caller) ?? null) : null,
      });
      return pageOfItems(rows.map(itemOf), limit, (last) => last.id);
    },
  );

  app.get(
    onePath,
    { config: { access: everybody }, schema: { tags, params: RequestPath, response: { 200: CampaignRequest } } },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      return await requestShownTo(db, place, request.params.rid, callerOf(request));
    },
  );

  app.put(
    onePath,
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'While it waits: 409 `campaign.request_not_waiting` when a consultant has it, or it is closed.',
        ...{ params: RequestPath, body: NewRequest, response: { 200: CampaignRequest } },
      },
    },
    (request) => saved(request, 'replace', () => request.body),
  );

  app.patch(
    onePath,
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'While it waits, as PUT. A request that rests after an attempt, or for a call-back, rests on.',
        ...{ params: RequestPath, body: RequestChanges, response: { 200: CampaignRequest } },
      },
    },
    (request) => saved(request, 'change', (current) => ({ ...givenOf(current), ...(request.body as object) })),
  );

  app.delete(
    onePath,
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'One that waits or is closed. No webhook says so; to close one with a result, take and close it.',
        ...{ params: RequestPath, response: { 204: z.null() } },
      },
    },
    async (request, reply) => {
      const { place } = await openCampaignOf(db, request);
      await campaigns.remove(place, request.params.rid, (tx) => noted(tx, place, request, 'delete'));
      return reply.code(204).send(null);
    },
  );
}

async function noted(tx: Transaction, { space }: Place, request: FastifyRequest, action: string): Promise<void> {
  const { rid: resourceId } = request.params as z.output<typeof RequestPath>;
  const changes = (request.body as object | undefined) ?? null;
  await noteAudit(tx, { space, actor: actorOf(request), action, resource: 'requests', resourceId, changes });
}
