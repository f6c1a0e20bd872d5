// Somebody outside who rang in, seen by himself and by his call.
import type { Party } from '../../channels/voice/simulated/party.ts';
import type { Heard } from '../../channels/voice/simulated/calls.ts';
import type { CallOutcome, CloseCause } from '../../domain/events.ts';
import type { CallId, LegId } from '../../domain/ids.ts';
import { heardBy, hearsParty } from './hearing.ts';
import type { TestCentre } from './test-centre.ts';

export function callerOn(centre: TestCentre, party: Party): Caller {
  const call = centre.callIdOf(party.leg);
  if (call === undefined) throw new Error('He arrived at no call.');
  return new Caller(centre, party, call);
}

export class Caller {
  readonly party: Party;
  readonly call: CallId;
  readonly #centre: TestCentre;

  constructor(centre: TestCentre, party: Party, call: CallId) {
    this.#centre = centre;
    this.party = party;
    this.call = call;
  }

  get leg(): LegId {
    return this.party.leg;
  }

  /** `ringing`, `music`, `nothing`, `gone`, or the names of those he talks with. */
  get hears(): string {
    return heardBy(this.#centre, this.leg);
  }

  /** As the engine says it. */
  get heard(): Heard {
    return this.#centre.engine.hears(this.leg);
  }

  get isHere(): boolean {
    return this.party.state !== 'ended';
  }

  async hangsUp(): Promise<void> {
    this.party.hangUp();
    await this.#centre.advance(0);
  }

  /** The name of the queue he waits in, or came out of last; null: none. */
  get queue(): string | null {
    const waits = this.#centre
      .eventsOf(this.call)
      .findLast(({ type }) => type === 'call.queued' || type === 'call.left_queue');
    return waits?.type === 'call.queued' ? waits.queueName : null;
  }

  /** How the call ended; undefined while it lives. */
  get outcome(): CallOutcome | undefined {
    const ended = this.#centre.eventsOf(this.call).find((event) => event.type === 'call.ended');
    return ended?.outcome;
  }

  /** Who closed how, in the order of closing: `caller`, an agent's name, or the number of somebody outside. */
  get closes(): [who: string, cause: CloseCause][] {
    const events = this.#centre.eventsOf(this.call);
    const nameOf = (leg: LegId): string => {
      const created = events.find((event) => event.type === 'leg.created' && event.leg === leg);
      if (created?.type !== 'leg.created') throw new Error(`Leg ${leg} was never created.`);
      if (leg === this.leg && created.party.kind === 'external') return 'caller';
      return created.party.name ?? created.party.number;
    };
    return events.flatMap((event) => (event.type === 'leg.closed' ? [[nameOf(event.leg), event.cause]] : []));
  }

  isTalkingTo(other: { leg: LegId }): boolean {
    return hearsParty(this.#centre, other.leg, this.leg);
  }
}
