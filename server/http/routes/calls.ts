import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  Call,
  CallPath,
  CallQuery,
  NewCall,
  PlacedCall,
  RecordingInput,
  Timeline,
} from '../../../contract/rest/calls.ts';
import { IdempotencyHeader, pageOf } from '../../../contract/rest/common.ts';
import { asId, asKey, type CallId, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { Reply } from '../../domain/requests.ts';
import { AppError } from '../../errors.ts';
import type { App, RestParts } from '../app.ts';
import { type Caller, callerOf, everybody, spaceToList, spaceToUse, supervisors } from '../auth.ts';
import { makeOnce } from '../idempotency.ts';
import type { CallFilters } from '../../projections/calls/history.ts';
import { noteAsked } from '../note-asked.ts';
import { notFound } from '../problem.ts';

const tags = ['calls'];

export function callRoutes(app: App, parts: RestParts): void {
  const { centre, callHistory, recordings, directories } = parts;

  async function found(request: FastifyRequest): Promise<Call> {
    const { id } = request.params as z.output<typeof CallPath>;
    const call = await callHistory.one(asKey<CallId>(id));
    if (!call || !maySee(callerOf(request), call)) throw new AppError('call.not_found', 'There is no such call.');
    return call;
  }

  app.get(
    '/calls',
    { config: { access: everybody }, schema: { tags, querystring: CallQuery, response: { 200: pageOf(Call) } } },
    async (request) => {
      const caller = callerOf(request);
      const { limit, cursor, space_id, ...filters } = request.query;
      const space = spaceToList(caller, space_id, directories);
      return await callHistory.list(space, { limit, cursor }, ownOnly(caller, filters));
    },
  );

  app.post(
    '/calls',
    {
      config: { access: everybody },
      schema: {
        tags,
        description: 'Rings the agent’s phone, then dials the number.',
        headers: IdempotencyHeader,
        body: NewCall,
        response: { 201: PlacedCall },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const user = asId<UserId>(request.body.from_user_id);
      const space = spaceOfCaller(caller, user, request.body.space_id);
      if (caller.role === 'agent' && !(caller.kind === 'user' && caller.user === user)) throw forbiddenToAgents();
      return await makeOnce(parts, request, reply, space, async () => {
        const { to } = request.body;
        const call = placed(await centre.request(space, { ask: 'placeCall', user, to, origin: 'rest' }));
        await noteAsked(parts, request, space, { action: 'place', resource: 'calls', resourceId: call.id });
        return call;
      });
    },
  );

  app.get(
    '/calls/:id',
    { config: { access: everybody }, schema: { tags, params: CallPath, response: { 200: Call } } },
    found,
  );

  app.get(
    '/calls/:id/timeline',
    { config: { access: everybody }, schema: { tags, params: CallPath, response: { 200: Timeline } } },
    async (request) => {
      const call = await found(request);
      return { items: (await callHistory.timeline(asKey<CallId>(call.id))) ?? [] };
    },
  );

  app.put(
    '/calls/:id/recording',
    {
      config: { access: everybody },
      schema: { tags, params: CallPath, body: RecordingInput, response: { 202: z.undefined() } },
    },
    async (request, reply) => {
      const { id, space_id } = await found(request);
      const space = asId<SpaceId>(space_id);
      await centre.request(space, { ask: 'record', call: asKey<CallId>(id), on: request.body.on });
      await noteAsked(parts, request, space, { action: 'record', resource: 'calls', resourceId: id });
      return reply.code(202).send();
    },
  );

  app.get(
    '/calls/:id/recording',
    {
      config: { access: supervisors },
      schema: { tags, description: 'The recording, a WAV file (audio/wav).', params: CallPath },
    },
    async (request, reply) => {
      const { id, space_id, recording } = await found(request);
      const audio = recording === null ? undefined : await recordings.open(recording);
      if (!audio) throw notFound();
      await noteAsked(parts, request, asId<SpaceId>(space_id), {
        action: 'listen',
        resource: 'calls',
        resourceId: id,
      });
      return reply
        .type('audio/wav')
        .header('content-length', audio.bytes)
        .header('content-disposition', `attachment; filename="${id}.wav"`)
        .send(audio.stream);
    },
  );

  function spaceOfCaller(caller: Caller, user: UserId, asked: number | undefined): SpaceId {
    const space = directories.spaceOfUser(user);
    const wanted = asked === undefined && caller.space === null ? space : spaceToUse(caller, asked, directories);
    if (space !== undefined && space === wanted) return space;
    const errors = [{ path: 'from_user_id', message: 'The space has no such user.' }];
    throw new AppError('request.invalid', 'The space has no such user.', { errors });
  }
}

export const forbiddenToAgents = () => new AppError('request.forbidden', 'An agent acts for himself only.');

/** What placing a call is answered with. */
export function placed({ call, leg }: Reply): z.input<typeof PlacedCall> {
  if (call === null) throw new AppError('internal', 'The call was placed without an id.');
  return { id: call, call_id: call, dialog_uuid: leg };
}

/** An agent sees his own calls, whatever he asks for. */
function ownOnly(caller: Caller, filters: CallFilters): CallFilters {
  if (caller.role !== 'agent') return filters;
  if (caller.kind !== 'user')
    throw new AppError('request.forbidden', 'A key of the role agent has no calls of its own.');
  if (filters.user_id !== undefined && filters.user_id !== caller.user) throw forbiddenToAgents();
  return { ...filters, user_id: caller.user };
}

/** Whoever may not is answered as if there were no such call, so that nobody learns of others' calls. */
function maySee(caller: Caller, call: Call): boolean {
  if (caller.space !== null && caller.space !== call.space_id) return false;
  return caller.role !== 'agent' || (caller.kind === 'user' && took(call, caller.user));
}

function took(call: Call, user: UserId): boolean {
  return call.user_id === user || call.legs.some((leg) => leg.user_id === user);
}
