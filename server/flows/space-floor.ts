// One space's flow: input in → decide → append → commands out. Inputs are decided one after the other, at once, on the
// floor in memory; their appends and commands follow in the same order. So no two of them ever race.
import type { VoiceEngine } from '../channels/voice/engine.ts';
import type { Agent } from '../domain/agent.ts';
import { type Call, isOpen } from '../domain/call.ts';
import type { Command, Question, VoiceCommand } from '../domain/commands.ts';
import { decide, type Input } from '../domain/decide.ts';
import type { Directory } from '../domain/directory.ts';
import { type FloorEvent, isAgentEvent, streamOf } from '../domain/events.ts';
import type { Floor } from '../domain/floor.ts';
import { after, type CallId, type Instant, type LegId, type SpaceId } from '../domain/ids.ts';
import type { Reply } from '../domain/requests.ts';
import { nextDeadline } from '../domain/rules/deadlines.ts';
import type { Context, Decision } from '../domain/step.ts';
import { AppError, isAppError } from '../errors.ts';
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
  /** To customers' URLs; an answer comes back as the input `ivrAnswered`. */
  questions: { ask(space: SpaceId, question: Question): void; giveUp(request: string): void };
  background: Background;
  log: Log;
  /** Called with what was decided, before it is durable: for indexes in memory. */
  decided: (space: SpaceId, events: readonly FloorEvent[]) => void;
  /** An append was refused: memory and journal differ, this floor must not go on. */
  lost: (space: SpaceId, error: unknown) => void;
}

/** Nothing tells us that the journal is back: we look. */
const journalRetryMs = 500;
const faultRetryMs = 1_000;

export class SpaceFloor {
  readonly space: SpaceId;
  readonly floor: Floor;
  readonly #options: SpaceFloorOptions;
  #timer: Timer | null = null;
  #timerAt: Instant | null = null;
  #lastAppend: Promise<void> = Promise.resolve();
  #engineIsHere = false;
  #stopped = false;

  constructor(options: SpaceFloorOptions) {
    this.#options = options;
    this.space = options.space;
    this.floor = options.floor;
  }

  /** Settles when the decision is in the journal. Rejects, with nothing done, when the rules refuse. */
  async take(input: Input): Promise<Reply> {
    const { directory, decided, space } = this.#options;
    const settings = directory();
    if (this.#stopped || !settings) {
      if (input.input !== 'request') return { call: null, leg: null };
      throw new AppError(
        'database.unavailable',
        'The space is being read anew; nothing was done. Try again in a moment.',
      );
    }
    if (input.input === 'reconcile') this.#engineIsHere = true;
    const decision = decide(this.floor, input, this.#context(settings));
    const streams = this.#apply(decision.events);
    decided(space, decision.events);
    if (input.input === 'fact' || input.input === 'request' || input.input === 'ivrAnswered') {
      this.#armFor(decision.events);
    } else {
      this.arm();
    }
    if (streams.length > 0)
      this.#lastAppend = this.#append(streams, input.input === 'fact' && nobodyWaitsFor(decision));
    // Without events of its own it still comes after what was decided before.
    if (streams.length > 0 || decision.commands.length > 0) await this.#lastAppend;
    this.#carryOut(decision.commands);
    return decision.reply;
  }

  /** Connected, and what lives there has been held against this floor (the input `reconcile`). */
  get engineIsHere(): boolean {
    return this.#engineIsHere;
  }

  /** What is decided from now on is given to the engine by the next reconciliation. */
  engineLost(): void {
    this.#engineIsHere = false;
    this.arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Wakes for the next deadline; to be called once after recovery. */
  arm(): void {
    const { clock, directory } = this.#options;
    const settings = directory();
    if (!settings || this.#stopped) return;
    this.#wakeAt(this.#nextWake(settings), clock.now());
  }

  /** Only what was decided upon can be due earlier than what is known to be due; waking too early is harmless. */
  #armFor(events: readonly FloorEvent[]): void {
    const settings = this.#options.directory();
    if (!settings || this.#stopped || events.length === 0) return;
    const calls = new Set<Call>();
    const agents = new Set<Agent>();
    for (const event of events) {
      if (isAgentEvent(event)) agents.add(this.floor.agent(event.user));
      else {
        const call = this.floor.call(event.call);
        if (call) calls.add(call);
      }
    }
    const next = this.#nextWake(settings, { calls, agents });
    if (next !== null && (this.#timerAt === null || next < this.#timerAt)) {
      this.#wakeAt(next, this.#options.clock.now());
    }
  }

  #context(directory: Directory): Context {
    const { clock, ids, journal } = this.#options;
    return {
      now: clock.now(),
      directory,
      engineReady: this.#engineIsHere && journal.available,
      newLeg: () => ids.leg(),
      newCall: () => ids.call(),
      newNumber: () => ids.number(),
    };
  }

  /** Runs of events of one stream, in the order of the decision. */
  #apply(events: readonly FloorEvent[]): StreamAppend[] {
    const runs: { stream: string; expected: number; events: FloorEvent[] }[] = [];
    for (const event of events) {
      const stream = streamOf(event);
      const last = runs.at(-1);
      if (last?.stream === stream) last.events.push(event);
      else runs.push({ stream, expected: this.floor.versionOf(event), events: [event] });
      this.floor.apply(event);
    }
    return runs;
  }

  async #append(streams: StreamAppend[], patient: boolean): Promise<void> {
    const { journal, space, lost } = this.#options;
    try {
      await journal.append({ space, streams, patient });
    } catch (error) {
      if (!this.#stopped) {
        this.stop();
        lost(space, error);
      }
      throw error;
    }
  }

  #carryOut(commands: readonly Command[]): void {
    const { questions } = this.#options;
    for (const command of commands) {
      if (this.#stopped) return;
      if (command.do === 'ask') questions.ask(this.space, command);
      else if (command.do === 'giveUpAsking') questions.giveUp(command.request);
      else this.#tellEngine(command);
    }
  }

  #tellEngine(command: VoiceCommand): void {
    if (!this.#engineIsHere) return;
    // While the append waited the leg was given up: it must not begin to ring now.
    if (command.do === 'originate' && !this.#isOpen(command.leg)) return;
    this.#options.background.run(`voice ${command.do}`, this.#send(command));
  }

  #isOpen(leg: LegId): boolean {
    const call = this.floor.callWithLeg(leg);
    return call !== undefined && call.legs.some((one) => one.id === leg && isOpen(one));
  }

  async #send(command: VoiceCommand): Promise<void> {
    const { voice, log, space } = this.#options;
    try {
      await voice.send(command);
    } catch (error) {
      // Gone: its hang-up is a fact that comes or came. Down: what is true is settled when the engine is back.
      if (isAppError(error, 'voice.leg_gone') || isAppError(error, 'voice.engine_down')) return;
      log.warn(
        { space, command: command.do, leg: 'leg' in command ? command.leg : undefined, err: error },
        'the voice engine refused a command',
      );
      await this.#refused(command);
    }
  }

  /** What the floor believes to have begun has not. */
  async #refused(command: VoiceCommand): Promise<void> {
    const at = this.#options.clock.now();
    if (command.do === 'originate') {
      await this.take({ input: 'fact', fact: { type: 'hungUp', at, leg: command.leg, q850: null, by: 'engine' } });
    } else if (command.do === 'play') {
      await this.take({ input: 'fact', fact: { type: 'played', at, leg: command.leg, playback: command.playback } });
    } else if (command.do === 'record') {
      await this.take({
        input: 'fact',
        fact: { type: 'recorded', at, recording: command.recording, durationMs: null },
      });
    }
  }

  #nextWake(directory: Directory, among?: Parameters<typeof nextDeadline>[2]): Instant | null {
    const context = this.#context(directory);
    const deadline = nextDeadline(this.floor, context, among);
    if (this.#options.journal.available) return deadline;
    const look = after(context.now, journalRetryMs);
    return deadline === null || look < deadline ? look : deadline;
  }

  #wakeAt(next: Instant | null, now: Instant): void {
    if (next === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = next;
    if (next === null) return;
    const { clock, background } = this.#options;
    this.#timer = clock.after(Math.max(0, next - now), () => {
      this.#timerAt = null;
      background.run('pass deadlines', this.#wake());
    });
  }

  async #wake(): Promise<void> {
    const { clock } = this.#options;
    try {
      await this.take({ input: 'tick' });
    } catch (error) {
      // The others' deadlines must not die of it.
      if (this.#timerAt === null && !this.#stopped) this.#wakeAt(after(clock.now(), faultRetryMs), clock.now());
      throw error;
    }
  }
}

/**
 * Something rings, was answered or has ended, and nobody is to hear anything of it but an end: the journal need not be told
 * in haste, and those who wait for a conversation find it free.
 */
function nobodyWaitsFor({ commands }: Decision): boolean {
  return commands.every((command) => command.do === 'hangUp');
}
