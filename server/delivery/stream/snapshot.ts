// The state of a space with the names of its directory.
import type { Snapshot } from '../../../contract/supervision.ts';
import type { Directory, UserSettings } from '../../domain/directory.ts';
import { asId, type Instant, type QueueId, type TrunkId } from '../../domain/ids.ts';
import { type SupervisionState, unseenAgent } from '../../projections/supervision/state.ts';

export function snapshotOf(state: SupervisionState, directory: Directory, now: Instant): Snapshot {
  const queues = new Set([
    ...directory.queues.keys(),
    ...Object.keys(state.queues).map((id) => asId<QueueId>(Number(id))),
  ]);
  const trunks = new Set([
    ...directory.trunks.keys(),
    ...Object.keys(state.trunks).map((id) => asId<TrunkId>(Number(id))),
  ]);
  return {
    cpt: state.cpt,
    ts: Math.floor(now / 1000),
    agents: operatorsOf(directory).map(({ id, displayName }) => ({
      id_operator: id,
      nom: displayName,
      ...(state.agents[id] ?? unseenAgent),
    })),
    // One that was deleted is shown, without a name, while it has calls.
    queues: [...queues].map((id) => ({
      id_queue: id,
      nom: directory.queues.get(id)?.name ?? '',
      calls: Object.values(state.queues[id] ?? {}),
    })),
    trunks: [...trunks].map((id) => ({
      id_trunk: id,
      nom: directory.trunks.get(id)?.name ?? '',
      calls: Object.values(state.trunks[id] ?? {}),
    })),
  };
}

/** Who appears as operator: agents, and whoever else has a phone. */
export function operatorsOf(directory: Directory): UserSettings[] {
  return [...directory.users.values()].filter(({ id, role }) => role === 'agent' || directory.phoneOf.has(id));
}
