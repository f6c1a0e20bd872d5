// Phones and trunks as the simulated engine knows them: who is there, and how he reacts when he is called.
import type { ExtensionId } from '../../../domain/ids.ts';
import { q850 } from '../../../domain/q850.ts';
import type { PhoneSetup, TrunkSetup } from '../engine.ts';
import type { Party, Step } from './party.ts';
import { picksUpAtOnce, subscriberOf, unreachable } from './subscribers.ts';

/** ignore: rings until somebody gives up, or the script says `answer()`. */
export type Reaction = 'answer' | 'ignore' | 'reject' | 'busy' | 'unreachable';

function stepsOf(reaction: Reaction, afterMs: number): readonly Step[] {
  const rings: Step = { atMs: 0, act: { do: 'ring' } };
  switch (reaction) {
    case 'answer':
      return [rings, { atMs: afterMs, act: { do: 'answer' } }];
    case 'ignore':
      return [rings];
    case 'reject':
      return [rings, { atMs: afterMs, act: { do: 'hangUp', q850: q850.rejected } }];
    case 'busy':
      return [{ atMs: afterMs, act: { do: 'hangUp', q850: q850.busy } }];
    case 'unreachable':
      return unreachable;
  }
}

/** What phones and trunks need of the exchange. */
export interface Network {
  /** A call from a phone comes in. */
  dials(phone: Phone, number: string): Party;
  /** A call from outside comes in. */
  callsIn(trunk: Trunk, call: { from: string; name: string | null; did: string }): Party;
  reachabilityChanged(phone: Phone): void;
}

/** A phone. One that is no sandbox phone does nothing by itself but ring, and is unreachable until made reachable. */
export class Phone {
  setup: PhoneSetup;
  readonly #network: Network;
  #reachable: boolean;
  #onRing: readonly Step[];
  /** Newest last; only those that live. */
  readonly #calls = new Set<Party>();

  constructor(setup: PhoneSetup, network: Network) {
    this.setup = setup;
    this.#network = network;
    this.#reachable = setup.sandbox;
    this.#onRing = setup.sandbox ? subscriberOf('01') : stepsOf('ignore', 0);
  }

  get extension(): ExtensionId {
    return this.setup.extension;
  }

  get isReachable(): boolean {
    return this.#reachable;
  }

  /** The calls that it rings for, makes or holds; newest last. */
  get calls(): readonly Party[] {
    return [...this.#calls];
  }

  /** Registers, or loses its registration; running calls go on. */
  reachable(is: boolean): void {
    if (is === this.#reachable) return;
    this.#reachable = is;
    this.#network.reachabilityChanged(this);
  }

  /** How it reacts to calls from now on. `afterMs` after it was called; 0 for `ignore`. */
  onRing(reaction: Reaction, { afterMs = 0 }: { afterMs?: number } = {}): void {
    this.#onRing = stepsOf(reaction, afterMs);
  }

  /** The exchange calls it. */
  called(party: Party, { autoAnswer }: { autoAnswer: boolean }): void {
    keepWhileAlive(this.#calls, party);
    if (!this.#reachable) return party.follow(unreachable);
    const picksUp = autoAnswer && !this.#onRing.some(({ act }) => act.do === 'hangUp');
    party.follow(picksUp ? picksUpAtOnce : this.#onRing);
  }

  dial(number: string): Party {
    if (!this.#reachable) throw new Error(`Phone ${this.setup.number} is not registered: it cannot dial.`);
    const party = this.#network.dials(this, number);
    keepWhileAlive(this.#calls, party);
    return party;
  }

  /** Answers the oldest call that rings. */
  answer(): void {
    this.#call((party) => party.called && party.state === 'waiting').answer();
  }

  press(digits: string): void {
    this.#newest().press(digits);
  }

  hold(): void {
    this.#newest().hold();
  }

  unhold(): void {
    this.#newest().unhold();
  }

  transfer(to: string): void {
    this.#newest().transfer(to);
  }

  hangUp(): void {
    this.#newest().hangUp();
  }

  #newest(): Party {
    return this.#call((party) => party === this.calls.at(-1));
  }

  #call(wanted: (party: Party) => boolean): Party {
    const party = this.calls.find(wanted);
    if (!party) throw new Error(`Phone ${this.setup.number} has no such call.`);
    return party;
  }
}

/** A trunk. A SIP trunk leads nowhere (its numbers are unreachable) until a script says who is there. */
export class Trunk {
  setup: TrunkSetup;
  readonly #network: Network;
  #onCall: (number: string) => readonly Step[];
  readonly #calls = new Set<Party>();

  constructor(setup: TrunkSetup, network: Network) {
    this.setup = setup;
    this.#network = network;
    this.#onCall = setup.type === 'sandbox' ? subscriberOf : () => unreachable;
  }

  /** The far parties of living calls, both ways; newest last. */
  get calls(): readonly Party[] {
    return [...this.#calls];
  }

  /** How the far side reacts to outbound calls from now on; a function decides by the number dialled. */
  onCall(reaction: Reaction | ((number: string) => Reaction), { afterMs = 0 }: { afterMs?: number } = {}): void {
    this.#onCall = (number) => stepsOf(typeof reaction === 'function' ? reaction(number) : reaction, afterMs);
  }

  /** The exchange calls somebody by it. */
  called(party: Party): void {
    keepWhileAlive(this.#calls, party);
    party.follow(this.#onCall(party.dialled));
  }

  /** Somebody calls in. The DID is not checked: a carrier may send anything. */
  callIn({ from, name = null, did }: { from: string; name?: string | null; did: string }): Party {
    const party = this.#network.callsIn(this, { from, name, did });
    keepWhileAlive(this.#calls, party);
    return party;
  }
}

function keepWhileAlive(calls: Set<Party>, party: Party): void {
  if (party.state === 'ended') return;
  calls.add(party);
  party.onceOver(() => calls.delete(party));
}
