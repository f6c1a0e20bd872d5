// What the engine keeps of living legs and bridges; all of it can be read back from Asterisk (takeover.ts).
import type { Instant, LegId } from '../../../domain/ids.ts';
import { AppError } from '../../../errors.ts';
import type { Timer } from '../../../platform/clock.ts';
import type { LiveLeg } from '../engine.ts';

export interface Leg {
  readonly id: LegId;
  readonly channel: string;
  /** We placed it; else it arrived. */
  readonly placed: boolean;
  answered: boolean;
  rang: boolean;
  earlyMedia: boolean;
  /** Member of it, also while on hold, when its channel waits outside with music. */
  bridge: Bridge | null;
  held: boolean;
  music: boolean;
  ringTone: boolean;
  /** Asterisk's id of what plays, or is being stopped → our name of it. */
  readonly playbacks: Map<string, string>;
  ringLimit: Timer | null;
  /** Its phone waits to hear how the transfer goes that it asked for. */
  transferAsked: boolean;
  /** Q.850 cause with which we are ending it. */
  endedByUs: number | null;
  /** Q.850 cause with which the party is ending it, told before the end itself. */
  endedByParty: number | null;
}

export interface Bridge {
  /** Asterisk's; another one each time a bridge of that name is made. */
  readonly id: string;
  readonly name: string;
  readonly legs: Set<Leg>;
}

export class Calls {
  readonly #legs = new Map<LegId, Leg>();
  readonly #byChannel = new Map<string, Leg>();
  readonly #bridges = new Map<string, Bridge>();
  /** Name → when it began; not those that ran already when we took over. */
  readonly recordings = new Map<string, Instant>();

  add(leg: Pick<Leg, 'id' | 'channel' | 'placed'> & Partial<Leg>): Leg {
    const whole: Leg = {
      answered: false,
      rang: false,
      earlyMedia: false,
      bridge: null,
      held: false,
      music: false,
      ringTone: false,
      playbacks: new Map(),
      ringLimit: null,
      transferAsked: false,
      endedByUs: null,
      endedByParty: null,
      ...leg,
    };
    this.#legs.set(whole.id, whole);
    this.#byChannel.set(whole.channel, whole);
    return whole;
  }

  has(id: LegId): boolean {
    return this.#legs.has(id);
  }

  /** Throws `voice.leg_gone`. */
  leg(id: LegId): Leg {
    const leg = this.#legs.get(id);
    if (!leg) throw new AppError('voice.leg_gone', `Leg ${id} is gone.`);
    return leg;
  }

  /** A leg that we placed can only be hung up until it answers or sends early media: throws `voice.command_failed`. */
  readyLeg(id: LegId): Leg {
    const leg = this.leg(id);
    const audible = leg.answered || leg.earlyMedia;
    if (leg.placed && !audible) throw new AppError('voice.command_failed', `Leg ${id} has not answered yet.`);
    return leg;
  }

  onChannel(channel: string): Leg | null {
    return this.#byChannel.get(channel) ?? null;
  }

  /** It is gone. The bridge that it was the last member of, if so. */
  remove(leg: Leg): Bridge | null {
    leg.ringLimit?.cancel();
    this.#legs.delete(leg.id);
    this.#byChannel.delete(leg.channel);
    return this.leave(leg);
  }

  bridge(name: string): Bridge | null {
    return this.#bridges.get(name) ?? null;
  }

  addBridge({ id, name }: Pick<Bridge, 'id' | 'name'>): Bridge {
    const bridge: Bridge = { id, name, legs: new Set() };
    this.#bridges.set(name, bridge);
    return bridge;
  }

  join(leg: Leg, bridge: Bridge): void {
    leg.bridge = bridge;
    bridge.legs.add(leg);
  }

  /** The bridge that lost its last member by this, if so: it is no longer known. */
  leave(leg: Leg): Bridge | null {
    const bridge = leg.bridge;
    if (!bridge) return null;
    leg.bridge = null;
    bridge.legs.delete(leg);
    if (bridge.legs.size > 0) return null;
    this.#bridges.delete(bridge.name);
    return bridge;
  }

  removeBridge(bridge: Bridge): void {
    for (const leg of bridge.legs) leg.bridge = null;
    this.#bridges.delete(bridge.name);
  }

  living(): LiveLeg[] {
    return [...this.#legs.values()].map(({ id, answered, bridge }) => ({
      leg: id,
      answered,
      bridge: bridge?.name ?? null,
    }));
  }

  /** Asterisk, or the connection to it, is lost: what lives is read back later. */
  forget(): void {
    for (const leg of this.#legs.values()) leg.ringLimit?.cancel();
    this.#legs.clear();
    this.#byChannel.clear();
    this.#bridges.clear();
    this.recordings.clear();
  }
}
