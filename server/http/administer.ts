// An administrative change as a request makes it: committed with its audit line, and seen by the calls before it is
// answered.
import type { FastifyRequest } from 'fastify';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { commitChange } from '../store/changes.ts';
import type { RestParts } from './app.ts';
import { actorOf } from './auth.ts';
import { notFound } from './problem.ts';

export interface Administered<T> {
  space: SpaceId;
  /** `create`, `replace`, `change`, `delete`, or what else is done. */
  action: string;
  resource: string;
  /** undefined: what it is about is gone; then nothing is kept and the answer is 404. */
  work(tx: Transaction): Promise<T | undefined>;
  idOf(result: T): string | number;
}

export async function administer<T>(
  { db, directories }: Pick<RestParts, 'db' | 'directories'>,
  request: FastifyRequest,
  { space, action, resource, idOf, work }: Administered<T>,
): Promise<T> {
  const result = await commitChange(db, space, {
    doing: action === 'delete' ? 'remove' : 'save',
    async work(tx) {
      const made = await work(tx);
      if (made === undefined) throw notFound();
      return made;
    },
    note: (made) => ({
      space,
      actor: actorOf(request),
      action,
      resource,
      resourceId: String(idOf(made)),
      changes: (request.body as object | undefined) ?? null,
    }),
  });
  await directories.refresh(space);
  return result;
}
