// Long messages that come in parts. A part is acknowledged with the whole message, once that is kept; but a carrier that
// sends the next only after the answer to the last must not wait for ever, so after `heldMs` a part is acknowledged alone.
//
//   part ──> open ── all are there ──> kept: all are acknowledged
//              │                       not kept: those not acknowledged come again, the others stay
//              └── limitMs, or too many are open ──> what is there is kept, with its gaps: a reply is not thrown away
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Segment } from './segments.ts';

export interface Part {
  from: string;
  to: string;
  segment: Segment;
  octets: Uint8Array;
  dataCoding: number;
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
  from: string;
  to: string;
  dataCoding: number;
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
  /** Oldest first. */
  readonly #open = new Map<string, Open>();

  /** `keep` resolves when the message is kept. `lost`: what was acknowledged already could not be kept now; it is tried again. */
  constructor(options: {
    clock: Clock;
    keep: (message: WholeMessage) => Promise<void>;
    lost: (error: unknown) => void;
  }) {
    this.#clock = options.clock;
    this.#keep = options.keep;
    this.#lost = options.lost;
  }

  /** Resolves when the part may be acknowledged. Rejects: it should be sent again. */
  add(part: Part): Promise<void> {
    const { ref, total, number } = part.segment;
    const key = JSON.stringify([part.from, part.to, ref, total]);
    const open = this.#open.get(key) ?? this.#begin(key, part);
    if (open.parts[number - 1] === null) open.missing--;
    // A copy: the octets are a view into what was read from the socket.
    open.parts[number - 1] = Uint8Array.from(part.octets);
    open.held.get(number)?.timer.cancel();
    const acknowledged = new Promise<void>((resolve, reject) => {
      const timer = this.#clock.after(limits.heldMs, () => {
        open.held.delete(number);
        resolve();
      });
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

  #begin(key: string, { from, to, dataCoding, segment }: Part): Open {
    const oldest = this.#open.size >= limits.mostOpen ? this.#open.values().next().value : undefined;
    if (oldest) void this.#settle(oldest);
    const parts = Array.from({ length: segment.total }, () => null);
    const limit = this.#clock.after(limits.limitMs, () => void this.#settle(open));
    const open: Open = { key, from, to, dataCoding, parts, missing: segment.total, held: new Map(), limit };
    this.#open.set(key, open);
    return open;
  }

  /** Never rejects. */
  async #settle(open: Open): Promise<void> {
    this.#open.delete(open.key);
    open.limit.cancel();
    const held = [...open.held];
    for (const [, { timer }] of held) timer.cancel();
    open.held.clear();
    try {
      await this.#keep({ from: open.from, to: open.to, dataCoding: open.dataCoding, parts: open.parts });
      for (const [, { resolve }] of held) resolve();
    } catch (error) {
      for (const [number, { reject }] of held) {
        open.parts[number - 1] = null;
        reject(error);
      }
      this.#goOn(open, error);
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
