// One step of a run in the making: facts change the run at once, commands are collected.
import { substituted, valueOf } from '../call-interactive/request.ts';
import type { Place } from '../call-interactive/problem.ts';
import { after, type Instant } from '../ids.ts';
import type { WhyNowhere } from '../targets.ts';
import type { IvrCommand } from './commands.ts';
import { type IvrContext, contextOf, type IvrDefinition, type SoundRef } from './definition.ts';
import type { IvrFact, LeaveCause, WarningCode, WhilePlaying } from './facts.ts';
import { evolveRun, type IvrRun } from './run.ts';

/** `not_rung`: a queue, or an IVR. */
export type WhyNotRung = WhyNowhere | 'not_rung';

/** What the space is like at this moment. */
export interface IvrWorld {
  /** `name`: for the engine. `durationMs` null: unknown. null: there is no such sound. */
  sound(sound: SoundRef): { name: string; durationMs: number | null } | null;
  /** Why that number cannot be called from here; null: it can. */
  whyNotCalled(number: string): WhyNowhere | null;
  /** As `whyNotCalled`, for one of several that ring at once. */
  whyNotRung(number: string): WhyNotRung | null;
  hasQueue(queue: number): boolean;
  /** How long a transfer rings if nothing else is said. */
  ringTimeoutMs: number;
}

export interface IvrPlace {
  now: Instant;
  /** The version that the call began with. */
  definition: IvrDefinition;
  world: IvrWorld;
}

/** What a step has come to. The facts hold everything; `run` is `before` evolved by them. */
export interface IvrOutcome {
  run: IvrRun;
  facts: readonly IvrFact[];
  commands: readonly IvrCommand[];
}

/** All names and values of a call's variables together, in characters. */
const mostVariableCharacters = 128 * 1_024;
/** A sound that should have ended is given up so long after. */
const soundGraceMs = 5_000;
const longestSoundMs = 15 * 60_000;

export class IvrStep {
  #run: IvrRun | null;
  readonly place: IvrPlace;
  readonly facts: IvrFact[] = [];
  readonly commands: IvrCommand[] = [];

  constructor(run: IvrRun | null, place: IvrPlace) {
    this.#run = run;
    this.place = place;
  }

  get run(): IvrRun {
    if (!this.#run) throw new Error('The call has not entered the IVR.');
    return this.#run;
  }

  get now(): Instant {
    return this.place.now;
  }

  get context(): IvrContext | undefined {
    return contextOf(this.place.definition, this.run.context);
  }

  record(fact: IvrFact): void {
    this.#run = evolveRun(this.#run, fact, this.now);
    this.facts.push(fact);
  }

  command(command: IvrCommand): void {
    this.commands.push(command);
  }

  warn(code: WarningCode, message: string, at: Place | null = null): void {
    this.record({ type: 'ivr.warned', code, message, line: at?.line ?? null, column: at?.column ?? null });
  }

  leave(cause: LeaveCause, to: string | null = null): void {
    this.record({ type: 'ivr.left', cause, to });
  }

  hangUp(cause: LeaveCause): void {
    this.leave(cause);
    this.command({ do: 'hangUp' });
  }

  variable(name: string): string {
    return valueOf(this.run.variables, name) ?? '';
  }

  /** With each `$name` replaced. */
  filled(text: string): string {
    return substituted(text, this.run.variables);
  }

  setVariable(name: string, value: string, at: Place | null = null): void {
    let characters = name.length + value.length;
    for (const [other, held] of Object.entries(this.run.variables)) {
      if (other !== name) characters += other.length + held.length;
    }
    if (characters > mostVariableCharacters) {
      return this.warn('variables_full', `The variables hold more than ${mostVariableCharacters} characters.`, at);
    }
    this.record({ type: 'ivr.variable_set', name, value });
  }

  /** Plays one sound of the space, if there is such a one. */
  playSound(sound: SoundRef, pressed: WhilePlaying, at: Place | null = null): void {
    const found = this.place.world.sound(sound);
    if (!found) return this.warn('missing_sound', `The space has no sound ${sound}.`, at);
    this.#play([found.name], sound, pressed, found.durationMs);
  }

  /** Plays sounds of the engine itself, one after the other. */
  playNamed(sounds: readonly string[], said: string, pressed: WhilePlaying): void {
    if (sounds.length > 0) this.#play(sounds, said, pressed, null);
  }

  /** Another playback of this run. */
  nextPlayback(): string {
    const { caller, earlier, plays } = this.run;
    return `${caller.legId}-ivr${earlier.count + 1}-${plays + 1}`;
  }

  soundLimit(durationMs: number | null): Instant {
    return after(this.now, (durationMs ?? longestSoundMs) + soundGraceMs);
  }

  outcome(): IvrOutcome {
    return { run: this.run, facts: this.facts, commands: this.commands };
  }

  #play(sounds: readonly string[], sound: SoundRef, pressed: WhilePlaying, durationMs: number | null): void {
    const playback = this.nextPlayback();
    const until = this.soundLimit(durationMs);
    this.record({ type: 'ivr.play_started', sounds, sound, pressed, playback, until });
    this.command({ do: 'play', playback, sound: sounds[0]! });
  }
}
