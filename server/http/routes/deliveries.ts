import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { pageOf, SpaceQuery } from '../../../contract/rest/common.ts';
import {
  Delivery,
  DeliveryDetails,
  DeliveryPath,
  DeliveryQuery,
  DeliverySummary,
  Replayed,
  ReplayInput,
  Retention,
  RetentionInput,
  SummaryQuery,
} from '../../../contract/rest/deliveries.ts';
import { findDelivery, listDeliveries, replay } from '../../delivery/deliveries.ts';
import { summarise } from '../../delivery/push-counts.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { noteAudit } from '../../store/audit.ts';
import { readRetention, writeRetention } from '../../store/delivery-settings.ts';
import { endpoints } from '../../store/endpoints.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { actorOf, admins, callerOf, requireReach, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor, writeCursor } from '../paging.ts';
import { notFound } from '../problem.ts';

const tags = ['deliveries'];
/** So many lines of the outbox are written in one statement; the rest is replayed by asking again with the cursor. */
const MOST_REPLAYED = 10_000;

const waitsAlready = () => new AppError('delivery.pending', 'It waits already; it is sent when its turn comes.');

export function deliveryRoutes(app: App, parts: RestParts): void {
  const { db, directories, delivery } = parts;

  async function found(request: FastifyRequest): Promise<DeliveryDetails> {
    const { id } = request.params as z.output<typeof DeliveryPath>;
    const one = await findDelivery(db, id);
    if (!one) throw notFound();
    requireReach(callerOf(request), one.space_id);
    return one;
  }

  /** undefined: it is not named, or gone. */
  const spaceOfEndpoint = (id: number | undefined) =>
    id === undefined ? undefined : delivery.endpoints.get(id)?.space;

  async function replayed(
    request: FastifyRequest,
    space: SpaceId,
    id: number | null,
    which: Parameters<typeof replay>[2],
  ) {
    const { putBack, goOnAfter } = await db.transaction(async (tx) => {
      const made = await replay(tx, space, which);
      await noteAudit(tx, {
        space,
        actor: actorOf(request),
        action: 'replay',
        resource: 'deliveries',
        resourceId: id === null ? null : String(id),
        changes: { ...(request.body as object | undefined), replayed: made.putBack.length },
      });
      return made;
    });
    delivery.outbox.wake(new Set(putBack.map(({ endpoint }) => endpoint)));
    return {
      replayed: putBack.length,
      more: goOnAfter !== null,
      next_cursor: goOnAfter === null ? null : writeCursor(goOnAfter),
    };
  }

  app.get(
    '/deliveries',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'Pushes to endpoints, newest first.',
        querystring: DeliveryQuery,
        response: { 200: pageOf(Delivery) },
      },
    },
    async (request) => {
      const { limit, cursor, space_id, ...filter } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const before = readCursor(IdPosition, cursor) ?? null;
      const items = await listDeliveries(db, space, filter, { before, limit: limit + 1 });
      return pageOfItems(items, limit, (last) => last.id);
    },
  );

  app.get(
    '/deliveries/summary',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'accepted = delivered + pending + dead, of what was accepted in that period and is still kept.',
        querystring: SummaryQuery,
        response: { 200: DeliverySummary },
      },
    },
    async (request) => {
      const { space_id, ...filter } = request.query;
      return await summarise(db, spaceToList(callerOf(request), space_id, directories), filter);
    },
  );

  app.get(
    '/deliveries/retention',
    {
      config: { access: admins },
      schema: { tags, querystring: SpaceQuery, response: { 200: Retention } },
    },
    async (request) => readRetention(db, spaceToUse(callerOf(request), request.query.space_id, directories)),
  );

  app.put(
    '/deliveries/retention',
    {
      config: { access: admins },
      schema: { tags, body: RetentionInput, response: { 200: Retention } },
    },
    async (request) => {
      const { space_id, ...retention } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      return await administer(parts, request, {
        space,
        action: 'replace',
        resource: 'deliveries/retention',
        idOf: () => space,
        work: (tx) => writeRetention(tx, space, retention),
      });
    },
  );

  app.post(
    '/deliveries/replay',
    {
      config: { access: admins },
      schema: {
        tags,
        description: `Pushes again what matches and is not pending, the oldest first, at most ${MOST_REPLAYED} at a time.`,
        body: ReplayInput,
        response: { 200: Replayed },
      },
    },
    async (request) => {
      const { space_id, filter, cursor } = request.body;
      const after = readCursor(IdPosition, cursor) ?? null;
      const space = spaceToUse(callerOf(request), space_id ?? spaceOfEndpoint(filter.endpoint_id), directories);
      return await replayed(request, space, null, { filter, after, limit: MOST_REPLAYED });
    },
  );

  app.get(
    '/deliveries/:id',
    {
      config: { access: supervisors },
      schema: { tags, params: DeliveryPath, response: { 200: DeliveryDetails } },
    },
    found,
  );

  app.post(
    '/deliveries/:id/replay',
    {
      config: { access: admins },
      schema: {
        tags,
        description: 'Pushes it again, with the same webhook-id and the same bytes.',
        params: DeliveryPath,
        response: { 200: Replayed },
      },
    },
    async (request) => {
      const { id, space_id, endpoint_id, state } = await found(request);
      if (state === 'pending') throw waitsAlready();
      const { replayed: count } = await replayed(request, space_id as SpaceId, id, { id });
      // Somebody else may have asked for it in the meantime.
      if (count === 0 && (await endpoints.find(db, endpoint_id))) throw waitsAlready();
      if (count === 0) throw new AppError('delivery.endpoint_gone', 'Its endpoint was removed.');
      return { replayed: 1, more: false, next_cursor: null };
    },
  );
}
