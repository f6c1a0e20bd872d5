import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { CampaignPath, HexId } from '../../../contract/rest/campaigns.ts';
import { IdempotencyHeader, PageQuery, pageOf } from '../../../contract/rest/common.ts';
import {
  AttemptPlaced,
  CampaignRequest,
  Disposition,
  Import,
  ImportPath,
  Refusal,
  RequestPath,
  RequestQuery,
  Take,
  WhyNot,
  WhyQuery,
} from '../../../contract/rest/requests.ts';
import { asId, type SpaceId, type UserId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { momentOf } from '../../flows/campaigns/desk.ts';
import { findRequest, listRequests, type Place } from '../../store/campaign-requests.ts';
import { findCampaign } from '../../store/campaigns.ts';
import { forbiddenAmong } from '../../store/dnc.ts';
import { importRequests, type ImportBatch, listRefusals } from '../../store/request-import.ts';
import { itemOf } from '../../store/request-rows.ts';
import type { App, RestParts } from '../app.ts';
import { type Caller, callerOf, everybody, requireReach, supervisors } from '../auth.ts';
import { makeOnce } from '../idempotency.ts';
import { unlessSilent } from '../imports/records.ts';
import {
  arrayRequests,
  csvRequests,
  type ImportRules,
  ndjsonRequests,
  onDoNotCallList,
} from '../imports/request-rows.ts';
import { noteAsked } from '../note-asked.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { fieldRefused, notFound } from '../problem.ts';
import { forbiddenToAgents } from './calls.ts';

const tags = ['requests'];
const path = '/campaigns/:id/requests';
const onePath = `${path}/:rid`;
/** An array of requests in one JSON body; longer ones come as CSV or NDJSON, which are not held in memory. */
const mostJsonBytes = 16 * 1_024 * 1_024;
/** A client that sends nothing for so long has gone. */
const silenceMs = 60_000;

interface Found {
  place: Place;
  space: SpaceId;
  /** Of a request that names no other. */
  priority: number;
}

/** Registered apart, for here alone a body may be CSV or NDJSON. */
export function requestRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock, campaigns } = parts;
  app.addContentTypeParser(['text/csv', 'application/x-ndjson'], (request, body, done) => {
    const charset = /charset="?([^";]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset === undefined || /^utf-?8$/i.test(charset)) return done(null, body);
    done(new AppError('request.wrong_media_type', `The charset ${charset} is not understood; send UTF-8.`));
  });

  async function found(request: FastifyRequest): Promise<Found> {
    const { id } = request.params as z.output<typeof CampaignPath>;
    const campaign = await findCampaign(db, id);
    if (!campaign) throw notFound();
    const caller = callerOf(request);
    const space = requireReach(caller, campaign.space_id);
    if (caller.role === 'agent' && !(caller.kind === 'user' && campaign.user_ids.includes(caller.user)))
      throw notFound();
    return { place: { space, campaign: id }, space, priority: campaign.priority };
  }

  async function shown(place: Place, id: string, caller: Caller): Promise<CampaignRequest> {
    const row = await findRequest(db, id, place);
    const own = row && (row.user_id === userOf(caller) || row.assigned_user_id === userOf(caller));
    if (!row || (caller.role === 'agent' && !own)) throw notFound();
    return itemOf(row);
  }

  async function taken({ place, priority }: Found, batches: (rules: ImportRules) => AsyncIterable<ImportBatch>) {
    const directory = directories.of(place.space);
    if (!directory) throw notFound();
    const rules = {
      directory,
      forbidden: (numbers: readonly string[]) => forbiddenAmong(db, place.space, place.campaign, numbers),
    };
    return await importRequests(db, place, { now: clock.now(), priority }, batches(rules));
  }

  async function takeOne(from: Found, body: unknown): Promise<CampaignRequest> {
    const { refusals, first_id } = await taken(from, (rules) => arrayRequests([body], rules));
    const [refusal] = refusals;
    if (refusal?.message === onDoNotCallList) {
      throw new AppError('campaign.do_not_call', 'The number is on a do-not-call list.', {
        errors: [{ path: 'contact_number', message: refusal.message }],
      });
    }
    if (refusal) throw fieldRefused(refusal.path, refusal.message);
    return itemOf((await findRequest(db, first_id!, from.place))!);
  }

  app.post(
    path,
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
      const from = await found(request);
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
      await noteAsked(parts, request, from.space, { action: 'create', resource: 'requests', resourceId: created.id });
      return created;
    },
  );

  async function noted(request: FastifyRequest, { space }: Found, report: Awaited<ReturnType<typeof taken>>) {
    const { first_id: _first, ...told } = report;
    // Without the body: it is a list of people.
    const bare = Object.create(request, { body: { value: undefined } }) as FastifyRequest;
    await noteAsked(parts, bare, space, { action: 'import', resource: 'requests', resourceId: told.import_id });
    return told;
  }

  app.get(
    path,
    {
      config: { access: everybody },
      schema: { tags, params: CampaignPath, querystring: RequestQuery, response: { 200: pageOf(CampaignRequest) } },
    },
    async (request) => {
      const { place } = await found(request);
      const { limit, cursor, state } = request.query;
      const caller = callerOf(request);
      const rows = await listRequests(db, place, {
        ...{ after: readCursor(HexId, cursor) ?? '', limit: limit + 1, state: state ?? null },
        user: caller.role === 'agent' ? (userOf(caller) ?? null) : null,
      });
      return pageOfItems(rows.map(itemOf), limit, (last) => last.id);
    },
  );

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
      const { place } = await found(request);
      const { limit, cursor } = request.query;
      const after = readCursor(IdPosition, cursor) ?? 0;
      const refusals = await listRefusals(db, place, { import: request.params.import_id, after, limit: limit + 1 });
      return pageOfItems(refusals, limit, (last) => last.line);
    },
  );

  app.get(
    onePath,
    { config: { access: everybody }, schema: { tags, params: RequestPath, response: { 200: CampaignRequest } } },
    async (request) => {
      const { place } = await found(request);
      return await shown(place, request.params.rid, callerOf(request));
    },
  );

  app.get(
    `${onePath}/why`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'May it be called now, and if not, why, until when? `user_id`: by that consultant.',
        params: RequestPath,
        querystring: WhyQuery,
        response: { 200: WhyNot },
      },
    },
    async (request) => {
      const { place } = await found(request);
      const { rid } = request.params;
      await shown(place, rid, callerOf(request));
      const user = request.query.user_id === undefined ? null : asId<UserId>(request.query.user_id);
      const answer = await campaigns.why(place, rid, user);
      if (answer.ok) return { callable: true, why: null, until: null };
      const until = answer.until === null ? null : new Date(answer.until).toISOString();
      return { callable: false, why: answer.why, until };
    },
  );

  app.post(
    '/campaigns/:id/next',
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Reserves the next request for that consultant; the one that he has taken and not used, if any.',
        params: CampaignPath,
        body: Take,
        response: { 200: CampaignRequest },
      },
    },
    async (request) => {
      const { place } = await found(request);
      return itemOf(await campaigns.next(place, consultant(request)));
    },
  );

  app.post(
    `${onePath}/call`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Rings the consultant’s phone, then dials the contact.',
        ...{ params: RequestPath, headers: IdempotencyHeader, body: Take, response: { 201: AttemptPlaced } },
      },
    },
    async (request, reply) => {
      const { place, space } = await found(request);
      const user = consultant(request);
      const { rid } = request.params;
      return await makeOnce(parts, request, reply, space, async () => {
        const { call, leg } = await campaigns.call(place, rid, user);
        await noteAsked(parts, request, space, { action: 'call', resource: 'requests', resourceId: rid });
        return { call_id: call, consultant_dialog_uuid: leg };
      });
    },
  );

  app.post(
    `${onePath}/close`,
    {
      config: { access: everybody },
      schema: { tags, params: RequestPath, body: Disposition, response: { 200: CampaignRequest } },
    },
    async (request) => {
      const { place, space } = await found(request);
      const { result, callback_at, callback_user_id } = request.body;
      const caller = callerOf(request);
      const row = await campaigns.close(
        place,
        request.params.rid,
        {
          result,
          callbackAt: callback_at === undefined ? null : momentOf(callback_at),
          callbackUser: typeof callback_user_id === 'number' ? asId<UserId>(callback_user_id) : null,
        },
        caller.role === 'agent' ? userOf(caller) : null,
      );
      await noteAsked(parts, request, space, { action: 'close', resource: 'requests', resourceId: row.id });
      return itemOf(row);
    },
  );

  app.post(
    `${onePath}/release`,
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Gives a reserved request back to the others.',
        ...{ params: RequestPath, body: Take, response: { 200: CampaignRequest } },
      },
    },
    async (request) => {
      const { place } = await found(request);
      return itemOf(await campaigns.release(place, request.params.rid, consultant(request)));
    },
  );
}

/** An agent acts for himself only. */
function consultant(request: FastifyRequest): UserId {
  const caller = callerOf(request);
  const user = asId<UserId>((request.body as z.output<typeof Take>).user_id);
  if (caller.role === 'agent' && userOf(caller) !== user) throw forbiddenToAgents();
  return user;
}

const userOf = (caller: Caller): UserId | null => (caller.kind === 'user' ? caller.user : null);
