// A call through an IVR without a phone: the same run as for a real call, with a caller whose digits are known, a clock
// that jumps, and targets that do as they are told. A generator, because only the one who drives it can ask a real URL:
// it yields each request and is given the answer.
import { after, type Instant, instant } from '../ids.ts';
import type { IvrCommand } from './commands.ts';
import type { IvrDefinition } from './definition.ts';
import type { IvrFact, LeaveCause } from './facts.ts';
import type { IvrRun } from './run.ts';
import type { IvrOutcome, IvrWorld } from './step.ts';
import { type Entering, enterIvr, type IvrInput, nextIvrTick, takeIvrInput } from './take.ts';

export type TargetBehaviour = 'answers' | 'busy' | 'no_answer';

export interface Script {
  definition: IvrDefinition;
  entering: Entering;
  world: IvrWorld;
  /** How long a sound lasts, by the engine's name. */
  soundMs(name: string): number;
  /** `atMs`: after the call has entered; several digits are pressed one after the other. */
  digits: readonly { atMs: number; digits: string }[];
  /** By number; the others answer. */
  targets: Readonly<Record<string, TargetBehaviour>>;
  /** A caller without end hangs up then. */
  hangUpAfterMs: number;
}

export type Asked = Extract<IvrCommand, { do: 'ask' }>;

export interface AnswerGiven {
  status: number | null;
  body: Uint8Array;
  error: { code: string; message: string } | null;
  /** How long it took; the call's clock moves on by it. */
  ms: number;
}

export interface Rehearsed {
  outcome: Exclude<LeaveCause, 'call_ended'>;
  to: string | null;
  variables: Readonly<Record<string, string>>;
  requests: readonly Asked[];
  /** `atMs`: since the call entered. */
  steps: readonly { atMs: number; fact: IvrFact }[];
}

const digitEveryMs = 200;
const targetAnswersAfterMs = 2_000;
/** More facts than any caller lives to see: an IVR that only waits and jumps is cut off. */
const mostSteps = 20_000;
/** Of texts that loops can repeat, in the whole trace. */
const mostTracedCharacters = 2_000_000;

export function* rehearse(script: Script): Generator<Asked, Rehearsed, AnswerGiven> {
  const rehearsal = new Rehearsal(script);
  for (let asked = rehearsal.play(); asked; asked = rehearsal.play()) rehearsal.answer(asked, yield asked);
  return rehearsal.result();
}

interface Due {
  at: Instant;
  input: IvrInput;
}

class Rehearsal {
  readonly #script: Script;
  readonly #steps: { atMs: number; fact: IvrFact }[] = [];
  readonly #requests: Asked[] = [];
  readonly #unasked: Asked[] = [];
  #agenda: Due[] = [];
  #now = instant(0);
  #tracedCharacters = 0;
  #run: IvrRun;

  constructor(script: Script) {
    this.#script = script;
    for (const { atMs, digits } of script.digits) {
      [...digits].forEach((digit, at) => this.#plan(instant(atMs + at * digitEveryMs), { input: 'digit', digit }));
    }
    this.#plan(instant(script.hangUpAfterMs), { input: 'callerGone' });
    const outcome = enterIvr(script.entering, this.#place());
    this.#run = outcome.run;
    this.#carryOut(outcome);
  }

  /** Until a request waits for its answer, or the call has left the IVR (undefined). */
  play(): Asked | undefined {
    while (this.#run.activity.doing !== 'left') {
      const asked = this.#unasked.shift();
      if (asked) return asked;
      this.#next();
    }
    return undefined;
  }

  answer({ request }: Asked, { ms, ...answer }: AnswerGiven): void {
    this.#plan(after(this.#now, ms), { input: 'answered', request, ...answer });
  }

  result(): Rehearsed {
    const left = this.#steps.at(-1)?.fact;
    const [outcome, to] =
      left?.type === 'ivr.left' && left.cause !== 'call_ended'
        ? [left.cause, left.to]
        : (['caller_gone', null] as const);
    return { outcome, to, variables: this.#run.variables, requests: this.#requests, steps: this.#steps };
  }

  #next(): void {
    const tick = nextIvrTick(this.#run);
    let next: Due | undefined = this.#isTooLong() ? { at: this.#now, input: { input: 'callerGone' } } : undefined;
    for (const due of this.#agenda) if (!next || due.at < next.at) next = due;
    if (next && (tick === null || next.at <= tick)) this.#agenda = this.#agenda.filter((due) => due !== next);
    else if (tick !== null) next = { at: tick, input: { input: 'tick' } };
    if (!next) throw new Error('A rehearsal has nothing left to happen.');
    if (next.at > this.#now) this.#now = next.at;
    const outcome = takeIvrInput(this.#run, next.input, this.#place());
    this.#run = outcome.run;
    this.#carryOut(outcome);
  }

  #isTooLong(): boolean {
    return this.#steps.length > mostSteps || this.#tracedCharacters > mostTracedCharacters;
  }

  #carryOut({ facts, commands }: IvrOutcome): void {
    for (const fact of facts) {
      this.#steps.push({ atMs: this.#now, fact });
      this.#tracedCharacters += charactersOf(fact);
    }
    for (const command of commands) this.#take(command);
  }

  #take(command: IvrCommand): void {
    switch (command.do) {
      case 'play': {
        const input = { input: 'played', playback: command.playback } as const;
        return this.#plan(after(this.#now, this.#script.soundMs(command.sound)), input);
      }
      case 'stopPlay':
        this.#agenda = this.#agenda.filter(
          ({ input }) => input.input !== 'played' || input.playback !== command.playback,
        );
        return;
      case 'ask':
        this.#requests.push(command);
        this.#unasked.push(command);
        return;
      case 'ringAll':
        return this.#ringAll(command);
      case 'giveUpAsking':
      case 'giveUpRinging':
      case 'transfer':
      case 'queue':
      case 'hangUp':
        return;
      default:
        return command satisfies never;
    }
  }

  #ringAll({ numbers, ringForMs }: Extract<IvrCommand, { do: 'ringAll' }>): void {
    const behaviours = numbers.map((number) => this.#script.targets[number] ?? 'answers');
    const answered = behaviours.includes('answers') && targetAnswersAfterMs < ringForMs;
    const someoneRings = behaviours.some((behaviour) => behaviour !== 'busy');
    const ms = answered ? targetAnswersAfterMs : someoneRings ? ringForMs : 0;
    this.#plan(after(this.#now, ms), { input: 'transferEnded', answered });
  }

  #plan(at: Instant, input: IvrInput): void {
    this.#agenda.push({ at, input });
  }

  #place() {
    return { now: this.#now, definition: this.#script.definition, world: this.#script.world };
  }
}

function charactersOf(fact: IvrFact): number {
  if (fact.type === 'ivr.variable_set') return fact.value.length;
  return fact.type === 'ivr.caller_id_set' ? fact.name.length + fact.number.length : 0;
}
