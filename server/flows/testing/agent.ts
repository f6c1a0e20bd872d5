// An agent as a test speaks of him: his phone, his desk, and what he asks for.
import type { Party } from '../../channels/voice/simulated/party.ts';
import type { Phone, Reaction } from '../../channels/voice/simulated/phones.ts';
import type { UserSettings } from '../../domain/directory.ts';
import type { TransferType } from '../../domain/events.ts';
import type { LegId, UserId } from '../../domain/ids.ts';
import type { AgentStateName, AgentView, Reply } from '../../domain/requests.ts';
import { Caller } from './caller.ts';
import type { Desk } from './desk.ts';
import { testSpace } from '../../domain/testing/space.ts';
import { heardBy } from './hearing.ts';

export class Agent {
  readonly name: string;
  readonly user: UserId;
  readonly #desk: Desk;

  constructor(desk: Desk, user: UserSettings) {
    this.#desk = desk;
    this.name = user.displayName;
    this.user = user.id;
  }

  get phone(): Phone {
    const extension = this.#desk.directory.phoneOf.get(this.user);
    if (!extension) throw new Error(`${this.name} has no phone.`);
    return this.#desk.engine.phone(extension.id);
  }

  get view(): AgentView {
    const view = this.#desk.centre.agent(testSpace, this.user);
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
    return this.phone.calls.length === 0 ? 'gone' : heardBy(this.#desk, this.leg);
  }

  get isRung(): boolean {
    return this.phone.calls.some((party) => party.called && party.state === 'waiting');
  }

  get extension(): string {
    return this.#desk.numberOf(this.name);
  }

  isTalkingTo(other: Caller | Agent): boolean {
    const otherLeg = other.leg;
    const heard = this.#desk.engine.hears(this.leg);
    return heard.what === 'parties' && heard.legs.includes(otherLeg);
  }

  /** How his phone reacts when it is called from now on. */
  reacts(reaction: Reaction, afterMs = 0): void {
    this.phone.onRing(reaction, { afterMs });
  }

  async answers(): Promise<void> {
    this.phone.answer();
    await this.#desk.advance(0);
  }

  async refuses(): Promise<void> {
    this.#newest().hangUp(21);
    await this.#desk.advance(0);
  }

  async hangsUp(): Promise<void> {
    this.phone.hangUp();
    await this.#desk.advance(0);
  }

  /** On his phone; the returned caller is himself. */
  async dials(to: string): Promise<Caller> {
    const party = this.phone.dial(this.#desk.numberOf(to));
    await this.#desk.advance(0);
    return this.#desk.callerOn(party);
  }

  /** By REST: his phone rings first. */
  async callsByRest(to: string, origin: 'rest' | 'pushcall' = 'rest'): Promise<Reply> {
    return this.#desk.asks({ ask: 'placeCall', user: this.user, to: this.#desk.numberOf(to), origin });
  }

  /** His newest call, as its caller sees it. */
  get call(): Caller {
    return this.#desk.callerOn(this.#newest());
  }

  async becomes(state: AgentStateName, pause: string | null = null): Promise<void> {
    await this.#desk.asks({ ask: 'setAgentState', user: this.user, state, pause });
  }

  async transfers(to: string, kind: TransferType = 'blind'): Promise<void> {
    await this.#desk.asks({ ask: 'transfer', leg: this.leg, to: this.#desk.numberOf(to), kind });
  }

  async completes(): Promise<void> {
    await this.#desk.asks({ ask: 'completeTransfer', leg: this.leg });
  }

  async cancels(): Promise<void> {
    await this.#desk.asks({ ask: 'cancelTransfer', leg: this.leg });
  }

  async holds(): Promise<void> {
    await this.#desk.asks({ ask: 'hold', leg: this.leg });
  }

  async unholds(): Promise<void> {
    await this.#desk.asks({ ask: 'unhold', leg: this.leg });
  }

  /** By REST. */
  async asksToHangUp(): Promise<void> {
    await this.#desk.asks({ ask: 'hangUp', leg: this.leg });
  }

  #newest(): Party {
    const party = this.phone.calls.at(-1);
    if (!party) throw new Error(`${this.name} has no call.`);
    return party;
  }
}
