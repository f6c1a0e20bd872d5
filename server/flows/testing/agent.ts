// An agent as a test speaks of him: his phone, his desk, and what he asks for.
import type { Party } from '../../channels/voice/simulated/party.ts';
import type { Phone, Reaction } from '../../channels/voice/simulated/phones.ts';
import type { UserSettings } from '../../domain/directory.ts';
import type { TransferType } from '../../domain/events.ts';
import type { LegId, UserId } from '../../domain/ids.ts';
import type { AgentStateName, AgentView, Reply } from '../../domain/requests.ts';
import { testSpace } from '../../domain/testing/space.ts';
import { type Caller, callerOn } from './caller.ts';
import { heardBy, hearsParty } from './hearing.ts';
import type { TestCentre } from './test-centre.ts';

export class Agent {
  readonly name: string;
  readonly user: UserId;
  readonly #centre: TestCentre;

  constructor(centre: TestCentre, user: UserSettings) {
    this.#centre = centre;
    this.name = user.displayName;
    this.user = user.id;
  }

  get phone(): Phone {
    const extension = this.#centre.directory.phoneOf.get(this.user);
    if (!extension) throw new Error(`${this.name} has no phone.`);
    return this.#centre.engine.phone(extension.id);
  }

  get view(): AgentView {
    const view = this.#centre.centre.agent(testSpace, this.user);
    if (!view) throw new Error(`${this.name} is not known.`);
    return view;
  }

  /** His newest leg that lives in the engine. */
  get leg(): LegId {
    const party = this.phone.calls.at(-1);
    if (!party) throw new Error(`${this.name} has no call.`);
    return party.leg;
  }

  /** What he hears on his newest leg. */
  get hears(): string {
    return this.phone.calls.length === 0 ? 'gone' : heardBy(this.#centre, this.leg);
  }

  get isRung(): boolean {
    return this.phone.calls.some((party) => party.called && party.state === 'waiting');
  }

  get extension(): string {
    return this.#centre.numberOf(this.name);
  }

  isTalkingTo(other: { leg: LegId }): boolean {
    return hearsParty(this.#centre, this.leg, other.leg);
  }

  /** How his phone reacts when it is called from now on. */
  reacts(reaction: Reaction, afterMs = 0): void {
    this.phone.onRing(reaction, { afterMs });
  }

  async answers(): Promise<void> {
    this.phone.answer();
    await this.#centre.advance(0);
  }

  async refuses(): Promise<void> {
    this.#newest().hangUp(21);
    await this.#centre.advance(0);
  }

  async hangsUp(): Promise<void> {
    this.phone.hangUp();
    await this.#centre.advance(0);
  }

  /** On his phone; the returned caller is himself. */
  async dials(to: string): Promise<Caller> {
    const party = this.phone.dial(this.#centre.numberOf(to));
    await this.#centre.advance(0);
    return callerOn(this.#centre, party);
  }

  /** By REST: his phone rings first. */
  async callsByRest(to: string, origin: 'rest' | 'pushcall' = 'rest'): Promise<Reply> {
    return this.#centre.asks({ ask: 'placeCall', user: this.user, to: this.#centre.numberOf(to), origin });
  }

  /** His newest call, as its caller sees it. */
  get call(): Caller {
    return callerOn(this.#centre, this.#newest());
  }

  async becomes(state: AgentStateName, pause: string | null = null): Promise<void> {
    await this.#centre.asks({ ask: 'setAgentState', user: this.user, state, pause });
  }

  async transfers(to: string, kind: TransferType = 'blind'): Promise<void> {
    await this.#centre.asks({ ask: 'transfer', leg: this.leg, to: this.#centre.numberOf(to), kind });
  }

  async completes(): Promise<void> {
    await this.#centre.asks({ ask: 'completeTransfer', leg: this.leg });
  }

  async cancels(): Promise<void> {
    await this.#centre.asks({ ask: 'cancelTransfer', leg: this.leg });
  }

  async holds(): Promise<void> {
    await this.#centre.asks({ ask: 'hold', leg: this.leg });
  }

  async unholds(): Promise<void> {
    await this.#centre.asks({ ask: 'unhold', leg: this.leg });
  }

  /** By REST. */
  async asksToHangUp(): Promise<void> {
    await this.#centre.asks({ ask: 'hangUp', leg: this.leg });
  }

  #newest(): Party {
    const party = this.phone.calls.at(-1);
    if (!party) throw new Error(`${this.name} has no call.`);
    return party;
  }
}
