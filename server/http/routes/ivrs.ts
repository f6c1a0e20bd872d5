// IVRs: drafts, versions that are published, and going back to one of them. What is written is published at once, unless
// it says that it is a draft; errors keep it from being published, and a draft shows them.
import { z } from 'zod';
import { IvrDocument } from '../../../contract/ivr.ts';
import { IdPath, NoBody, PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { Ivr, IvrChanges, IvrInput, IvrVersion, NewIvr, VersionPath } from '../../../contract/rest/ivrs.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { type Finding, validateIvr } from '../../domain/ivr/validate.ts';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../../platform/db.ts';
import {
  createIvr,
  findIvr,
  findVersion,
  knownToIvrs,
  listIvrs,
  listVersions,
  publishDraft,
  removeIvr,
  saveDraft,
  type StoredIvr,
} from '../../store/ivrs.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound, parsed } from '../problem.ts';
import type { FastifyRequest } from 'fastify';

const tags = ['ivrs'];
const resource = 'ivrs';
const idOf = ({ id }: Ivr) => id;
const readable = { access: supervisors };
const writable = { access: admins };

export function ivrRoutes(app: App, parts: RestParts): void {
  routeIvrs(app, parts);
  routeVersions(app, parts);
}

function routeIvrs(app: App, parts: RestParts): void {
  const { db, directories } = parts;

  app.get(
    '/ivrs',
    { config: readable, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Ivr) } } },
    async (request) => {
      const { limit, cursor, space_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      return await db.transaction(async (tx) => {
        const page = pageOfItems(await listIvrs(tx, space, { after, limit: limit + 1 }), limit, (last) => last.id);
        const items: Ivr[] = [];
        for (const stored of page.items) items.push(await shown(tx, stored));
        return { ...page, items };
      });
    },
  );

  app.post(
    '/ivrs',
    { config: writable, schema: { tags, body: NewIvr, response: { 201: Ivr } } },
    async (request, reply) => {
      const { space_id, draft, ...document } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      reply.code(201);
      return await administer(parts, request, {
        ...{ space, resource, idOf, action: 'create' },
        work: async (tx) => await settled(tx, space, await createIvr(tx, space, document), draft),
      });
    },
  );

  app.get(
    '/ivrs/:id',
    { config: readable, schema: { tags, params: IdPath, response: { 200: Ivr } } },
    async (request) => {
      const stored = await reached(parts, request);
      return await db.transaction((tx) => shown(tx, stored));
    },
  );

  app.put(
    '/ivrs/:id',
    { config: writable, schema: { tags, params: IdPath, body: IvrInput, response: { 200: Ivr } } },
    (request) => {
      const { draft, ...document } = request.body;
      // Put back as it was read, a draft stays one.
      return saved(parts, request, 'replace', () => ({
        ...document,
        draft: draft || request.broughtBack?.state === 'draft',
      }));
    },
  );

  app.patch(
    '/ivrs/:id',
    { config: writable, schema: { tags, params: IdPath, body: IvrChanges, response: { 200: Ivr } } },
    (request) => saved(parts, request, 'change', ({ document }) => parsed(IvrInput, { ...document, ...request.body })),
  );

  app.delete(
    '/ivrs/:id',
    { config: writable, schema: { tags, params: IdPath, response: { 204: z.null() } } },
    async (request, reply) => {
      const { id, space_id } = await reached(parts, request);
      const space = space_id as SpaceId;
      await administer(parts, request, {
        ...{ space, resource, action: 'delete', idOf: () => id },
        work: async (tx) => (await removeIvr(tx, space, id)) || undefined,
      });
      return reply.code(204).send(null);
    },
  );
}

function routeVersions(app: App, parts: RestParts): void {
  const { db } = parts;
  const querystring = PageQuery.omit({ space_id: true });

  app.post(
    '/ivrs/:id/publish',
    { config: writable, schema: { tags, params: IdPath, body: NoBody, response: { 200: Ivr } } },
    async (request) => {
      const { id, space_id } = await reached(parts, request);
      const space = space_id as SpaceId;
      return await administer(parts, request, {
        ...{ space, resource, idOf, action: 'publish' },
        async work(tx) {
          const current = await findIvr(tx, id);
          return current && (await settled(tx, space, current, false));
        },
      });
    },
  );

  app.get(
    '/ivrs/:id/export',
    { config: readable, schema: { tags, params: IdPath, response: { 200: IvrDocument } } },
    async (request, reply) => {
      const { id, document } = await reached(parts, request);
      reply.header('content-disposition', `attachment; filename="ivr-${id}.json"`);
      return document;
    },
  );

  app.get(
    '/ivrs/:id/versions',
    { config: readable, schema: { tags, params: IdPath, querystring, response: { 200: pageOf(IvrVersion) } } },
    async (request) => {
      const { id } = await reached(parts, request);
      const { limit, cursor } = request.query;
      const before = readCursor(IdPosition, cursor) ?? null;
      return pageOfItems(await listVersions(db, id, { before, limit: limit + 1 }), limit, ({ version }) => version);
    },
  );

  app.get(
    '/ivrs/:id/versions/:version',
    { config: readable, schema: { tags, params: VersionPath, response: { 200: IvrVersion } } },
    async (request) => {
      const { id } = await reached(parts, request);
      return await versionOf(db, id, request.params.version);
    },
  );

  app.post(
    '/ivrs/:id/versions/:version/restore',
    { config: writable, schema: { tags, params: VersionPath, body: NoBody, response: { 200: Ivr } } },
    (request) =>
      saved(parts, request, 'restore', async ({ id }) => {
        const { document } = await versionOf(db, id, request.params.version);
        return { ...document, draft: false };
      }),
  );
}

async function versionOf(db: Transaction, id: number, version: number): Promise<IvrVersion> {
  const found = await findVersion(db, id, version);
  if (!found) throw notFound();
  return found;
}

async function reached({ db }: RestParts, request: FastifyRequest): Promise<StoredIvr> {
  const { id } = request.params as z.output<typeof IdPath>;
  const stored = await findIvr(db, id);
  if (!stored) throw notFound();
  requireReach(callerOf(request), stored.space_id);
  return stored;
}

async function saved(
  parts: RestParts,
  request: FastifyRequest,
  action: 'replace' | 'change' | 'restore',
  inputFor: (current: StoredIvr) => IvrInput | Promise<IvrInput>,
): Promise<Ivr> {
  const { id, space_id } = await reached(parts, request);
  const space = space_id as SpaceId;
  return await administer(parts, request, {
    ...{ space, resource, idOf, action },
    async work(tx) {
      const current = await findIvr(tx, id); // Again: the space is locked now.
      if (!current) return undefined;
      const { draft, ...document } = await inputFor(current);
      const stored = await saveDraft(tx, space, id, document);
      return stored && (await settled(tx, space, stored, draft));
    },
  });
}

/** Publishes what is no draft. Throws `request.invalid` with the path of each error. */
async function settled(tx: Transaction, space: SpaceId, stored: StoredIvr, draft: boolean): Promise<Ivr> {
  const current = await shown(tx, stored);
  if (draft || !stored.isDraft) return current;
  const errors = current.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new AppError('request.invalid', 'The IVR is not whole; as a draft it can be kept.', { errors });
  }
  const published = await publishDraft(tx, space, stored.id);
  if (!published) throw notFound();
  return { ...current, version: published.version, state: 'published' };
}

async function shown(tx: Transaction, { document, isDraft, ...stored }: StoredIvr): Promise<Ivr> {
  const findings: Finding[] = validateIvr(document, await knownToIvrs(tx, stored.space_id as SpaceId));
  return { ...stored, ...document, state: isDraft ? 'draft' : 'published', findings };
}
