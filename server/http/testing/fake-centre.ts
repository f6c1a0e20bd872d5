// A centre without calls: it writes down what is asked, and answers as told.
import type { Centre } from '../../flows/centre.ts';
import { asKey, type CallId, type LegId, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { AgentView, Request } from '../../domain/requests.ts';

export class FakeCentre implements Centre {
  readonly asked: { space: SpaceId; request: Request }[] = [];
  readonly rangIn: { space: SpaceId; call: Parameters<Centre['ringIn']>[1] }[] = [];
  readonly legs = new Map<LegId, { space: SpaceId; call: CallId }>();
  readonly #agents = new Map<UserId, AgentView>();
  #made = 0;
  /** Thrown at the next request. */
  refusal: Error | undefined;
  /** What the next requests wait for. */
  gate: Promise<void> = Promise.resolve();

  async request(space: SpaceId, request: Request) {
    await this.gate;
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal) throw refusal;
    this.asked.push({ space, request });
    if (request.ask === 'setAgentState') {
      const { user, state, pause } = request;
      this.seat({ user, state, pause, phone: 'free', call: null, since: Date.UTC(2026, 0, 5) });
    }
    if (request.ask === 'callContact') return { call: request.call ?? this.#nextCall(), leg: legOf(++this.#made) };
    return request.ask === 'placeCall' ? { call: this.#nextCall(), leg: legOf(this.#made) } : { call: null, leg: null };
  }

  async ringIn(space: SpaceId, call: Parameters<Centre['ringIn']>[1]) {
    this.rangIn.push({ space, call });
    return { call: this.#nextCall() };
  }

  seat(agent: AgentView): void {
    this.#agents.set(agent.user, agent);
  }

  agent(_space: SpaceId, user: UserId) {
    return this.#agents.get(user);
  }

  agents(): AgentView[] {
    return [...this.#agents.values()];
  }

  spaceOfLeg(leg: LegId) {
    return this.legs.get(leg)?.space;
  }

  spaceOfCall(call: CallId) {
    return [...this.legs.values()].find((leg) => leg.call === call)?.space;
  }

  callOfLeg(leg: LegId) {
    return this.legs.get(leg)?.call;
  }

  liveCalls(space: SpaceId) {
    return [...this.legs.values()].filter((leg) => leg.space === space).length;
  }

  #nextCall(): CallId {
    this.#made++;
    return asKey<CallId>(this.#made.toString(16).padStart(24, '0'));
  }
}

export const legOf = (n: number) => asKey<LegId>(`00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`);
