import { z } from 'zod';
import { PageQuery, pageOf, SpaceQuery } from '../../../contract/rest/common.ts';
import { Pause, PauseId, PauseInput } from '../../../contract/rest/pauses.ts';
import { findPause, listPauses, renamePause } from '../../store/pauses.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, everybody, spaceToList, spaceToUse } from '../auth.ts';
import { notFound } from '../problem.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';

const tags = ['pauses'];
const params = z.object({ id: PauseId });

export function pauseRoutes(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  app.get(
    '/pauses',
    { config: { access: everybody }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Pause) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const from = readCursor(IdPosition, cursor) ?? 0;
      const all = await listPauses(db, spaceToList(callerOf(request), space_id, directories));
      return pageOfItems(all.slice(from, from + limit + 1), limit, () => from + limit);
    },
  );

  app.get(
    '/pauses/:id',
    { config: { access: everybody }, schema: { tags, params, querystring: SpaceQuery, response: { 200: Pause } } },
    async (request) => {
      const space = spaceToUse(callerOf(request), request.query.space_id, directories);
      const pause = await findPause(db, space, request.params.id);
      if (!pause) throw notFound();
      return pause;
    },
  );

  app.put(
    '/pauses/:id',
    {
      config: { access: admins },
      schema: { tags, params, querystring: SpaceQuery, body: PauseInput, response: { 200: Pause } },
    },
    async (request) => {
      const { value, space_id } = request.body;
      const { id } = request.params;
      const space = spaceToUse(callerOf(request), space_id ?? request.query.space_id, directories);
      const renamed = await administer(parts, request, {
        space,
        action: 'replace',
        resource: 'pauses',
        work: (tx) => renamePause(tx, space, id, value),
        idOf: (pause) => pause.id,
      });
      return renamed;
    },
  );
}
