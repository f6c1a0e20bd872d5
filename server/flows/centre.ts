// The flows' door for everybody outside: what is asked of calls and agents goes in here.
import type { CallId, LegId, SpaceId, UserId } from '../domain/ids.ts';
import type { AgentView, Reply, Request } from '../domain/requests.ts';

export interface Centre {
  /** Settles once the decision is in the journal. Rejects with an AppError (see domain/requests.ts),
   *  `database.unavailable` while the journal cannot append, `voice.engine_down` while calls cannot be placed. */
  request(space: SpaceId, request: Request): Promise<Reply>;
  /** A sandbox caller rings in (POST /sandbox/calls). */
  ringIn(
    space: SpaceId,
    call: {
      from: string;
      fromName: string | null;
      to: string;
      digits: { atMs: number; digits: string }[];
      hangUpAfterMs: number | null;
    },
  ): Promise<{ call: CallId }>;
  agent(space: SpaceId, user: UserId): AgentView | undefined;
  agents(space: SpaceId): AgentView[];
  /** The space of a live leg or call, for paths that name only the thing. */
  spaceOfLeg(leg: LegId): SpaceId | undefined;
  spaceOfCall(call: CallId): SpaceId | undefined;
  /** The live call that a leg belongs to; whose leg it is decides what an agent may do with it. */
  callOfLeg(leg: LegId): CallId | undefined;
  liveCalls(space: SpaceId): number;
}
