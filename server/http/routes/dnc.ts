import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdPath, pageOf } from '../../../contract/rest/common.ts';
import { DoNotCall, DoNotCallQuery, NewDoNotCall } from '../../../contract/rest/dnc.ts';
import { dialledDigits } from '../../domain/campaigns/numbers.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { findCampaign } from '../../store/campaigns.ts';
import { findDoNotCall, insertDoNotCall, listDoNotCall, removeDoNotCall } from '../../store/dnc.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, requireReach, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { fieldRefused, notFound } from '../problem.ts';

const tags = ['dnc'];
const resource = 'dnc';

export function doNotCallRoutes(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  function digitsOf(written: string, space: SpaceId): string | null {
    return dialledDigits(written, directories.of(space)?.space.country ?? '');
  }

  async function found(request: FastifyRequest): Promise<DoNotCall> {
    const { id } = request.params as z.output<typeof IdPath>;
    const entry = await findDoNotCall(db, id);
    if (!entry) throw notFound();
    requireReach(callerOf(request), entry.space_id);
    return entry;
  }

  app.get(
    '/dnc',
    {
      config: { access: supervisors },
      schema: { tags, querystring: DoNotCallQuery, response: { 200: pageOf(DoNotCall) } },
    },
    async (request) => {
      const { limit, cursor, space_id, number, campaign_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const spaces = space === null ? directories.spaces() : [space];
      const asked = number === undefined ? null : spaces.map((one) => digitsOf(number, one) ?? number);
      const entries = await listDoNotCall(db, space, {
        ...{ after: readCursor(IdPosition, cursor) ?? 0, limit: limit + 1 },
        ...{ numbers: asked, campaign: campaign_id ?? null },
      });
      return pageOfItems(entries, limit, (last) => last.id);
    },
  );

  app.post(
    '/dnc',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'From now on the number is imported and dialled by no campaign, or not by that one.',
        ...{ body: NewDoNotCall, response: { 201: DoNotCall } },
      },
    },
    async (request, reply) => {
      const { space_id, number: written, campaign_id, reason } = request.body;
      const campaign = campaign_id === null ? undefined : await findCampaign(db, campaign_id);
      const space = spaceToUse(callerOf(request), space_id ?? campaign?.space_id, directories);
      if (campaign_id !== null && campaign?.space_id !== space) {
        throw fieldRefused('campaign_id', 'is no campaign of the space');
      }
      const number = digitsOf(written, space);
      if (number === null) throw fieldRefused('number', 'is no telephone number');
      reply.code(201);
      return await administer(parts, request, {
        ...{ space, action: 'create', resource, idOf: ({ id }: DoNotCall) => id },
        work: (tx) => insertDoNotCall(tx, space, { number, campaign: campaign_id, reason }),
      });
    },
  );

  app.get(
    '/dnc/:id',
    { config: { access: supervisors }, schema: { tags, params: IdPath, response: { 200: DoNotCall } } },
    found,
  );

  app.delete(
    '/dnc/:id',
    { config: { access: supervisors }, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id, space_id } = await found(request);
      const space = space_id as SpaceId;
      await administer(parts, request, {
        ...{ space, action: 'delete', resource, idOf: () => id },
        work: async (tx) => (await removeDoNotCall(tx, space, id)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}
