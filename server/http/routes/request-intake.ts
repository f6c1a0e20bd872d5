// Requests come into a campaign: one, many in an array, or a file of a million.
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { CampaignPath } from '../../../contract/rest/campaigns.ts';
import { PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { CampaignRequest, Import, ImportPath, Refusal } from '../../../contract/rest/requests.ts';
import { AppError } from '../../errors.ts';
import { findRequest } from '../../store/campaign-requests.ts';
import { forbiddenAmong } from '../../store/dnc.ts';
import { importRequests, type ImportBatch, listRefusals } from '../../store/request-import.ts';
import { itemOf } from '../../store/request-rows.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { type FoundCampaign, openCampaignOf } from '../campaign-access.ts';
import { unlessSilent } from '../imports/records.ts';
import { arrayRequests, csvRequests, type ImportRules, ndjsonRequests, oneRequest } from '../imports/request-rows.ts';
import { noteAsked } from '../note-asked.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';

const tags = ['requests'];
/** An array of requests in one JSON body; longer ones come as CSV or NDJSON, which are not held in memory. */
const mostJsonBytes = 16 * 1_024 * 1_024;
/** A client that sends nothing for so long has gone. */
const silenceMs = 60_000;

/** Registered apart, for here alone a body may be CSV or NDJSON. */
export function requestIntakeRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock } = parts;
  app.addContentTypeParser(['text/csv', 'application/x-ndjson'], (request, body, done) => {
    const charset = /charset="?([^";]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset === undefined || /^utf-?8$/i.test(charset)) return done(null, body);
    done(new AppError('request.wrong_media_type', `The charset ${charset} is not understood; send UTF-8.`));
  });

  async function taken(
    { place, campaign: { priority } }: FoundCampaign,
    batches: (rules: ImportRules) => AsyncIterable<ImportBatch>,
  ) {
    const directory = directories.of(place.space);
    if (!directory) throw notFound();
    const rules = {
      directory,
      forbidden: (numbers: readonly string[]) => forbiddenAmong(db, place.space, place.campaign, numbers),
    };
    return await importRequests(db, place, { now: clock.now(), priority }, batches(rules));
  }

  async function takeOne(from: FoundCampaign, body: unknown): Promise<CampaignRequest> {
    const { first_id } = await taken(from, async function* (rules) {
      yield { accepted: [await oneRequest(body, rules)], refused: [] };
    });
    return itemOf((await findRequest(db, first_id!, from.place))!);
  }

  app.post(
    '/campaigns/:id/requests',
    {
      config: { access: supervisors },
      bodyLimit: mostJsonBytes,
      schema: {
        tags,
        description:
          'One request (answered with it), or many: a JSON array, CSV with a header (`text/csv`), or NDJSON ' +
          '(`application/x-ndjson`), answered with a report. An import is kept as a whole or not at all; rows that are ' +
          'refused are left out and told. contact_number is needed; name, contact_info, contact_identifier, case_*, priority, ' +
          'process_*, assigned_user_id and custom are as in the answer.',
        params: CampaignPath,
        response: { 201: z.union([CampaignRequest, Import]) },
      },
    },
    async (request, reply) => {
      const from = await openCampaignOf(db, request);
      const body = request.body as unknown;
      const type = request.headers['content-type'] ?? '';
      reply.code(201);
      if (/^(text\/csv|application\/x-ndjson)/i.test(type)) {
        const read = type.toLowerCase().startsWith('text/csv') ? csvRequests : ndjsonRequests;
        const bytes = unlessSilent(body as Readable, { clock, forMs: silenceMs });
        return await noted(request, from, await taken(from, (rules) => read(bytes, rules)));
      }
      if (Array.isArray(body))
        return await noted(request, from, await taken(from, (rules) => arrayRequests(body, rules)));
      const created = await takeOne(from, body);
      await noteAsked(parts, request, from.place.space, {
        action: 'create',
        resource: 'requests',
        resourceId: created.id,
      });
      return created;
    },
  );

  async function noted(
    request: FastifyRequest,
    { place: { space } }: FoundCampaign,
    report: Awaited<ReturnType<typeof taken>>,
  ) {
    const { first_id: _first, ...told } = report;
    // Without the body: it is a list of people.
    const bare = Object.create(request, { body: { value: undefined } }) as FastifyRequest;
    await noteAsked(parts, bare, space, { action: 'import', resource: 'requests', resourceId: told.import_id });
    return told;
  }

  app.get(
    '/campaigns/:id/imports/:import_id',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'Every refused row of an import.',
        params: ImportPath,
        querystring: PageQuery.omit({ space_id: true }),
        response: { 200: pageOf(Refusal) },
      },
    },
    async (request) => {
      const { place } = await openCampaignOf(db, request);
      const { limit, cursor } = request.query;
      const after = readCursor(IdPosition, cursor) ?? 0;
      const refusals = await listRefusals(db, place, { import: request.params.import_id, after, limit: limit + 1 });
      return pageOfItems(refusals, limit, (last) => last.line);
    },
  );
}
