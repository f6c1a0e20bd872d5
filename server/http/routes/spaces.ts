import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdPath, PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { Space, SpaceChanges, SpaceInput } from '../../../contract/rest/spaces.ts';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../../platform/db.ts';
import { callingCodeOf } from '../../store/country.ts';
import { findSpace, insertSpace, listSpaces, nextSpaceId, removeSpace, replaceSpace } from '../../store/spaces.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, everybody, requireReach, spaceToList } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound, parsed } from '../problem.ts';

const tags = ['spaces'];

export function spaceRoutes(app: App, parts: RestParts): void {
  const { db, directories, centre } = parts;

  function changed<T>(
    request: FastifyRequest,
    space: SpaceId,
    action: 'create' | 'replace' | 'change' | 'delete',
    work: (tx: Transaction) => Promise<T | undefined>,
  ): Promise<T> {
    return administer(parts, request, { space, action, resource: 'spaces', idOf: () => space, work });
  }

  app.get(
    '/spaces',
    { config: { access: everybody }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Space) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const only = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      return pageOfItems(await listSpaces(db, only, { after, limit: limit + 1 }), limit, (last) => last.id);
    },
  );

  app.post(
    '/spaces',
    { config: { access: admins }, schema: { tags, body: SpaceInput, response: { 201: Space } } },
    async (request, reply) => {
      requireInstallation(request);
      const space = await nextSpaceId(db);
      reply.code(201);
      return await changed(request, space, 'create', (tx) => insertSpace(tx, space, request.body));
    },
  );

  app.get(
    '/spaces/:id',
    { config: { access: everybody }, schema: { tags, params: IdPath, response: { 200: Space } } },
    async (request) => {
      const space = await findSpace(db, requireReach(callerOf(request), request.params.id));
      if (!space) throw notFound();
      return space;
    },
  );

  app.put(
    '/spaces/:id',
    { config: { access: admins }, schema: { tags, params: IdPath, body: SpaceInput, response: { 200: Space } } },
    async (request) => {
      const space = requireReach(callerOf(request), request.params.id);
      await requireSpace(space);
      return await changed(request, space, 'replace', (tx) => replaceSpace(tx, space, request.body));
    },
  );

  app.patch(
    '/spaces/:id',
    { config: { access: admins }, schema: { tags, params: IdPath, body: SpaceChanges, response: { 200: Space } } },
    async (request) => {
      const space = requireReach(callerOf(request), request.params.id);
      await requireSpace(space);
      return await changed(request, space, 'change', async (tx) => {
        const current = await findSpace(tx, space);
        if (!current) return undefined;
        return await replaceSpace(tx, space, parsed(SpaceInput, { ...inputOf(current), ...request.body }));
      });
    },
  );

  app.delete(
    '/spaces/:id',
    { config: { access: admins }, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      requireInstallation(request);
      const space = asId<SpaceId>(request.params.id);
      await requireSpace(space);
      if (centre.liveCalls(space) > 0) throw new AppError('request.conflict', 'The space has running calls.');
      await changed(request, space, 'delete', async (tx) => (await removeSpace(tx, space)) || undefined);
      return reply.code(204).send(null);
    },
  );

  async function requireSpace(space: SpaceId): Promise<void> {
    if (!(await findSpace(db, space))) throw notFound();
  }
}

function requireInstallation(request: FastifyRequest): void {
  if (callerOf(request).kind !== 'installation') {
    throw new AppError('request.forbidden', 'Spaces are made and removed with the key of the installation.');
  }
}

function inputOf({ id: _id, allowed_prefixes, ...input }: Space): object {
  const [prefix, ...more] = allowed_prefixes;
  const ownOnly = more.length === 0 && prefix === callingCodeOf(input.country);
  // The default goes on following the country.
  return { ...input, allowed_prefixes: ownOnly ? null : allowed_prefixes };
}
