// The floor of one space: every live call and every agent, folded from the journal. The rules read it and decide;
// only events change it.
import { type Agent, evolveAgent, newAgent } from './agent.ts';
import { type Call, callOf, evolveCall, waitsForChannel } from './call.ts';
import { type CallEvent, type Event, type FloorEvent, isAgentEvent, isCallEvent } from './events.ts';
import { type CallId, type Instant, instant, type LegId, type QueueId, type TrunkId, type UserId } from './ids.ts';

/** A map, or a draft over one: what is written to a draft never reaches the map below. */
class Layer<K, V> {
  readonly #below: Layer<K, V> | null;
  readonly #own = new Map<K, V | undefined>();

  constructor(below: Layer<K, V> | null = null) {
    this.#below = below;
  }

  get(key: K): V | undefined {
    return this.#own.has(key) ? this.#own.get(key) : this.#below?.get(key);
  }

  set(key: K, value: V): void {
    this.#own.set(key, value);
  }

  delete(key: K): void {
    if (this.#below === null) this.#own.delete(key);
    else this.#own.set(key, undefined);
  }

  keys(): K[] {
    const below = this.#below?.keys().filter((key) => !this.#own.has(key)) ?? [];
    for (const [key, value] of this.#own) if (value !== undefined) below.push(key);
    return below;
  }

  *entries(): Generator<[K, V]> {
    if (this.#below) {
      for (const [key, value] of this.#below.entries()) if (!this.#own.has(key)) yield [key, value];
    }
    for (const [key, value] of this.#own) if (value !== undefined) yield [key, value];
  }

  *values(): Generator<V> {
    for (const [, value] of this.entries()) yield value;
  }
}

/** The floor as plain data: a checkpoint. */
export interface FloorImage {
  calls: Call[];
  agents: Agent[];
  lastServed: [QueueId, UserId][];
  lastDial: [TrunkId, Instant][];
}

export class Floor {
  readonly #calls: Layer<CallId, Call>;
  readonly #agents: Layer<UserId, Agent>;
  readonly #callOfLeg: Layer<LegId, CallId>;
  readonly #inQueue: Layer<CallId, true>;
  /** Asked at every decision: hardly any call is in it. */
  readonly #forChannel: Layer<CallId, true>;
  readonly #lastServed: Layer<QueueId, UserId>;
  readonly #lastDial: Layer<TrunkId, Instant>;

  constructor(below?: Floor) {
    this.#calls = new Layer(below ? below.#calls : null);
    this.#agents = new Layer(below ? below.#agents : null);
    this.#callOfLeg = new Layer(below ? below.#callOfLeg : null);
    this.#inQueue = new Layer(below ? below.#inQueue : null);
    this.#forChannel = new Layer(below ? below.#forChannel : null);
    this.#lastServed = new Layer(below ? below.#lastServed : null);
    this.#lastDial = new Layer(below ? below.#lastDial : null);
  }

  static fromImage(image: FloorImage): Floor {
    const floor = new Floor();
    for (const call of image.calls) {
      floor.#keep(call);
      for (const leg of call.legs) floor.#callOfLeg.set(leg.id, call.id);
    }
    for (const agent of image.agents) floor.#agents.set(agent.user, agent);
    for (const [queue, user] of image.lastServed) floor.#lastServed.set(queue, user);
    for (const [trunk, at] of image.lastDial) floor.#lastDial.set(trunk, at);
    return floor;
  }

  image(): FloorImage {
    return {
      calls: [...this.#calls.values()],
      agents: [...this.#agents.values()],
      lastServed: [...this.#lastServed.entries()],
      lastDial: [...this.#lastDial.entries()],
    };
  }

  /** A floor that begins as this one; events applied to it leave this one alone. */
  draft(): Floor {
    return new Floor(this);
  }

  call(id: CallId): Call | undefined {
    return this.#calls.get(id);
  }

  callWithLeg(leg: LegId): Call | undefined {
    const id = this.#callOfLeg.get(leg);
    return id === undefined ? undefined : this.#calls.get(id);
  }

  calls(): Iterable<Call> {
    return this.#calls.values();
  }

  inQueue(): Call[] {
    return this.#callsOf(this.#inQueue);
  }

  /** Calls of which something waits for a channel of a trunk. */
  waitingForChannel(): Call[] {
    return this.#callsOf(this.#forChannel);
  }

  agent(user: UserId): Agent {
    return this.#agents.get(user) ?? newAgent(user);
  }

  /** Those who ever did anything. */
  agents(): Iterable<Agent> {
    return this.#agents.values();
  }

  /** Who was offered a call of this queue last; `round_robin` goes on after him. */
  lastServed(queue: QueueId): UserId | undefined {
    return this.#lastServed.get(queue);
  }

  lastDialAt(trunk: TrunkId): Instant {
    return this.#lastDial.get(trunk) ?? instant(0);
  }

  /** Legs that hold a channel of the trunk now. */
  channelsOf(trunk: TrunkId): number {
    let count = 0;
    for (const call of this.#calls.values()) {
      for (const leg of call.legs) {
        if (leg.state !== 'closed' && leg.party.kind === 'external' && leg.party.trunk === trunk) count++;
      }
    }
    return count;
  }

  versionOf(event: FloorEvent): number {
    return isCallEvent(event) ? (this.#calls.get(event.call)?.version ?? 0) : this.agent(event.user).version;
  }

  /** What campaigns tell of their requests changes no floor. */
  apply(event: Event): void {
    if (isAgentEvent(event)) this.#agents.set(event.user, evolveAgent(this.agent(event.user), event));
    else if (isCallEvent(event)) this.#applyToCall(event);
  }

  #callsOf(ids: Layer<CallId, true>): Call[] {
    return ids.keys().flatMap((id) => this.#calls.get(id) ?? []);
  }

  #keep(call: Call): void {
    this.#calls.set(call.id, call);
    note(this.#inQueue, call.id, call.stage.at === 'queued');
    note(this.#forChannel, call.id, waitsForChannel(call));
  }

  #applyToCall(event: CallEvent): void {
    if (event.type === 'call.created') {
      this.#calls.set(event.call, callOf(event));
      return;
    }
    const before = this.#calls.get(event.call);
    if (!before) throw new Error(`${event.type} of call ${event.call}, which is not on the floor`);
    this.#keep(evolveCall(before, event));
    if (event.type === 'leg.created') this.#callOfLeg.set(event.leg, event.call);
    if (event.type === 'call.offered') this.#lastServed.set(event.queue, event.user);
    if (event.type === 'route.dialled') this.#lastDial.set(event.trunk, event.at);
    if (event.type === 'call.ended') {
      this.#calls.delete(event.call);
      note(this.#inQueue, event.call, false);
      note(this.#forChannel, event.call, false);
      for (const leg of before.legs) this.#callOfLeg.delete(leg.id);
    }
  }
}

function note(ids: Layer<CallId, true>, id: CallId, is: boolean): void {
  if (is) ids.set(id, true);
  else if (ids.get(id)) ids.delete(id);
}
