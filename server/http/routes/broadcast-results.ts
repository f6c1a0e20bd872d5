// What became of each attempt of a broadcast, as one document.
import { Readable } from 'node:stream';
import { BroadcastPath } from '../../../contract/rest/broadcasts.ts';
import { type ResultsFormat, ResultsQuery } from '../../../contract/rest/results.ts';
import { asKey, type BroadcastId } from '../../domain/ids.ts';
import { type ResultsForm, resultsText } from '../../projections/reports/results.ts';
import { findBroadcast } from '../../store/broadcasts.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, requireReach, supervisors } from '../auth.ts';
import { noteAsked } from '../note-asked.ts';
import { notFound } from '../problem.ts';

const contentTypes: Readonly<Record<ResultsFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
};

export function broadcastResultRoutes(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  app.get(
    '/broadcasts/:id/results',
    {
      config: { access: supervisors },
      schema: {
        tags: ['broadcasts'],
        description:
          'What became of each attempt of which something is known: with its current status (csv), or with its whole ' +
          'history, as reports tell it (json, xml: docs/reports.md).',
        ...{ params: BroadcastPath, querystring: ResultsQuery },
      },
    },
    async (request, reply) => {
      const broadcast = await findBroadcast(db, request.params.id);
      if (!broadcast) throw notFound();
      const space = requireReach(callerOf(request), broadcast.space_id);
      const settings = directories.of(space)?.space;
      if (!settings) throw notFound();
      const { format, cells } = request.query;
      const form: ResultsForm = format === 'csv' ? { format, safe: cells === 'safe' } : { format };
      await noteAsked(parts, request, space, { action: 'export', resource: 'broadcasts', resourceId: broadcast.id });
      const { id, media } = broadcast;
      const results = { space, username: settings.username, broadcast: asKey<BroadcastId>(id), media };
      return reply
        .type(contentTypes[format])
        .header('content-disposition', `attachment; filename="${id}.${format}"`)
        .send(Readable.from(resultsText(db, results, form)));
    },
  );
}
