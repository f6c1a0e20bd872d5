// Idempotency-Key: a request that makes a call or sends messages, sent again because the answer was lost, does so once.
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SpaceId } from '../domain/ids.ts';
import { AppError, isAppError } from '../errors.ts';
import { claimKey, keepAnswer, releaseKey } from '../store/idempotency.ts';
import type { RestParts } from './app.ts';
import { actorOf } from './auth.ts';

/**
 * For routes whose headers are an IdempotencyHeader. Runs `make` and answers `status` with what it returns, once for each
 * Idempotency-Key of a caller; a repetition gets the same answer with `Idempotency-Replayed: true`. A refused request releases its key. Throws `idempotency.mismatch` for
 * another request with that key, `idempotency.running` while the first one runs or when its outcome is unknown.
 */
export async function makeOnce<Body>(
  { db, clock, log }: Pick<RestParts, 'db' | 'clock' | 'log'>,
  request: FastifyRequest,
  reply: FastifyReply,
  space: SpaceId,
  make: () => Promise<Body>,
  status: 200 | 201 = 201,
): Promise<Body> {
  reply.code(status);
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return await make();

  const { type, id } = actorOf(request);
  const claim = { space, actor: `${type}:${id ?? ''}`, key };
  const claimed = await claimKey(db, claim, hashOf(request), clock.now());
  switch (claimed.is) {
    case 'other_request':
      throw new AppError('idempotency.mismatch', 'This Idempotency-Key was used for another request.');
    case 'running':
      throw new AppError('idempotency.running', 'The request with this key still runs, or its outcome is unknown.');
    case 'answered':
      reply.code(claimed.status).header('idempotency-replayed', 'true');
      return claimed.response as Body;
    case 'new':
  }
  const body = await make().catch(async (error: unknown) => {
    // Whether a call was made before what nobody expected, or will be, is unknown: such a key stays taken.
    if (isAppError(error) && error.code !== 'database.outcome_unknown') await noted(() => releaseKey(db, claim), log);
    throw error;
  });
  await noted(() => keepAnswer(db, claim, status, body), log);
  return body;
}

/** The call is made (or refused) whatever becomes of this note; without it the key stays claimed, which is safe. */
async function noted(write: () => Promise<void>, log: RestParts['log']): Promise<void> {
  try {
    await write();
  } catch (error) {
    log.warn({ err: error }, 'outcome of an idempotent request not noted');
  }
}

function hashOf(request: FastifyRequest): Buffer {
  const { method, url, body } = request;
  return createHash('sha256')
    .update(JSON.stringify([method, url, body]))
    .digest();
}
