// Latency drawn from a seed: random to a test, the same in every run of that seed.

/** Whole ms from 0 up to and including `upToMs` (mulberry32). */
export function seededLatency(seed: number, upToMs: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (upToMs + 1);
  };
}
