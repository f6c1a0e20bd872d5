// Which broadcast a request of REST is about.
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Broadcast, BroadcastPath } from '../../contract/rest/broadcasts.ts';
import type { SpaceSettings } from '../domain/directory.ts';
import type { BroadcastId, SpaceId } from '../domain/ids.ts';
import { type CheckedBroadcast, checkedOf } from '../flows/broadcasts/check.ts';
import { findBroadcast } from '../store/broadcasts.ts';
import type { RestParts } from './app.ts';
import { callerOf, requireReach } from './auth.ts';
import { notFound } from './problem.ts';

export interface FoundBroadcast {
  space: SpaceId;
  settings: SpaceSettings;
  id: BroadcastId;
  broadcast: Broadcast;
  /** As the check reads it. */
  checked: CheckedBroadcast;
}

/** Of the path's `id`. */
export async function openBroadcastOf(
  { db, directories }: Pick<RestParts, 'db' | 'directories'>,
  request: FastifyRequest,
): Promise<FoundBroadcast> {
  const { id } = request.params as z.output<typeof BroadcastPath>;
  const broadcast = await findBroadcast(db, id);
  if (!broadcast) throw notFound();
  const space = requireReach(callerOf(request), broadcast.space_id);
  const settings = directories.of(space)?.space;
  if (!settings) throw notFound();
  const checked = checkedOf(broadcast);
  return { space, settings, id: checked.id, broadcast, checked };
}
