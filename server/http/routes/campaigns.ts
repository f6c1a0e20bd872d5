import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  Campaign,
  CampaignChanges,
  CampaignInput,
  CampaignPath,
  HexId,
  NewCampaign,
} from '../../../contract/rest/campaigns.ts';
import { PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { AppError } from '../../errors.ts';
import { findCampaign, insertCampaign, listCampaigns, removeCampaign, replaceCampaign } from '../../store/campaigns.ts';
import { idsAt } from '../../store/bulk-import.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, everybody, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { openCampaignOf } from '../campaign-access.ts';
import { pageOfItems, readCursor } from '../paging.ts';
import { parsed } from '../problem.ts';

const tags = ['campaigns'];
const onePath = '/campaigns/:id';
const one = { tags, params: CampaignPath };
const resource = 'campaigns';

export function campaignRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock } = parts;

  async function saved(
    request: FastifyRequest,
    action: 'replace' | 'change',
    inputFor: (current: Campaign) => CampaignInput,
  ): Promise<Campaign> {
    const { campaign, place } = await openCampaignOf(db, request);
    const { space } = place;
    return await administer(parts, request, {
      ...{ space, action, resource, idOf: () => campaign.id },
      async work(tx) {
        const current = await findCampaign(tx, campaign.id); // Again: the space is locked now.
        if (!current) return undefined;
        const input = inputFor(current);
        requireTransition(current.state, input.state);
        return await replaceCampaign(tx, space, campaign.id, input);
      },
    });
  }

  app.get(
    '/campaigns',
    { config: { access: everybody }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Campaign) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const caller = callerOf(request);
      const space = spaceToList(caller, space_id, directories);
      if (caller.role === 'agent' && caller.kind !== 'user') {
        throw new AppError('request.forbidden', 'A key of the role agent is in no campaign.');
      }
      const user = caller.role === 'agent' && caller.kind === 'user' ? caller.user : null;
      const after = readCursor(HexId, cursor) ?? '';
      const items = await listCampaigns(db, space, { after, limit: limit + 1, user });
      return pageOfItems(items, limit, (last) => last.id);
    },
  );

  app.post(
    '/campaigns',
    { config: { access: admins }, schema: { tags, body: NewCampaign, response: { 201: Campaign } } },
    async (request, reply) => {
      const { space_id, ...input } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      const created = { id: idsAt(clock.now())(), at: clock.now() };
      reply.code(201);
      return await administer(parts, request, {
        ...{ space, action: 'create', resource, idOf: ({ id }: Campaign) => id },
        work: (tx) => insertCampaign(tx, space, created, input),
      });
    },
  );

  app.get(
    onePath,
    { config: { access: everybody }, schema: { ...one, response: { 200: Campaign } } },
    async (request) => (await openCampaignOf(db, request)).campaign,
  );

  app.put(
    onePath,
    { config: { access: admins }, schema: { ...one, body: CampaignInput, response: { 200: Campaign } } },
    (request) => saved(request, 'replace', () => request.body),
  );

  app.patch(
    onePath,
    {
      config: { access: supervisors },
      schema: {
        ...one,
        description: 'Also starts, pauses and ends it, by `state`. A supervisor may change nothing but that.',
        body: CampaignChanges,
        response: { 200: Campaign },
      },
    },
    (request) => {
      const changes = request.body as object;
      if (callerOf(request).role !== 'admin' && Object.keys(changes).some((field) => field !== 'state')) {
        throw new AppError('request.forbidden', 'A supervisor changes the state of a campaign only.');
      }
      return saved(request, 'change', ({ id: _id, space_id: _space, created_at: _at, ...input }) =>
        parsed(CampaignInput, { ...input, ...changes }),
      );
    },
  );

  app.delete(
    onePath,
    {
      config: { access: admins },
      schema: { ...one, description: 'With its requests. It must be draft or done.', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const { campaign, place } = await openCampaignOf(db, request);
      const { space } = place;
      await administer(parts, request, {
        ...{ space, action: 'delete', resource, idOf: () => campaign.id },
        async work(tx) {
          const current = await findCampaign(tx, campaign.id);
          if (current && current.state !== 'draft' && current.state !== 'done') {
            throw new AppError('request.conflict', `The campaign is ${current.state}; set its state to done first.`);
          }
          return (await removeCampaign(tx, space, campaign.id)) || undefined;
        },
      });
      return reply.code(204).send(null);
    },
  );
}

function requireTransition(from: Campaign['state'], to: Campaign['state']): void {
  if (from === to || (to !== 'draft' && !(from === 'draft' && to === 'paused'))) return;
  const message = `cannot become ${to} from ${from}`;
  throw new AppError('request.conflict', `The campaign ${message}.`, { errors: [{ path: 'state', message }] });
}
