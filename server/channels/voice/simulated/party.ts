// The person (or machine) at the far end of a leg: what he does reaches the exchange by his line, late and in order.
import type { LegId } from '../../../domain/ids.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { CallerId, HangUpBy } from '../engine.ts';
import { Wire } from './wire.ts';

export type PartyAct =
  | { do: 'ring' }
  | { do: 'earlyMedia' }
  | { do: 'answer' }
  | { do: 'press'; digit: string }
  | { do: 'hold' }
  | { do: 'unhold' }
  | { do: 'transfer'; to: string }
  /** Q.850 cause. */
  | { do: 'hangUp'; q850: number };

/** What a party does by itself, `atMs` after the script began (called; or answered, for a caller). */
export interface Step {
  atMs: number;
  act: PartyAct;
}

const digitEveryMs = 200;

/** The script of a party who presses several digits, one after the other. */
export function pressing(digits: string, fromMs: number): Step[] {
  return [...digits].map((digit, index) => ({ atMs: fromMs + index * digitEveryMs, act: { do: 'press', digit } }));
}

export interface PartyOptions {
  leg: LegId;
  /** What he sees of the caller; for a party who calls: what he shows. */
  callerId: CallerId;
  /** What was dialled to reach him, or what he dialled. */
  dialled: string;
  /** We called him; else he called us. */
  called: boolean;
  clock: Clock;
  latencyMs: () => number;
  acts: (act: PartyAct) => void;
}

export class Party {
  readonly leg: LegId;
  readonly callerId: CallerId;
  readonly dialled: string;
  readonly called: boolean;
  readonly #clock: Clock;
  readonly #line: Wire<PartyAct>;
  #timers: Timer[] = [];
  #state: 'waiting' | 'talking' | 'ended' = 'waiting';
  #ended: { q850: number | null; by: HangUpBy } | null = null;
  #digitsHeard = '';
  #transfersDeclined = 0;
  #whenAnswered: readonly Step[] = [];
  #whenOver: (() => void) | null = null;

  constructor({ leg, callerId, dialled, called, clock, latencyMs, acts }: PartyOptions) {
    this.leg = leg;
    this.callerId = callerId;
    this.dialled = dialled;
    this.called = called;
    this.#clock = clock;
    this.#line = new Wire({ clock, latencyMs, arrive: acts });
  }

  /** waiting: for an answer: his own when he was called, else ours. */
  get state(): 'waiting' | 'talking' | 'ended' {
    return this.#state;
  }

  /** How it ended for him; null while it lives. */
  get ended(): { q850: number | null; by: HangUpBy } | null {
    return this.#ended;
  }

  /** What `sendDigits` sent to him. */
  get digitsHeard(): string {
    return this.#digitsHeard;
  }

  /** How often a transfer that he asked for was not made. */
  get transfersDeclined(): number {
    return this.#transfersDeclined;
  }

  earlyMedia(): void {
    this.does({ do: 'earlyMedia' });
  }

  answer(): void {
    if (!this.called) throw new Error(`The party of leg ${this.leg} calls himself: only we can answer.`);
    this.does({ do: 'answer' });
  }

  press(digits: string): void {
    this.follow(pressing(digits, 0));
  }

  hold(): void {
    this.does({ do: 'hold' });
  }

  unhold(): void {
    this.does({ do: 'unhold' });
  }

  /** Asks us to connect the other side of his call with `to` (SIP REFER). */
  transfer(to: string): void {
    this.does({ do: 'transfer', to });
  }

  hangUp(q850 = 16): void {
    this.does({ do: 'hangUp', q850 });
  }

  does(act: PartyAct): void {
    if (this.#state === 'ended') throw new Error(`The party of leg ${this.leg} cannot ${act.do}: the call is over.`);
    this.#line.carry(act);
  }

  /** From now on he follows the script; steps that he does not live to see are left out. */
  follow(steps: readonly Step[]): void {
    for (const { atMs, act } of steps) {
      if (atMs <= 0) this.does(act);
      else this.#timers.push(this.#clock.after(atMs, () => this.does(act)));
    }
  }

  /** A caller's script that begins when he is answered. */
  onceAnswered(steps: readonly Step[]): void {
    this.#whenAnswered = steps;
  }

  /** The exchange has connected him. */
  connected(): void {
    this.#state = 'talking';
    this.follow(this.#whenAnswered);
  }

  hearsDigits(digits: string): void {
    this.#digitsHeard += digits;
  }

  hearsTransferDeclined(): void {
    this.#transfersDeclined++;
  }

  onceOver(act: () => void): void {
    this.#whenOver = act;
  }

  /** The exchange has ended his call. What he did a moment ago comes too late. */
  over(how: { q850: number | null; by: HangUpBy }): void {
    this.#state = 'ended';
    this.#ended = how;
    this.#line.cut();
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#whenOver?.();
  }
}
