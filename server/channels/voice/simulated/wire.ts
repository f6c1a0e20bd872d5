// A wire between two sides: what goes in comes out later, never at once, in the order in which it went in.
import type { Clock } from '../../../platform/clock.ts';

export class Wire<Item> {
  readonly #clock: Clock;
  readonly #latencyMs: () => number;
  readonly #arrive: (item: Item) => void;
  #travelling: { item: Item; dueAt: number }[] = [];
  #lastDueAt = 0;
  #emptying = false;

  /** `latencyMs` is drawn once per item; an item never overtakes another. */
  constructor({ clock, latencyMs, arrive }: { clock: Clock; latencyMs: () => number; arrive: (item: Item) => void }) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#arrive = arrive;
  }

  carry(item: Item): void {
    const now = this.#clock.now();
    this.#lastDueAt = Math.max(this.#lastDueAt, now + this.#latencyMs());
    this.#travelling.push({ item, dueAt: this.#lastDueAt });
    if (this.#lastDueAt > now) this.#clock.after(this.#lastDueAt - now, () => this.#empty());
    else if (!this.#emptying) queueMicrotask(() => this.#empty());
  }

  /** What is on its way is lost; it is returned. */
  cut(): Item[] {
    const lost = this.#travelling.map(({ item }) => item);
    this.#travelling = [];
    return lost;
  }

  #empty(): void {
    if (this.#emptying) return;
    this.#emptying = true;
    try {
      while (this.#travelling.length > 0 && this.#travelling[0]!.dueAt <= this.#clock.now()) {
        this.#arrive(this.#travelling.shift()!.item);
      }
    } finally {
      this.#emptying = false;
      // Only when `arrive` threw: the others must not wait for the next item.
      if (this.#travelling.length > 0 && this.#travelling[0]!.dueAt <= this.#clock.now())
        queueMicrotask(() => this.#empty());
    }
  }
}
