// In which space each live leg and call is: the engine speaks of legs only, REST of ids only.
import { isOpen } from '../domain/call.ts';
import type { Event } from '../domain/events.ts';
import type { Floor } from '../domain/floor.ts';
import type { CallId, LegId, SpaceId } from '../domain/ids.ts';

export class Whereabouts {
  readonly #spaceOfLeg = new Map<LegId, SpaceId>();
  readonly #spaceOfCall = new Map<CallId, SpaceId>();

  ofLeg(leg: LegId): SpaceId | undefined {
    return this.#spaceOfLeg.get(leg);
  }

  ofCall(call: CallId): SpaceId | undefined {
    return this.#spaceOfCall.get(call);
  }

  /** Of all spaces. */
  get liveCalls(): number {
    return this.#spaceOfCall.size;
  }

  /** What a floor that was read from the journal holds. */
  addFloor(space: SpaceId, floor: Floor): void {
    for (const call of floor.calls()) {
      this.#spaceOfCall.set(call.id, space);
      for (const leg of call.legs) if (isOpen(leg)) this.#spaceOfLeg.set(leg.id, space);
    }
  }

  follow(space: SpaceId, events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === 'call.created') this.#spaceOfCall.set(event.call, space);
      else if (event.type === 'leg.created') this.#spaceOfLeg.set(event.leg, space);
      else if (event.type === 'leg.closed') this.#spaceOfLeg.delete(event.leg);
      else if (event.type === 'call.ended') this.#spaceOfCall.delete(event.call);
    }
  }

  /** Forgets what is not on the space's floor (undefined: it has none any more), and returns those legs. */
  keepOnly(space: SpaceId, floor: Floor | undefined): LegId[] {
    const forgotten: LegId[] = [];
    for (const [leg, of] of this.#spaceOfLeg) {
      if (of !== space || floor?.callWithLeg(leg)) continue;
      this.#spaceOfLeg.delete(leg);
      forgotten.push(leg);
    }
    for (const [call, of] of this.#spaceOfCall) {
      if (of === space && !floor?.call(call)) this.#spaceOfCall.delete(call);
    }
    return forgotten;
  }
}
