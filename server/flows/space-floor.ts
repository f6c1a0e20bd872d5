// One space's flow: input in → decide → append → commands out. Inputs are decided one after the other, at once, on the
// floor in memory; their appends and commands follow in the same order. So no two of them ever race.
import type { VoiceEngine } from '../channels/voice/engine.ts';
import type { VoiceCommand } from '../domain/commands.ts';
import { decide, type Input } from '../domain/decide.ts';
import type { Directory } from '../domain/directory.ts';
import { type Event, streamOf } from '../domain/events.ts';
import type { Floor } from '../domain/floor.ts';
import type { CallId, Instant, LegId, SpaceId } from '../domain/ids.ts';
import type { Reply } from '../domain/requests.ts';
import { nextDeadline } from '../domain/rules/deadlines.ts';
import type { Context } from '../domain/step.ts';
import { isAppError } from '../errors.ts';
import type { Journal, StreamAppend } from '../journal/journal.ts';
import type { Background } from '../platform/background.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

export interface Identities {
  leg(): LegId;
  call(): CallId;
  number(): number;
}

export interface SpaceFloorOptions {
  space: SpaceId;
  floor: Floor;
  journal: Journal;
  voice: VoiceEngine;
  clock: Clock;
  ids: Identities;
  directory: () => Directory | undefined;
  background: Background;
  log: Log;
  /** Called with what was decided, before it is durable: for indexes in memory. */
  decided: (space: SpaceId, events: readonly Event[]) => void;
  /** An append was refused: memory and journal differ, this floor must not go on. */
  lost: (space: SpaceId, error: unknown) => void;
}

export class SpaceFloor {
  readonly space: SpaceId;
  readonly floor: Floor;
  readonly #options: SpaceFloorOptions;
  #timer: Timer | null = null;
  #timerAt: Instant | null = null;
  #stopped = false;

  constructor(options: SpaceFloorOptions) {
    this.#options = options;
    this.space = options.space;
    this.floor = options.floor;
  }

  /** Settles when the decision is in the journal. Rejects, with nothing done, when the rules refuse. */
  async take(input: Input, at?: Instant): Promise<Reply> {
    const { directory, clock, ids, decided, space } = this.#options;
    const settings = directory();
    if (this.#stopped || !settings) return { call: null, leg: null };
    const now = at ?? clock.now();
    const context: Context = {
      now,
      directory: settings,
      newLeg: () => ids.leg(),
      newCall: () => ids.call(),
      newNumber: () => ids.number(),
    };
    const decision = decide(this.floor, input, context);
    const streams = this.#apply(decision.events);
    decided(space, decision.events);
    this.#arm(settings);
    if (streams.length > 0) await this.#append(streams);
    if (!this.#stopped) this.#carryOut(decision.commands);
    return decision.reply;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Wakes for the next deadline; to be called once after recovery. */
  arm(): void {
    const settings = this.#options.directory();
    if (settings) this.#arm(settings);
  }

  /** Runs of events of one stream, in the order of the decision. */
  #apply(events: readonly Event[]): StreamAppend[] {
    const runs: { stream: string; expected: number; events: Event[] }[] = [];
    for (const event of events) {
      const stream = streamOf(event);
      const last = runs.at(-1);
      if (last?.stream === stream) last.events.push(event);
      else runs.push({ stream, expected: this.floor.versionOf(event), events: [event] });
      this.floor.apply(event);
    }
    return runs;
  }

  async #append(streams: StreamAppend[]): Promise<void> {
    const { journal, space, lost } = this.#options;
    try {
      await journal.append({ space, streams });
    } catch (error) {
      if (!this.#stopped) {
        this.stop();
        lost(space, error);
      }
      throw error;
    }
  }

  #carryOut(commands: readonly VoiceCommand[]): void {
    for (const command of commands) {
      this.#options.background.run(`voice ${command.do}`, this.#send(command));
    }
  }

  async #send(command: VoiceCommand): Promise<void> {
    const { voice, log, clock, space } = this.#options;
    try {
      await voice.send(command);
    } catch (error) {
      // Gone: its hang-up is a fact that comes or came. Down: what is true is settled when the engine is back.
      if (isAppError(error, 'voice.leg_gone') || isAppError(error, 'voice.engine_down')) return;
      log.warn(
        { space, command: command.do, leg: 'leg' in command ? command.leg : undefined, err: error },
        'the voice engine refused a command',
      );
      if (command.do !== 'originate') return;
      const at = clock.now();
      await this.take({ input: 'fact', fact: { type: 'hungUp', at, leg: command.leg, q850: null, by: 'engine' } });
    }
  }

  #arm(directory: Directory): void {
    const { clock, background } = this.#options;
    const next = nextDeadline(this.floor, directory, clock.now());
    if (next === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = next;
    if (next === null || this.#stopped) return;
    this.#timer = clock.after(Math.max(0, next - clock.now()), () => {
      this.#timerAt = null;
      background.run('pass deadlines', this.take({ input: 'tick' }));
    });
  }
}
