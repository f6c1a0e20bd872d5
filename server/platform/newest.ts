/**
 * What was said last of each key, bounded: at least the newest `least` are known, and twice as many at most. Kept in two
 * generations, so that forgetting costs nothing: a Map whose oldest entries are deleted one by one looks through all that
 * it has deleted to find the next.
 */
export class Newest<Key, Value> {
  readonly #least: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(least: number) {
    this.#least = least;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** From now on it is the newest. */
  set(key: Key, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size <= this.#least) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
