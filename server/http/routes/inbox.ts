// The built-in receiver: an endpoint's url for whoever has no server yet. Off until a space switches it on.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PageQuery, pageOf, SpaceQuery } from '../../../contract/rest/common.ts';
import { Inbox, InboxInput, InboxPath, InboxRequest } from '../../../contract/rest/inbox.ts';
import { INBOX_PATH } from '../../delivery/delivery.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { closeInbox, inboxTokenOf, listInbox, openInbox, receive, spaceOfInbox } from '../../store/inboxes.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, spaceToUse } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';

const tags = ['inbox'];
const MAX_BODY_BYTES = 256 * 1_024;

export function inboxRoutes(app: App, parts: RestParts): void {
  const { db, directories, delivery } = parts;

  const shown = (space: SpaceId, token: string | null): z.output<typeof Inbox> => ({
    space_id: space,
    enabled: token !== null,
    url: token === null ? null : `${delivery.ownOrigin ?? ''}${INBOX_PATH}${token}`,
  });

  async function spaceOf(request: FastifyRequest): Promise<SpaceId> {
    const space = await spaceOfInbox(db, (request.params as z.output<typeof InboxPath>).token);
    if (space === undefined) throw notFound();
    return space;
  }

  app.get(
    '/inbox',
    { config: { access: admins }, schema: { tags, querystring: SpaceQuery, response: { 200: Inbox } } },
    async (request) => {
      const space = spaceToUse(callerOf(request), request.query.space_id, directories);
      return shown(space, await inboxTokenOf(db, space));
    },
  );

  app.put(
    '/inbox',
    {
      config: { access: admins },
      schema: {
        tags,
        description:
          'Switches the built-in receiver on or off. Off: what it has received is gone, and so is its address.',
        body: InboxInput,
        response: { 200: Inbox },
      },
    },
    async (request) => {
      const { space_id, enabled } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      return await administer(parts, request, {
        space,
        action: enabled ? 'enable' : 'disable',
        resource: 'inbox',
        idOf: () => space,
        async work(tx) {
          if (enabled) return shown(space, await openInbox(tx, space));
          await closeInbox(tx, space);
          return shown(space, null);
        },
      });
    },
  );

  app.get(
    '/inbox/:token',
    {
      config: { access: admins },
      schema: {
        tags,
        description: 'The last 1,000 requests it has received, newest first.',
        params: InboxPath,
        querystring: PageQuery,
        response: { 200: pageOf(InboxRequest) },
      },
    },
    async (request) => {
      const space = requireReach(callerOf(request), await spaceOf(request));
      const { limit, cursor } = request.query;
      const before = readCursor(IdPosition, cursor) ?? null;
      return pageOfItems(await listInbox(db, space, { before, limit: limit + 1 }), limit, (last) => last.id);
    },
  );

  void app.register(async (any: App) => {
    any.removeAllContentTypeParsers();
    any.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    any.post(
      '/inbox/:token',
      {
        config: { access: 'public' },
        schema: {
          tags,
          description:
            'Takes any body. Whoever knows the token may write. A form is the question of an IVR, which gets no wish.',
          params: InboxPath,
          response: { 200: z.object({ received: z.literal(true) }), 204: z.null() },
        },
      },
      async (request, reply) => {
        const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
        const body = typeof request.body === 'string' ? request.body : '';
        await receive(db, await spaceOf(request), { headers: Object.fromEntries(headers), body });
        if (isForm(request.headers['content-type'])) return reply.code(204).send(null);
        return { received: true as const };
      },
    );
  });
}

const isForm = (type = ''): boolean => type.startsWith('application/x-www-form-urlencoded');
