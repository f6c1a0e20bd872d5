// The newest events of each space, in memory, so that a process's followers share one reading of the journal: an event
// is in here once, however many follow, and what this process appended needs no reading at all.
//
//   appender, after its commit ──► add ──┐
//                                        ├──► one gapless run a space, its oldest forgotten ──► after(seq)
//   follower that had to read  ──► add ──┘
//
// Only what is committed comes in, so a run says what the journal says. It may end before the journal does (another
// process appended) and begin after what a follower needs (he is far behind): then after() has nothing, and he reads.
import type { SpaceId } from '../domain/ids.ts';
import type { NewestEvents, Recorded } from './journal.ts';

interface Run {
  /** `seq` of the first of `items`. */
  first: number;
  items: Recorded[];
}

/** Events kept of a space, and twice as many at most: what a second of messages makes, whose followers rest for a part of it. */
const mostOfASpace = 15_000;
/** Room for another space beside one that has twice as many: else each of its events would push the other's out. */
const mostInAll = 40_000;

export class RecentEvents implements NewestEvents {
  /** The space that grew last stands last. */
  readonly #runs = new Map<SpaceId, Run>();
  #kept = 0;

  /** Committed events of one space, in order and without gap. Those that do not continue the space's run replace it if
   *  they are newer. */
  add(events: readonly Recorded[]): void {
    const [first] = events;
    if (!first) return;
    const run = this.#runs.get(first.space);
    const next = run ? run.first + run.items.length : first.seq;
    if (first.seq < (run?.first ?? 0)) return;
    if (run && first.seq <= next) this.#keep(first.space, run, events.slice(next - first.seq));
    else {
      this.#forget(first.space);
      this.#keep(first.space, { first: first.seq, items: [] }, events);
    }
  }

  /** At most `limit` events after `seq`, frozen, as every follower gets them; none: the journal has to be read. */
  after(space: SpaceId, seq: number, limit: number): readonly Recorded[] {
    const run = this.#runs.get(space);
    const from = run ? seq + 1 - run.first : -1;
    if (!run || from < 0) return [];
    return run.items.slice(from, from + limit);
  }

  #keep(space: SpaceId, run: Run, more: readonly Recorded[]): void {
    for (const item of more) run.items.push(item);
    this.#kept += more.length;
    // Twice as many before half is dropped: not every append has to move them.
    if (run.items.length > 2 * mostOfASpace) this.#drop(run, run.items.length - mostOfASpace);
    this.#runs.delete(space);
    this.#runs.set(space, run);
    for (const [quietest, its] of this.#runs) {
      if (this.#kept <= mostInAll || quietest === space) return;
      this.#drop(its, this.#kept - mostInAll);
      if (its.items.length === 0) this.#runs.delete(quietest);
    }
  }

  /** The oldest of it, not more than are too many: its followers may be only a little behind. */
  #drop(run: Run, count: number): void {
    const dropped = run.items.splice(0, count).length;
    run.first += dropped;
    this.#kept -= dropped;
  }

  #forget(space: SpaceId): void {
    this.#kept -= this.#runs.get(space)?.items.length ?? 0;
    this.#runs.delete(space);
  }
}

/** All the way down: what one follower gets, the others get as well. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
