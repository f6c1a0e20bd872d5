import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DialogPath, TransferInput } from '../../../contract/rest/dialogs.ts';
import { asKey, type LegId, type SpaceId } from '../../domain/ids.ts';
import type { Request } from '../../domain/requests.ts';
import { AppError } from '../../errors.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, everybody } from '../auth.ts';
import { noteAsked } from '../note-asked.ts';
import { forbiddenToAgents } from './calls.ts';

const tags = ['dialogs'];
const config = { access: everybody };
const response = { 202: z.undefined().describe('Asked of the call; what comes of it is told by its events.') };

const simple = [
  { path: 'hangup', ask: 'hangUp' },
  { path: 'hold', ask: 'hold' },
  { path: 'unhold', ask: 'unhold' },
  { path: 'transfer/complete', ask: 'completeTransfer' },
  { path: 'transfer/cancel', ask: 'cancelTransfer' },
] as const;

export function dialogRoutes(app: App, parts: RestParts): void {
  const { centre } = parts;

  /** A leg of a running call. An agent reaches the legs of the call that he is in. */
  function named(request: FastifyRequest): { leg: LegId; space: SpaceId } {
    const leg = asKey<LegId>((request.params as z.output<typeof DialogPath>).uuid);
    const caller = callerOf(request);
    const space = centre.spaceOfLeg(leg);
    if (space === undefined || (caller.space !== null && caller.space !== space)) {
      throw new AppError('call.not_found', 'There is no such dialog in a running call.');
    }
    if (caller.role === 'agent') {
      const own = caller.kind === 'user' ? centre.agent(space, caller.user)?.call : undefined;
      if (own === undefined || own !== centre.callOfLeg(leg)) throw forbiddenToAgents();
    }
    return { leg, space };
  }

  async function ask(request: FastifyRequest, action: string, asked: (leg: LegId) => Request): Promise<void> {
    const { leg, space } = named(request);
    await centre.request(space, asked(leg));
    await noteAsked(parts, request, space, { action, resource: 'dialogs', resourceId: leg });
  }

  for (const { path, ask: what } of simple) {
    app.put(
      `/dialogs/:uuid/${path}`,
      { config, schema: { tags, params: DialogPath, response } },
      async (request, reply) => {
        await ask(request, path, (leg) => ({ ask: what, leg }));
        return reply.code(202).send();
      },
    );
  }

  app.put(
    '/dialogs/:uuid/transfer',
    { config, schema: { tags, params: DialogPath, body: TransferInput, response } },
    async (request, reply) => {
      const { to, type } = request.body;
      await ask(request, 'transfer', (leg) => ({ ask: 'transfer', leg, to, kind: type }));
      return reply.code(202).send();
    },
  );
}
