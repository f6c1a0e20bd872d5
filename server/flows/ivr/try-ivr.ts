// A call to an IVR that nobody makes: with answers given beforehand, or asked of the real URLs. Nothing of it is written.
import type { Directory } from '../../domain/directory.ts';
import type { IvrDefinition } from '../../domain/ivr/definition.ts';
import {
  type AnswerGiven,
  type Asked,
  rehearse,
  type Rehearsed,
  type TargetBehaviour,
} from '../../domain/ivr/rehearsal.ts';
import type { IvrWorld, WhyNotRung } from '../../domain/ivr/step.ts';
import { worldOf } from '../../domain/ivr/world.ts';

export interface Trial {
  ivr: { id: number; name: string; version: number; definition: IvrDefinition };
  /** The IVR's extension; null: it has none yet. */
  extension: { number: string; id: number } | null;
  /** `extension`: an internal caller's number, as `306`. */
  caller: { number: string; name: string | null; extension: string | null };
  /** What he dials. */
  called: string;
  did: string | null;
  digits: readonly { atMs: number; digits: string }[];
  variables: Readonly<Record<string, string>>;
  /** One a request, then none; null: the real URLs are asked. */
  answers: readonly string[] | null;
  targets: Readonly<Record<string, TargetBehaviour>>;
}

export interface TrialParts {
  directory: Directory;
  newLegId(): string;
  ask(asked: Asked): Promise<AnswerGiven>;
}

/** A caller who is led in circles hangs up then. */
const hangUpAfterMs = 3_600_000;
/** Somebody waits for the trial: when real URLs have taken so long together, they are asked no more. */
const mostAskingMs = 60_000;
/** A given answer takes no time that anybody could notice. */
const givenAnswerMs = 1;

export async function tryIvr(trial: Trial, { directory, newLegId, ask }: TrialParts): Promise<Rehearsed> {
  const leg = newLegId();
  const { ivr, caller, answers } = trial;
  const durations = new Map([...directory.sounds.values()].map(({ name, durationMs }) => [name, durationMs]));
  const run = rehearse({
    definition: ivr.definition,
    entering: {
      ...{ ivr: ivr.id, name: ivr.name, version: ivr.version, variables: trial.variables },
      caller: {
        ...{
          legId: leg,
          firstLegId: leg,
          spaceNumber: directory.space.number ?? '',
          did: trial.did,
          dialled: trial.called,
        },
        callerExtension: extensionOf(directory, caller.extension),
        extension: trial.extension ?? futureExtension(directory, trial.called),
      },
      callerId: { number: extended(directory, caller.extension) ?? caller.number, name: caller.name },
    },
    world: withTargets(worldOf(directory), trial.targets),
    soundMs: (name) => durations.get(name) ?? saidDigitMs,
    digits: trial.digits,
    targets: trial.targets,
    hangUpAfterMs,
  });
  let asked = 0;
  let askingMs = 0;
  let state = run.next();
  while (!state.done) {
    const given =
      answers !== null ? answered(answers[asked]) : askingMs < mostAskingMs ? await ask(state.value) : notAsked();
    asked++;
    askingMs += given.ms;
    state = run.next(given);
  }
  return state.value;
}

const saidDigitMs = 600;

function answered(xml = ''): AnswerGiven {
  return { status: 200, body: new TextEncoder().encode(xml), error: null, ms: givenAnswerMs };
}

function notAsked(): AnswerGiven {
  const message = `The URLs of this trial have taken ${mostAskingMs / 1_000} s together, so they are asked no more.`;
  return { status: null, body: new Uint8Array(), error: { code: 'trial_too_long', message }, ms: 0 };
}

function extended(directory: Directory, number: string | null): string | null {
  return number === null ? null : `${directory.space.code}*${number}`;
}

function extensionOf(directory: Directory, number: string | null): { number: string; id: number } | null {
  if (number === null) return null;
  return { number: `${directory.space.code}*${number}`, id: directory.extensionsByNumber.get(number)?.id ?? 0 };
}

/** An IVR that no extension leads to yet is tried as if the one that is dialled did. */
function futureExtension({ space }: Directory, dialled: string): { number: string; id: number } {
  const prefix = `${space.code}*`;
  return { number: dialled.startsWith(prefix) ? dialled : prefix + dialled.replace(/^\+/, ''), id: 0 };
}

/** A number that the trial says how it behaves is there, even if the space has none yet; what may not be called may not. */
function withTargets(world: IvrWorld, targets: Trial['targets']): IvrWorld {
  const mayBeThere: readonly (WhyNotRung | null)[] = [null, 'unknown', 'no_trunk', 'not_rung'];
  const isThere = (number: string, why: WhyNotRung | null) =>
    mayBeThere.includes(why) && Object.hasOwn(targets, number);
  return {
    ...world,
    whyNotCalled(number) {
      const why = world.whyNotCalled(number);
      return isThere(number, why) ? null : why;
    },
    whyNotRung(number) {
      const why = world.whyNotRung(number);
      return isThere(number, why) ? null : why;
    },
  };
}
