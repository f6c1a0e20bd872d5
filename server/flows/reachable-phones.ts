// Which phones can be reached, as the engine told since it came up: of every one that can, soon after its `up`.
import type { ExtensionId } from '../domain/ids.ts';
import type { Clock, Timer } from '../platform/clock.ts';

/** A phone that the engine has not named by then cannot be reached. */
const toldWithinMs = 3_000;

export class ReachablePhones {
  readonly #clock: Clock;
  readonly #allTold: () => void;
  readonly #reachable = new Set<ExtensionId>();
  #timer: Timer | null = null;

  /** `allTold`: what is not known by now cannot be reached. */
  constructor(options: { clock: Clock; allTold: () => void }) {
    this.#clock = options.clock;
    this.#allTold = options.allTold;
  }

  /** The engine is here, and begins to tell. */
  listen(): void {
    this.stopListening();
    this.#reachable.clear();
    this.#timer = this.#clock.after(toldWithinMs, this.#allTold);
  }

  /** The engine is away; what it told is kept until it is back. */
  stopListening(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  told(extension: ExtensionId, reachable: boolean): void {
    if (reachable) this.#reachable.add(extension);
    else this.#reachable.delete(extension);
  }

  /** A phone that the engine is to forget is not told to be unreachable. */
  forgetOthersThan(known: readonly ExtensionId[]): void {
    const kept = new Set(known);
    for (const extension of this.#reachable) if (!kept.has(extension)) this.#reachable.delete(extension);
  }

  has(extension: ExtensionId): boolean {
    return this.#reachable.has(extension);
  }
}
