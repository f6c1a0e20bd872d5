import { z } from 'zod';
import { ApiKey, CreatedApiKey, NewApiKey } from '../../../contract/rest/api-keys.ts';
import { IdPath, PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { findApiKey, insertApiKey, listApiKeys, removeApiKey } from '../../store/api-keys.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, spaceToList, spaceToUse } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';

const tags = ['api_keys'];
const config = { access: admins };

/** A key is not changed: it is made, shown once, and removed. */
export function apiKeyRoutes(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  app.get(
    '/api_keys',
    { config, schema: { tags, querystring: PageQuery, response: { 200: pageOf(ApiKey) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      return pageOfItems(await listApiKeys(db, space, { after, limit: limit + 1 }), limit, (last) => last.id);
    },
  );

  app.post(
    '/api_keys',
    { config, schema: { tags, body: NewApiKey, response: { 201: CreatedApiKey } } },
    async (request, reply) => {
      const { space_id, ...input } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      reply.code(201);
      const created = await administer(parts, request, {
        space,
        action: 'create',
        resource: 'api_keys',
        work: (tx) => insertApiKey(tx, space, input),
        idOf: (key) => key.id,
      });
      return created;
    },
  );

  app.get('/api_keys/:id', { config, schema: { tags, params: IdPath, response: { 200: ApiKey } } }, async (request) => {
    const key = await findApiKey(db, request.params.id);
    if (!key) throw notFound();
    requireReach(callerOf(request), key.space_id);
    return key;
  });

  app.delete(
    '/api_keys/:id',
    { config, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      const key = await findApiKey(db, request.params.id);
      if (!key) throw notFound();
      const space = requireReach(callerOf(request), key.space_id);
      await administer(parts, request, {
        space,
        action: 'delete',
        resource: 'api_keys',
        idOf: () => key.id,
        work: async (tx) => (await removeApiKey(tx, space, key.id)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}
