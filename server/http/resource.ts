// The five routes of a thing that is administered: list, create, read, replace, change, remove. Each change commits
// together with its audit line and is seen by the calls before it is answered.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdPath, PageQuery, pageOf } from '../../contract/rest/common.ts';
import type { SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from '../store/table.ts';
import { type Administered, administer } from './administer.ts';
import type { App, RestParts } from './app.ts';
import { type Access, admins, callerOf, requireReach, spaceToList, spaceToUse } from './auth.ts';
import { IdPosition, pageOfItems, readCursor } from './paging.ts';
import { notFound, parsed } from './problem.ts';

export interface Resource<Item extends { id: number; space_id: number }, Input, New> {
  /** In the path, the audit and the documentation. */
  name: string;
  table: Table<Item, Input, New>;
  readers: Access;
  schemas: {
    item: z.ZodType<Item>;
    /** What POST answers, if it is more than the item. */
    created?: z.ZodType;
    create: z.ZodType<New & { space_id?: number | undefined }>;
    replace: z.ZodType<Input>;
    change: z.ZodType;
  };
  /** The item as a PUT would give it; a PATCH is laid over it. */
  inputOf(item: Item): object;
  /** What belongs to the creation, in its transaction; what it returns is added to the answer. */
  complete?(tx: Transaction, space: SpaceId, item: Item): Promise<object>;
  /** After each commit, before it is answered. Never rejects. */
  changed?(space: SpaceId): Promise<void>;
}

export function routeResource<Item extends { id: number; space_id: number }, Input, New>(
  app: App,
  parts: RestParts,
  resource: Resource<Item, Input, New>,
): void {
  const { db, directories } = parts;
  const { name, table, readers, schemas, inputOf } = resource;
  const path = `/${name}`;
  const itemPath = `${path}/:id`;
  const tags = [name];
  const shown: z.ZodType = schemas.item; // Of no known type, which the routes' types could not follow.

  async function committed<T>(request: FastifyRequest, change: Administered<T>): Promise<T> {
    const result = await administer(parts, request, change);
    await resource.changed?.(change.space);
    return result;
  }

  async function found(request: FastifyRequest): Promise<{ item: Item; space: SpaceId }> {
    const { id } = request.params as z.output<typeof IdPath>;
    const item = await table.find(db, id);
    if (!item) throw notFound();
    return { item, space: requireReach(callerOf(request), item.space_id) };
  }

  async function saved(request: FastifyRequest, action: 'replace' | 'change', inputFor: (item: Item) => Input) {
    const { item, space } = await found(request);
    return await committed(request, {
      space,
      action,
      resource: name,
      idOf: () => item.id,
      async work(tx) {
        const current = await table.find(tx, item.id); // Again: the space is locked now.
        return current && (await table.replace(tx, space, item.id, inputFor(current)));
      },
    });
  }

  app.get(
    path,
    { config: { access: readers }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(shown) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      return pageOfItems(await table.list(db, space, { after, limit: limit + 1 }), limit, (last) => last.id);
    },
  );

  app.post(
    path,
    {
      config: { access: admins },
      schema: { tags, body: schemas.create, response: { 201: schemas.created ?? shown } },
    },
    async (request, reply) => {
      const { space_id: asked, ...input } = request.body as New & { space_id?: number };
      const space = spaceToUse(callerOf(request), asked, directories);
      reply.code(201);
      return await committed(request, {
        space,
        action: 'create',
        resource: name,
        idOf: ({ id }) => id,
        async work(tx) {
          const item = await table.insert(tx, space, input as New);
          return { ...item, ...(await resource.complete?.(tx, space, item)) };
        },
      });
    },
  );

  app.get(
    itemPath,
    { config: { access: readers }, schema: { tags, params: IdPath, response: { 200: shown } } },
    async (request) => (await found(request)).item,
  );

  app.put(
    itemPath,
    {
      config: { access: admins },
      schema: { tags, params: IdPath, body: schemas.replace, response: { 200: shown } },
    },
    (request) =>
      saved(request, 'replace', (current) => {
        requireSameKind(current, request.body as object);
        return request.body as Input;
      }),
  );

  app.patch(
    itemPath,
    {
      config: { access: admins },
      schema: { tags, params: IdPath, body: schemas.change, response: { 200: shown } },
    },
    (request) =>
      saved(request, 'change', (current) => {
        const changes = request.body as object;
        requireSameKind(current, changes);
        return parsed(schemas.replace, { ...inputOf(current), ...changes });
      }),
  );

  app.delete(
    itemPath,
    { config: { access: admins }, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      const { item, space } = await found(request);
      await committed(request, {
        space,
        action: 'delete',
        resource: name,
        idOf: () => item.id,
        work: async (tx) => (await table.remove(tx, space, item.id)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}

/** A phone does not become a queue, nor a channel of SMS one of mail: whoever refers to it would be surprised. */
function requireSameKind(current: object, input: object): void {
  const [before, after]: { type?: unknown; media?: unknown }[] = [current, input];
  for (const path of ['type', 'media'] as const) {
    if (after?.[path] === undefined || before?.[path] === after[path]) continue;
    const message = 'cannot be changed; delete it and create another one';
    throw new AppError('request.conflict', `The ${path} ${message}.`, { errors: [{ path, message }] });
  }
}
