// Somebody outside who rang in, seen by himself and by his call.
import type { Party } from '../../channels/voice/simulated/party.ts';
import type { Heard } from '../../channels/voice/simulated/calls.ts';
import type { CallOutcome, CloseCause } from '../../domain/events.ts';
import type { CallId, LegId } from '../../domain/ids.ts';
import type { Agent } from './agent.ts';
import type { Desk } from './desk.ts';
import { heardBy } from './hearing.ts';

export class Caller {
  readonly party: Party;
  readonly call: CallId;
  readonly #desk: Desk;

  constructor(desk: Desk, party: Party, call: CallId) {
    this.#desk = desk;
    this.party = party;
    this.call = call;
  }

  get leg(): LegId {
    return this.party.leg;
  }

  /** `ringing`, `music`, `nothing`, `gone`, or the names of those he talks with. */
  get hears(): string {
    return heardBy(this.#desk, this.leg);
  }

  /** As the engine says it. */
  get heard(): Heard {
    return this.#desk.engine.hears(this.leg);
  }

  get isHere(): boolean {
    return this.party.state !== 'ended';
  }

  async hangsUp(): Promise<void> {
    this.party.hangUp();
    await this.#desk.advance(0);
  }

  /** The name of the queue he waits in, or came out of last; null: none. */
  get queue(): string | null {
    const waits = this.#desk
      .eventsOf(this.call)
      .findLast(({ type }) => type === 'call.queued' || type === 'call.left_queue');
    return waits?.type === 'call.queued' ? waits.queueName : null;
  }

  /** How the call ended; undefined while it lives. */
  get outcome(): CallOutcome | undefined {
    const ended = this.#desk.eventsOf(this.call).find((event) => event.type === 'call.ended');
    return ended?.outcome;
  }

  /** Who closed how, in the order of closing: `caller`, an agent's name, or the number of somebody outside. */
  get closes(): [who: string, cause: CloseCause][] {
    const events = this.#desk.eventsOf(this.call);
    const nameOf = (leg: LegId): string => {
      const created = events.find((event) => event.type === 'leg.created' && event.leg === leg);
      if (created?.type !== 'leg.created') throw new Error(`Leg ${leg} was never created.`);
      if (leg === this.leg && created.party.kind === 'external') return 'caller';
      return created.party.name ?? created.party.number;
    };
    return events.flatMap((event) => (event.type === 'leg.closed' ? [[nameOf(event.leg), event.cause]] : []));
  }

  isTalkingTo(agent: Agent): boolean {
    return agent.isTalkingTo(this);
  }
}
