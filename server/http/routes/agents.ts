import type { FastifyRequest } from 'fastify';
import { Agent, AgentPath, AgentStateInput, PushCall } from '../../../contract/rest/agents.ts';
import { PlacedCall } from '../../../contract/rest/calls.ts';
import { IdempotencyHeader, PageQuery, pageOf } from '../../../contract/rest/common.ts';
import { UNAVAILABLE } from '../../../contract/rest/pauses.ts';
import { asId, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { AgentView } from '../../domain/requests.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, everybody, requireReach, spaceToList, supervisors } from '../auth.ts';
import { makeOnce } from '../idempotency.ts';
import { noteAsked } from '../note-asked.ts';
import { IdPosition, pageOfItems, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';
import { forbiddenToAgents, placed } from './calls.ts';

const tags = ['agents'];

export function agentRoutes(app: App, parts: RestParts): void {
  const { centre, directories } = parts;

  /** An agent reaches himself only; his colleagues are forbidden to him, other spaces' people are not there. */
  function named(request: FastifyRequest): { user: UserId; space: SpaceId } {
    const user = asId<UserId>((request.params as { user_id: number }).user_id);
    const space = directories.spaceOfUser(user);
    if (space === undefined) throw notFound();
    const caller = callerOf(request);
    requireReach(caller, space);
    if (caller.role === 'agent' && !(caller.kind === 'user' && caller.user === user)) throw forbiddenToAgents();
    return { user, space };
  }

  function shown(space: SpaceId, user: UserId): Agent {
    return agentOf(space, user, centre.agent(space, user));
  }

  app.get(
    '/agents',
    { config: { access: supervisors }, schema: { tags, querystring: PageQuery, response: { 200: pageOf(Agent) } } },
    (request) => {
      const { limit, cursor, space_id } = request.query;
      const only = spaceToList(callerOf(request), space_id, directories);
      const after = readCursor(IdPosition, cursor) ?? 0;
      const all = (only === null ? directories.spaces() : [only]).flatMap((space) =>
        [...(directories.of(space)?.users.keys() ?? [])].map((user) => ({ space, user })),
      );
      const next = all.filter(({ user }) => user > after).sort((a, b) => a.user - b.user);
      const agents = next.slice(0, limit + 1).map(({ space, user }) => shown(space, user));
      return pageOfItems(agents, limit, (last) => last.user_id);
    },
  );

  app.get(
    '/agents/:user_id/state',
    { config: { access: everybody }, schema: { tags, params: AgentPath, response: { 200: Agent } } },
    (request) => {
      const { space, user } = named(request);
      return shown(space, user);
    },
  );

  app.put(
    '/agents/:user_id/state',
    {
      config: { access: everybody },
      schema: { tags, params: AgentPath, body: AgentStateInput, response: { 200: Agent } },
    },
    async (request) => {
      const { space, user } = named(request);
      const { state, pause_id = UNAVAILABLE } = request.body;
      const pause = state === 'paused' ? pause_id : null;
      await centre.request(space, { ask: 'setAgentState', user, state, pause });
      await noteAsked(parts, request, space, { action: 'set_state', resource: 'agents', resourceId: String(user) });
      return shown(space, user);
    },
  );

  app.post(
    '/agents/:user_id/pushcall',
    {
      config: { access: supervisors },
      schema: {
        tags,
        description: 'Asks the agent to call that number: his phone rings, then the number is dialled.',
        params: AgentPath,
        headers: IdempotencyHeader,
        body: PushCall,
        response: { 201: PlacedCall },
      },
    },
    (request, reply) => {
      const { space, user } = named(request);
      const to = request.body.number;
      return makeOnce(parts, request, reply, space, async () => {
        const call = placed(await centre.request(space, { ask: 'placeCall', user, to, origin: 'pushcall' }));
        await noteAsked(parts, request, space, { action: 'pushcall', resource: 'agents', resourceId: String(user) });
        return call;
      });
    },
  );
}

function agentOf(space: SpaceId, user: UserId, view: AgentView | undefined): Agent {
  return {
    user_id: user,
    space_id: space,
    state: view?.state ?? 'logged_out',
    pause_id: view?.pause ?? null,
    phone: view?.phone ?? 'unreachable',
    call_id: view?.call ?? null,
    since: view && view.since > 0 ? new Date(view.since).toISOString() : null,
  };
}
