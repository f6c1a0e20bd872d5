// Long messages that come in parts. A part is acknowledged with the whole message, once that is kept; but a carrier that
// sends the next only after the answer to the last must not wait for ever, so after `heldMs` a part is stored and
// acknowledged alone.
//
//   part ──> open ── all are there ──> kept: all are acknowledged
//              │                       not kept: those not acknowledged come again, the others stay
//              └── limitMs, or too many are open ──> what is there is kept, with its gaps: a reply is not thrown away
import type { Instant } from '../../../domain/ids.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Segment } from './segments.ts';

export interface Part {
  from: string;
  to: string;
  segment: Segment;
  octets: Uint8Array;
  dataCoding: number;
}

/** Where parts are that were acknowledged before their message was whole, so that no crash loses them. */
export interface PartStore {
  /** Resolves when it is durable. */
  keep(part: Part, at: Instant): Promise<void>;
  all(): Promise<readonly (Part & { at: Instant })[]>;
  /** All parts of the message of which it is one. */
  remove(part: Pick<Part, 'from' | 'to' | 'segment'>): Promise<void>;
}

export interface WholeMessage {
  from: string;
  to: string;
  dataCoding: number;
  /** In order; null: that part never came. */
  parts: readonly (Uint8Array | null)[];
}

interface Open {
  key: string;
  /** That began it. */
  first: Part;
  parts: (Uint8Array | null)[];
  missing: number;
  /** Whose senders still wait for the acknowledgement; by the number of the part. */
  held: Map<number, Held>;
  limit: Timer;
}

interface Held {
  resolve(): void;
  reject(error: unknown): void;
  timer: Timer;
}

const limits = { heldMs: 1_000, limitMs: 600_000, againMs: 30_000, mostOpen: 1_000 };

export class Reassembly {
  readonly #clock: Clock;
  readonly #keep: (message: WholeMessage) => Promise<void>;
  readonly #lost: (error: unknown) => void;
  readonly #store: PartStore;
  /** Oldest first. */
  readonly #open = new Map<string, Open>();
  /** Messages of which the store may have parts, by key; resolves when none is on its way there. */
  readonly #stored = new Map<string, Promise<unknown>>();

  /**
   * `keep` resolves when the message is kept. `lost`: what was acknowledged already could not be kept now; it is tried
   * again. Or what is kept stays in the store: after the next start it comes once more.
   */
  constructor(options: {
    clock: Clock;
    store: PartStore;
    keep: (message: WholeMessage) => Promise<void>;
    lost: (error: unknown) => void;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#keep = options.keep;
    this.#lost = options.lost;
  }

  /** What a crash has left in the store goes on. Rejects with what the store rejects with. */
  async recall(): Promise<void> {
    for (const { at, ...part } of await this.#store.all()) {
      const open = this.#openOf(part, at + limits.limitMs - this.#clock.now());
      if (!this.#stored.has(open.key)) this.#stored.set(open.key, Promise.resolve());
      if (open.parts[part.segment.number - 1] !== null) continue;
      this.#fill(open, part);
      if (open.missing === 0) void this.#settle(open);
    }
  }

  /** Resolves when the part may be acknowledged. Rejects: it should be sent again. */
  add(part: Part): Promise<void> {
    const { number } = part.segment;
    const open = this.#openOf(part, limits.limitMs);
    // A copy: the octets are a view into what was read from the socket.
    const octets = Uint8Array.from(part.octets);
    this.#fill(open, { ...part, octets });
    open.held.get(number)?.timer.cancel();
    const acknowledged = new Promise<void>((resolve, reject) => {
      const timer = this.#clock.after(limits.heldMs, () => void this.#acknowledgeAlone(open, { ...part, octets }));
      // The same part once more: the first answer will do for its sender.
      open.held.get(number)?.resolve();
      open.held.set(number, { resolve, reject, timer });
    });
    if (open.missing === 0) void this.#settle(open);
    return acknowledged;
  }

  /** What has come is kept as it is. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((open) => this.#settle(open)));
    for (const open of this.#open.values()) open.limit.cancel();
    this.#open.clear();
  }

  #openOf(part: Part, limitMs: number): Open {
    const { ref, total } = part.segment;
    const key = JSON.stringify([part.from, part.to, ref, total]);
    return this.#open.get(key) ?? this.#begin(key, part, limitMs);
  }

  #begin(key: string, first: Part, limitMs: number): Open {
    const oldest = this.#open.size >= limits.mostOpen ? this.#open.values().next().value : undefined;
    if (oldest) void this.#settle(oldest);
    const { total } = first.segment;
    const parts = Array.from({ length: total }, () => null);
    const limit = this.#clock.after(Math.max(0, limitMs), () => void this.#settle(open));
    const open: Open = { key, first, parts, missing: total, held: new Map(), limit };
    this.#open.set(key, open);
    return open;
  }

  #fill(open: Open, { segment: { number }, octets }: Part): void {
    if (open.parts[number - 1] === null) open.missing--;
    open.parts[number - 1] = octets;
  }

  /** Never rejects. If the message is settled meanwhile, that answers for all of its parts. */
  async #acknowledgeAlone(open: Open, part: Part): Promise<void> {
    const { number } = part.segment;
    const held = open.held.get(number)!;
    const release = () => open.held.get(number) === held && open.held.delete(number);
    const storing = this.#store.keep(part, this.#clock.now());
    this.#stored.set(open.key, Promise.allSettled([this.#stored.get(open.key), storing]));
    try {
      await storing;
      if (release()) held.resolve();
    } catch (error) {
      if (!release()) return;
      open.parts[number - 1] = null;
      open.missing++;
      held.reject(error);
    }
  }

  /** Never rejects. */
  async #settle(open: Open): Promise<void> {
    this.#open.delete(open.key);
    open.limit.cancel();
    const held = [...open.held];
    for (const [, { timer }] of held) timer.cancel();
    open.held.clear();
    try {
      const { from, to, dataCoding } = open.first;
      await this.#keep({ from, to, dataCoding, parts: open.parts });
      for (const [, { resolve }] of held) resolve();
      await this.#forget(open);
    } catch (error) {
      for (const [number, { reject }] of held) {
        open.parts[number - 1] = null;
        reject(error);
      }
      this.#goOn(open, error);
    }
  }

  /** Never rejects. */
  async #forget({ key, first }: Open): Promise<void> {
    const stored = this.#stored.get(key);
    if (stored === undefined) return;
    this.#stored.delete(key);
    try {
      await stored;
      await this.#store.remove(first);
    } catch (error) {
      this.#lost(error);
    }
  }

  /** Parts that were acknowledged, of a message that could not be kept. */
  #goOn(open: Open, error: unknown): void {
    open.missing = open.parts.filter((part) => part === null).length;
    if (open.missing === open.parts.length) return;
    this.#lost(error);
    const newer = this.#open.get(open.key);
    if (newer) {
      for (const [at, part] of open.parts.entries()) newer.parts[at] ??= part;
      newer.missing = newer.parts.filter((part) => part === null).length;
      return;
    }
    open.limit = this.#clock.after(limits.againMs, () => void this.#settle(open));
    this.#open.set(open.key, open);
  }
}
