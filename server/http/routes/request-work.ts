// What consultants do with the requests of a campaign: take, call, give a result.
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CampaignPath } from '../../../contract/rest/campaigns.ts';
import { IdempotencyHeader } from '../../../contract/rest/common.ts';
import {
  AttemptPlaced,
  CampaignRequest,
  Disposition,
  RequestPath,
  Take,
  WhyNot,
  WhyQuery,
} from '../../../contract/rest/requests.ts';
import { asId, type UserId } from '../../domain/ids.ts';
import { momentOf } from '../../flows/campaigns/desk.ts';
import { itemOf } from '../../store/request-rows.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, everybody } from '../auth.ts';
import { openCampaignOf, requestShownTo, userOf } from '../campaign-access.ts';
import { makeOnce } from '../idempotency.ts';
import { noteAsked } from '../note-asked.ts';
import { forbiddenToAgents } from './calls.ts';

const tags = ['requests'];
const onePath = '/campaigns/:id/requests/:rid';

export function requestWorkRoutes(app: App, parts: RestParts): void {
  const { db, campaigns } = parts;

  app.get(
    `${onePath}/why`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'May it be called now, and if not, why, until when? `user_id`: by that consultant.',
        params: RequestPath,
        querystring: WhyQuery,
        response: { 200: WhyNot },
      },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      const { rid } = request.params;
      await requestShownTo(db, place, rid, callerOf(request));
      const user = request.query.user_id === undefined ? null : asId<UserId>(request.query.user_id);
      const answer = await campaigns.why(place, rid, user);
      if (answer.ok) return { callable: true, why: null, until: null };
      const until = answer.until === null ? null : new Date(answer.until).toISOString();
      return { callable: false, why: answer.why, until };
    },
  );

  app.post(
    '/campaigns/:id/next',
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Reserves the next request for that consultant; the one that he has taken and not used, if any.',
        params: CampaignPath,
        body: Take,
        response: { 200: CampaignRequest },
      },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      return itemOf(await campaigns.next(place, consultant(request)));
    },
  );

  app.post(
    `${onePath}/call`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Rings the consultant’s phone, then dials the contact.',
        ...{ params: RequestPath, headers: IdempotencyHeader, body: Take, response: { 201: AttemptPlaced } },
      },
    },
    async (request, reply) => {
      const { place } = await openCampaignOf(db, request);
      const user = consultant(request);
      const { rid } = request.params;
      return await makeOnce(parts, request, reply, place.space, async () => {
        const { call, leg } = await campaigns.call(place, rid, user);
        await noteAsked(parts, request, place.space, { action: 'call', resource: 'requests', resourceId: rid });
        return { call_id: call, consultant_dialog_uuid: leg };
      });
    },
  );

  app.post(
    `${onePath}/close`,
    {
      config: { access: everybody },
      schema: { tags, params: RequestPath, body: Disposition, response: { 200: CampaignRequest } },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      const { result, callback_at, callback_user_id } = request.body;
      const caller = callerOf(request);
      const row = await campaigns.close(
        place,
        request.params.rid,
        {
          result,
          callbackAt: callback_at === undefined ? null : momentOf(callback_at),
          callbackUser: typeof callback_user_id === 'number' ? asId<UserId>(callback_user_id) : null,
        },
        caller.role === 'agent' ? userOf(caller) : null,
      );
      await noteAsked(parts, request, place.space, { action: 'close', resource: 'requests', resourceId: row.id });
      return itemOf(row);
    },
  );

  app.post(
    `${onePath}/release`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Gives a reserved request back to the others.',
        ...{ params: RequestPath, body: Take, response: { 200: CampaignRequest } },
      },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      return itemOf(await campaigns.release(place, request.params.rid, consultant(request)));
    },
  );
}

/** An agent acts for himself only. */
function consultant(request: FastifyRequest): UserId {
  const caller = callerOf(request);
  const user = asId<UserId>((request.body as z.output<typeof Take>).user_id);
  if (caller.role === 'agent' && userOf(caller) !== user) throw forbiddenToAgents();
  return user;
}
