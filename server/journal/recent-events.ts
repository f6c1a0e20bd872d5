// The newest events of each space, in memory, so that a process's followers share one reading of the journal: an event
// is in here once, however many follow, and what this process appended needs no reading at all.
//
//   appender, after its commit ──► add ──┐
//                                        ├──► one gapless run a space, its oldest forgotten ──► after(seq)
//   follower that had to read  ──► add ──┘
//
// Only what is committed comes in, so a run says what the journal says. It may end before the journal does (another
// process appended) and begin after what a follower needs (he is far behind): then after() has nothing, and he reads.
import type { Event } from '../domain/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { NewestEvents, Recorded } from './journal.ts';

/** An event as it was written; parsed when the first follower asks for it. */
export interface Written extends Omit<Recorded, 'event'> {
  /** JSON. */
  text: string;
}

interface Run {
  /** `seq` of the first of `items`. */
  first: number;
  items: (Recorded | Written)[];
}

/** Events kept of a space, and twice as many at most: what half a second of messages makes, whose followers rest so long. */
const mostOfASpace = 8_000;
const mostInAll = 10_000;

export class RecentEvents implements NewestEvents {
  /** The space that grew last stands last. */
  readonly #runs = new Map<SpaceId, Run>();
  #kept = 0;

  /** Committed events of one space, in order and without gap. Those that do not continue the space's run replace it if
   *  they are newer. */
  add(events: readonly (Recorded | Written)[]): void {
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
    const until = Math.min(from + limit, run.items.length);
    for (let at = from; at < until; at++) run.items[at] = parsed(run.items[at]!);
    return run.items.slice(from, until) as Recorded[];
  }

  #keep(space: SpaceId, run: Run, more: readonly (Recorded | Written)[]): void {
    for (const item of more) run.items.push(item);
    this.#kept += more.length;
    // Twice as many before half is dropped: not every append has to move them.
    if (run.items.length > 2 * mostOfASpace) {
      const dropped = run.items.length - mostOfASpace;
      run.items.splice(0, dropped);
      run.first += dropped;
      this.#kept -= dropped;
    }
    this.#runs.delete(space);
    this.#runs.set(space, run);
    for (const [quietest] of this.#runs) {
      if (this.#kept <= mostInAll || quietest === space) return;
      this.#forget(quietest);
    }
  }

  #forget(space: SpaceId): void {
    this.#kept -= this.#runs.get(space)?.items.length ?? 0;
    this.#runs.delete(space);
  }
}

function parsed(item: Recorded | Written): Recorded {
  if ('event' in item) return item;
  const { space, seq, stream, version, text } = item;
  return frozen({ space, seq, stream, version, event: JSON.parse(text) as Event });
}

/** All the way down: what one follower gets, the others get as well. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
