// The audit of what is asked of running calls and agents. It is written after the journal has taken the request, for
// that is its commit point; the journal tells the same story without the asker's name.
import type { FastifyRequest } from 'fastify';
import type { SpaceId } from '../domain/ids.ts';
import { noteAudit } from '../store/audit.ts';
import type { RestParts } from './app.ts';
import { actorOf } from './auth.ts';

/** A failure is logged, not told: what was asked has happened, and asking again would do it twice. */
export async function noteAsked(
  { db, log }: Pick<RestParts, 'db' | 'log'>,
  request: FastifyRequest,
  space: SpaceId,
  what: { action: string; resource: string; resourceId: string },
): Promise<void> {
  const changes = (request.body as object | undefined) ?? null;
  try {
    await noteAudit(db, { space, actor: actorOf(request), ...what, changes });
  } catch (error) {
    log.error({ err: error, request: request.id, action: what.action }, 'audit line lost');
  }
}
