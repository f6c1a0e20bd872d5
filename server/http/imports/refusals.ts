// Every refused row of an import, page by page, where its owner (a campaign, a broadcast) is.
import type { FastifyRequest } from 'fastify';
import { PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { ImportPath, Refusal } from '../../../contract/rest/imports.ts';
import type { Transaction } from '../../platform/db.ts';
import { type ImportOwner, listRefusals } from '../../store/bulk-import.ts';
import type { App } from '../app.ts';
import { supervisors } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';

export function refusalRoute(
  app: App,
  db: Transaction,
  /** `ownerOf`: that of the path's `id`; rejects for who has no reach of it. */
  about: {
    tag: 'broadcasts' | 'requests';
    owners: 'broadcasts' | 'campaigns';
    ownerOf(request: FastifyRequest): Promise<ImportOwner>;
  },
): void {
  app.get(
    `/${about.owners}/:id/imports/:import_id`,
    {
      config: { access: supervisors },
      schema: {
        tags: [about.tag],
        description: 'Every refused row of an import.',
        params: ImportPath,
        querystring: PageQuery.omit({ space_id: true }),
        response: { 200: pageOf(Refusal) },
      },
    },
    async (request) => {
      const owner = await about.ownerOf(request);
      const { limit, cursor } = request.query;
      const after = readCursor(IdPosition, cursor) ?? 0;
      const slice = { import: request.params.import_id, after, limit: limit + 1 };
      return pageOfItems(await listRefusals(db, owner, slice), limit, (last) => last.line);
    },
  );
}
