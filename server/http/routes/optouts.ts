import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Id, pageOf } from '../../../contract/rest/common.ts';
import { NewOptout, Optout, OptoutInput, OptoutOf, OptoutPath, OptoutQuery } from '../../../contract/rest/replies.ts';
import { addressOf } from '../../domain/contacts/address.ts';
import type { Media } from '../../domain/contacts/events.ts';
import { instant, type SpaceId } from '../../domain/ids.ts';
import {
  findOptout,
  insertOptout,
  listOptouts,
  type OptoutKey,
  removeOptout,
  replaceOptout,
} from '../../store/optouts.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { pageOfItems, readCursor } from '../paging.ts';
import { fieldRefused, notFound } from '../problem.ts';

const tags = ['optouts'];
const resource = 'optouts';
const access = supervisors;
const Position = z.tuple([Id, z.string().max(320), z.string().max(10)]);
const onePath = '/optouts/:number';
const oneOf = { tags, params: OptoutPath, querystring: OptoutOf };

/** An opt-out is named by its number, which is unique in the space and media only. */
export function optoutRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock } = parts;

  const written = (number: string, media: Media, space: SpaceId) =>
    addressOf(number, media, directories.of(space)?.space.country ?? '');

  function named(request: FastifyRequest): OptoutKey & { space: SpaceId } {
    const { number } = request.params as z.output<typeof OptoutPath>;
    const { media, space_id } = request.query as z.output<typeof OptoutOf>;
    const space = spaceToUse(callerOf(request), space_id, directories);
    return { space, media, number: written(number, media, space) ?? number };
  }

  app.get(
    '/optouts',
    { config: { access }, schema: { tags, querystring: OptoutQuery, response: { 200: pageOf(Optout) } } },
    async (request) => {
      const { limit, cursor, space_id, media, number } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const spaces = space === null ? directories.spaces() : [space];
      const listed = await listOptouts(db, space, {
        after: readCursor(Position, cursor) ?? [0, '', ''],
        limit: limit + 1,
        media: media ?? null,
        numbers: number === undefined ? null : spaces.map((each) => written(number, media ?? 'sms', each) ?? number),
      });
      return pageOfItems(listed, limit, (last) => [last.space_id, last.number, last.media]);
    },
  );

  app.post(
    '/optouts',
    {
      config: { access },
      schema: {
        tags,
        description: 'From now on what is sent to the number by that media is aborted.',
        ...{ body: NewOptout, response: { 201: Optout } },
      },
    },
    async (request, reply) => {
      const { space_id, media, reason, since } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      const number = written(request.body.number, media, space);
      if (number === null) throw fieldRefused('number', `is no address of ${media}`);
      const at = since === undefined ? clock.now() : instant(Date.parse(since));
      reply.code(201);
      return await administer(parts, request, {
        ...{ space, action: 'create', resource, idOf: () => number },
        work: (tx) => insertOptout(tx, space, { number, media, reason, at }),
      });
    },
  );

  app.get(onePath, { config: { access }, schema: { ...oneOf, response: { 200: Optout } } }, async (request) => {
    const { space, ...key } = named(request);
    const optout = await findOptout(db, space, key);
    if (!optout) throw notFound();
    return optout;
  });

  for (const method of ['put', 'patch'] as const) {
    app[method](
      onePath,
      { config: { access }, schema: { ...oneOf, body: OptoutInput, response: { 200: Optout } } },
      async (request) => {
        const { space, ...key } = named(request);
        return await administer(parts, request, {
          ...{ space, action: method === 'put' ? 'replace' : 'change', resource, idOf: () => key.number },
          work: (tx) => replaceOptout(tx, space, key, request.body.reason),
        });
      },
    );
  }

  app.delete(
    onePath,
    { config: { access }, schema: { ...oneOf, response: { 204: z.null() } } },
    async (request, reply) => {
      const { space, ...key } = named(request);
      await administer(parts, request, {
        ...{ space, action: 'delete', resource, idOf: () => key.number },
        work: async (tx) => (await removeOptout(tx, space, key)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}
