import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Id, PageQuery, PhoneNumber, pageOf, SpaceQuery } from '../../../contract/rest/common.ts';
import { NewVip, Vip, VipChanges, VipInput, VipPath } from '../../../contract/rest/vips.ts';
import type { SpaceId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import { findVip, insertVip, listVips, removeVip, replaceVip } from '../../store/vips.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { pageOfItems, readCursor } from '../paging.ts';
import { notFound, parsed } from '../problem.ts';

const tags = ['vips'];
const Position = z.tuple([Id, PhoneNumber]);
const onePath = '/vips/:number';
const oneOf = { tags, params: VipPath, querystring: SpaceQuery };

/** A VIP is named by his number, which is unique in the space only. */
export function vipRoutes(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  function named(request: FastifyRequest): { space: SpaceId; number: string } {
    const { number } = request.params as z.output<typeof VipPath>;
    const { space_id } = request.query as z.output<typeof SpaceQuery>;
    return { number, space: spaceToUse(callerOf(request), space_id, directories) };
  }

  function changed<T>(
    request: FastifyRequest,
    { space, number }: { space: SpaceId; number: string },
    action: 'create' | 'replace' | 'change' | 'delete',
    work: (tx: Transaction) => Promise<T | undefined>,
  ): Promise<T> {
    return administer(parts, request, { space, action, resource: 'vips', idOf: () => number, work });
  }

  app.get(
    '/vips',
    { config: { access: supervisors }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Vip) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const [afterSpace, afterNumber] = readCursor(Position, cursor) ?? [0, ''];
      const vips = await listVips(db, space, { afterSpace, afterNumber, limit: limit + 1 });
      return pageOfItems(vips, limit, (last) => [last.space_id, last.number]);
    },
  );

  app.post(
    '/vips',
    { config: { access: admins }, schema: { tags, body: NewVip, response: { 201: Vip } } },
    async (request, reply) => {
      const { space_id, ...vip } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      reply.code(201);
      return await changed(request, { space, number: vip.number }, 'create', (tx) => insertVip(tx, space, vip));
    },
  );

  app.get(
    onePath,
    { config: { access: supervisors }, schema: { ...oneOf, response: { 200: Vip } } },
    async (request) => {
      const { space, number } = named(request);
      const vip = await findVip(db, space, number);
      if (!vip) throw notFound();
      return vip;
    },
  );

  app.put(
    onePath,
    { config: { access: admins }, schema: { ...oneOf, body: VipInput, response: { 200: Vip } } },
    async (request) => {
      const { space, number } = named(request);
      return await changed(request, { space, number }, 'replace', (tx) => replaceVip(tx, space, number, request.body));
    },
  );

  app.patch(
    onePath,
    { config: { access: admins }, schema: { ...oneOf, body: VipChanges, response: { 200: Vip } } },
    async (request) => {
      const { space, number } = named(request);
      return await changed(request, { space, number }, 'change', async (tx) => {
        const current = await findVip(tx, space, number);
        if (!current) return undefined;
        const { vip_rate, priority } = current;
        return await replaceVip(tx, space, number, parsed(VipInput, { vip_rate, priority, ...request.body }));
      });
    },
  );

  app.delete(
    onePath,
    { config: { access: admins }, schema: { ...oneOf, response: { 204: z.null() } } },
    async (request, reply) => {
      const { space, number } = named(request);
      await changed(
        request,
        { space, number },
        'delete',
        async (tx) => (await removeVip(tx, space, number)) || undefined,
      );
      return reply.code(204).send(null);
    },
  );
}
