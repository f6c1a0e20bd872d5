// What people and programs may ask of the running calls and agents (REST, the desk). Facts from the voice engine
// come by channels/voice/engine.ts; both are inputs of the same rules.
import type { CampaignCall } from './campaign-call.ts';
import type { CallOrigin, TransferType } from './events.ts';
import type { CallId, LegId, UserId } from './ids.ts';

export type AgentStateName = 'available' | 'paused' | 'logged_out';

export type Request =
  /** Rings the agent's own phone, then dials `to`. Errors: agent.no_phone, agent.busy, call.no_trunk, call.not_allowed. */
  | { ask: 'placeCall'; user: UserId; to: string; origin: Extract<CallOrigin, 'rest' | 'pushcall'> }
  /** An attempt of a voice campaign: as `placeCall`, by the campaign's trunk; the phone is asked to pick up at once.
   *  `call`: the id that it will have, chosen by whoever must find it again after a crash. */
  | { ask: 'callContact'; user: UserId; campaign: CampaignCall; call?: CallId }
  | { ask: 'hangUp'; leg: LegId }
  | { ask: 'hold'; leg: LegId }
  | { ask: 'unhold'; leg: LegId }
  /** `leg`: the party who transfers. Errors: call.not_talking, call.transfer_running, call.unknown_target. */
  | { ask: 'transfer'; leg: LegId; to: string; kind: TransferType }
  | { ask: 'completeTransfer'; leg: LegId }
  | { ask: 'cancelTransfer'; leg: LegId }
  /** `pause`: `user0`…`user15`, needed for `paused`. Logging in is `available` (or `paused`) after `logged_out`. */
  | { ask: 'setAgentState'; user: UserId; state: AgentStateName; pause: string | null }
  | { ask: 'record'; call: CallId; on: boolean };

/** `call` and `leg` are set for `placeCall` and `callContact`: the new call and the agent's leg in it. */
export interface Reply {
  call: CallId | null;
  leg: LegId | null;
}

/** An agent as REST and screens show him. */
export interface AgentView {
  user: UserId;
  state: AgentStateName;
  /** `user0`…`user15` while paused. */
  pause: string | null;
  /** The phone: what the supervision face calls status. */
  phone: 'free' | 'ringing' | 'calling' | 'connected' | 'wrap_up' | 'unreachable';
  call: CallId | null;
  since: number;
}
