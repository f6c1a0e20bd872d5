import { AuditEntry } from '../../../contract/rest/audit.ts';
import { PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { listAudit } from '../../store/audit.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, spaceToList } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';

export function auditRoutes(app: App, { db, directories }: RestParts): void {
  app.get(
    '/audit',
    {
      config: { access: admins },
      schema: {
        tags: ['audit'],
        description: 'Who did what, when, from where; newest first.',
        querystring: PageQuery,
        response: { 200: pageOf(AuditEntry) },
      },
    },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const before = readCursor(IdPosition, cursor) ?? null;
      return pageOfItems(await listAudit(db, space, { before, limit: limit + 1 }), limit, (last) => last.id);
    },
  );
}
