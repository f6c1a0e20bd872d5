// Requests come into a campaign: one, many in an array, or a file of a million.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CampaignPath } from '../../../contract/rest/campaigns.ts';
import { SpaceQuery } from '../../../contract/rest/common.ts';
import { Import } from '../../../contract/rest/imports.ts';
import { CampaignRequest } from '../../../contract/rest/requests.ts';
import type { ImportBatch } from '../../store/bulk-import.ts';
import { findRequest, type GivenRequest } from '../../store/campaign-requests.ts';
import { forbiddenAmong } from '../../store/dnc.ts';
import { importRequests } from '../../store/request-import.ts';
import { itemOf } from '../../store/request-rows.ts';
import type { App, RestParts } from '../app.ts';
import { requireSameSpace, supervisors } from '../auth.ts';
import { type FoundCampaign, openCampaignOf } from '../campaign-access.ts';
import { refusalRoute } from '../imports/refusals.ts';
import { type ImportRules, oneRequest, requestReader } from '../imports/request-rows.ts';
import { acceptFiles, mostJsonBytes, rowsOf, uploadOf, withoutBody } from '../imports/uploads.ts';
import { noteAsked } from '../note-asked.ts';
import { notFound } from '../problem.ts';

const tags = ['requests'];
/** Registered apart, for here alone a body may be CSV or NDJSON. */
export function requestIntakeRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock } = parts;
  acceptFiles(app);

  async function taken(
    { place, campaign: { priority } }: FoundCampaign,
    batches: (rules: ImportRules) => AsyncIterable<ImportBatch<GivenRequest>>,
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
        querystring: SpaceQuery,
        response: { 201: z.union([CampaignRequest, Import]) },
      },
    },
    async (request, reply) => {
      const from = await openCampaignOf(db, request);
      requireSameSpace(from.place.space, request.query.space_id);
      const upload = uploadOf(request, clock);
      reply.code(201);
      if (upload.is !== 'one') {
        return await noted(request, from, await taken(from, (rules) => rowsOf(upload, requestReader(rules))));
      }
      const created = await takeOne(from, upload.value);
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
    const what = { action: 'import', resource: 'requests', resourceId: told.import_id };
    await noteAsked(parts, withoutBody(request), space, what);
    return told;
  }

  refusalRoute(app, db, {
    tag: 'requests',
    owners: 'campaigns',
    async ownerOf(request) {
      const { place } = await openCampaignOf(db, request);
      return { space: place.space, owner: place.campaign };
    },
  });
}
