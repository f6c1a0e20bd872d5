// Broadcasts as they are administered. How their contacts come in: contact-intake.ts; how they are checked, started and
// stopped: broadcast-runs.ts.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  Broadcast,
  BroadcastChanges,
  BroadcastInput,
  BroadcastPath,
  BroadcastQuery,
  BroadcastWithCounts,
  NewBroadcast,
} from '../../../contract/rest/broadcasts.ts';
import { HexId } from '../../../contract/rest/campaigns.ts';
import { pageOf } from '../../../contract/rest/common.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../../platform/db.ts';
import {
  findBroadcast,
  insertBroadcast,
  listBroadcasts,
  lockState,
  removeBroadcast,
  replaceBroadcast,
} from '../../store/broadcasts.ts';
import { idsAt } from '../../store/bulk-import.ts';
import { countsOf } from '../../store/contact-attempts.ts';
import { countContacts } from '../../store/contacts.ts';
import { findIvr } from '../../store/ivrs.ts';
import { trunks } from '../../store/trunks.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { openBroadcastOf } from '../broadcast-access.ts';
import { pageOfItems, readCursor } from '../paging.ts';
import { fieldRefused, parsed } from '../problem.ts';

const tags = ['broadcasts'];
const onePath = '/broadcasts/:id';
const one = { tags, params: BroadcastPath };
const resource = 'broadcasts';
const access = supervisors;

export function broadcastRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock, broadcasts } = parts;

  async function saved(
    request: FastifyRequest,
    action: 'replace' | 'change',
    inputFor: (current: Broadcast) => BroadcastInput,
  ): Promise<Broadcast> {
    const { id, space } = await openBroadcastOf(parts, request);
    const broadcast = await administer(parts, request, {
      ...{ space, action, resource, idOf: () => id },
      async work(tx) {
        await lockState(tx, space, id);
        const current = await findBroadcast(tx, id);
        if (!current) return undefined;
        const input = inputFor(current);
        await requireOwn(tx, space, input);
        requireChangeable(current, input);
        return await replaceBroadcast(tx, space, id, input);
      },
    });
    broadcasts.wake();
    return broadcast;
  }

  app.get(
    '/broadcasts',
    { config: { access }, schema: { tags, querystring: BroadcastQuery, response: { 200: pageOf(Broadcast) } } },
    async (request) => {
      const { limit, cursor, space_id, state, media } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(HexId, cursor) ?? '';
      const slice = { after, limit: limit + 1, state: state ?? null, media: media ?? null };
      return pageOfItems(await listBroadcasts(db, space, slice), limit, (last) => last.id);
    },
  );

  app.post(
    '/broadcasts',
    { config: { access }, schema: { tags, body: NewBroadcast, response: { 201: Broadcast } } },
    async (request, reply) => {
      const { space_id, ...input } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      const created = { id: idsAt(clock.now())(), at: clock.now() };
      reply.code(201);
      return await administer(parts, request, {
        ...{ space, action: 'create', resource, idOf: ({ id }: Broadcast) => id },
        async work(tx) {
          await requireOwn(tx, space, input);
          return await insertBroadcast(tx, space, created, input);
        },
      });
    },
  );

  app.get(
    onePath,
    { config: { access }, schema: { ...one, response: { 200: BroadcastWithCounts } } },
    async (request) => {
      const { space, id, broadcast } = await openBroadcastOf(parts, request);
      const contacts = await countContacts(db, space, id, clock.now());
      const waits = await broadcasts.whyWaiting(space, id);
      const until = waits?.why === 'not_due' ? new Date(waits.until).toISOString() : null;
      return {
        ...broadcast,
        counts: { ...contacts, attempts: await countsOf(db, space, id) },
        why_waiting: waits && { why: waits.why, until },
      };
    },
  );

  app.put(
    onePath,
    { config: { access }, schema: { ...one, body: BroadcastInput, response: { 200: Broadcast } } },
    (request) => saved(request, 'replace', () => request.body),
  );

  app.patch(
    onePath,
    {
      config: { access },
      schema: {
        ...one,
        description: 'One that runs or is scheduled: name, rate_per_s, hours and priority only; pause it for the rest.',
        ...{ body: BroadcastChanges, response: { 200: Broadcast } },
      },
    },
    (request) =>
      saved(request, 'change', (current) => parsed(BroadcastInput, { ...inputOf(current), ...request.body })),
  );

  app.delete(
    onePath,
    {
      config: { access },
      schema: {
        ...one,
        description: 'With its contacts; the history of its attempts stays. One that was started is cancelled first.',
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { space, id } = await openBroadcastOf(parts, request);
      await administer(parts, request, {
        ...{ space, action: 'delete', resource, idOf: () => id },
        async work(tx) {
          await lockState(tx, space, id);
          const current = await findBroadcast(tx, id);
          if (current) requireOver(current);
          return (await removeBroadcast(tx, space, id)) || undefined;
        },
      });
      return reply.code(204).send(null);
    },
  );
}

/** What it names is of its space. */
async function requireOwn(tx: Transaction, space: SpaceId, { ivr_id, trunk_id }: BroadcastInput): Promise<void> {
  const ivr = ivr_id === null ? null : await findIvr(tx, ivr_id);
  if (ivr !== null && ivr?.space_id !== space) throw fieldRefused('ivr_id', 'is no IVR of the space');
  const trunk = trunk_id === null ? null : await trunks.find(tx, trunk_id);
  if (trunk !== null && trunk?.space_id !== space) throw fieldRefused('trunk_id', 'is no trunk of the space');
}

function requireOver({ state, ended_at, start_asked_at }: Broadcast): void {
  const refused = (detail: string) => new AppError('broadcast.wrong_state', detail);
  if (start_asked_at !== null) throw refused('The broadcast is being started; cancel it first.');
  if (state === 'scheduled' || state === 'running' || state === 'paused') {
    throw refused(`The broadcast is ${state}; cancel it first.`);
  }
  if (state === 'cancelled' && ended_at === null) {
    throw refused('The broadcast is being cancelled: its contacts are still being told of in reports.');
  }
}

function inputOf({
  id: _id,
  space_id: _space,
  created_at: _created,
  state: _state,
  started_at: _started,
  ended_at: _ended,
  start_asked_at: _asked,
  start_errors: _errors,
  ...input
}: Broadcast): BroadcastInput {
  return input;
}

const whileItRuns = new Set(['name', 'rate_per_s', 'hours', 'priority']);

/** One moment is written in several ways. */
function comparable({ starts_at, ...input }: BroadcastInput): Record<string, unknown> {
  return { ...input, starts_at: starts_at && Date.parse(starts_at) };
}

function requireChangeable(current: Broadcast, input: BroadcastInput): void {
  const before = comparable(inputOf(current));
  const changed = Object.entries(comparable(input)).flatMap(([path, value]) =>
    JSON.stringify(before[path]) === JSON.stringify(value) ? [] : [path],
  );
  const refused = (path: string, message: string) =>
    new AppError('broadcast.wrong_state', `${path} ${message}.`, { errors: [{ path, message }] });
  if (changed.includes('media')) {
    const message = 'cannot be changed; delete the broadcast and create another one';
    throw new AppError('request.conflict', `The media ${message}.`, { errors: [{ path: 'media', message }] });
  }
  const { state, start_asked_at } = current;
  const [first] = changed.filter((path) => !whileItRuns.has(path));
  if ((state === 'done' || state === 'cancelled') && changed.some((path) => path !== 'name')) {
    throw refused(
      changed.find((path) => path !== 'name')!,
      `cannot be changed any more: the broadcast is ${state}`,
    );
  }
  const isStarted = state === 'running' || state === 'scheduled' || start_asked_at !== null;
  if (isStarted && first !== undefined) {
    throw refused(first, `cannot be changed while the broadcast is ${state}; pause it first`);
  }
}
