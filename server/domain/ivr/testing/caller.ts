// A rehearsed call for tests: what the caller presses and the customer answers → what came of it.
import type { IvrAction, IvrContext, IvrDefinition } from '../definition.ts';
import type { IvrFact } from '../facts.ts';
import { type AnswerGiven, rehearse, type Rehearsed, type TargetBehaviour } from '../rehearsal.ts';
import type { IvrWorld } from '../step.ts';

type Contexts = Record<string, Record<string, readonly IvrAction[]>>;

/** By context and option; the entry is `main`, or the first. */
export function anIvr(contexts: Contexts, settings: Partial<IvrContext> = {}): IvrDefinition {
  return {
    entry_context: 'main' in contexts ? 'main' : Object.keys(contexts)[0]!,
    contexts: Object.entries(contexts).map(([id, options]) => ({
      id,
      name: null,
      timeout_ms: 5_000,
      inter_digit_timeout_ms: 2_000,
      digit_len: null,
      ...settings,
      options: Object.entries(options).map(([key, actions]) => ({ key, actions })),
    })),
  };
}

export const ask = (url = 'https://crm.example/script'): IvrAction => ({
  type: 'call_interactive',
  url,
  method: 'GET',
  timeout_s: 5,
  filler_sound: null,
});

export const hangup: IvrAction = { type: 'hangup' };
export const play = (sound: string): IvrAction => ({ type: 'play_sound', sound });
export const set = (name: string, value: string): IvrAction => ({ type: 'set_variable', name, value });
export const jump = (context: string, option = 'start'): IvrAction => ({ type: 'jump', context, option });

/** Every sound but `missing.wav` is there and lasts 3 s; every number but `0…` can be called; queues are 1 to 9. */
export const aWorld: IvrWorld = {
  sound: (sound) => (sound === 'missing.wav' ? null : { name: String(sound), durationMs: soundMs }),
  whyNotCalled: (number) => (/^[1-9]\d*$/.test(number) ? null : 'prefix_not_allowed'),
  whyNotRung: (number) => (number === '777' ? 'not_rung' : aWorld.whyNotCalled(number)),
  hasQueue: (queue) => queue < 10,
  ringTimeoutMs: 30_000,
};
const soundMs = 3_000;

export interface Calling {
  answers?: readonly (string | Partial<AnswerGiven>)[];
  digits?: readonly { atMs: number; digits: string }[];
  targets?: Record<string, TargetBehaviour>;
  variables?: Record<string, string>;
  caller?: { number: string; name: string | null };
  hangUpAfterMs?: number;
}

/** After the last of the answers the customer answers nothing. */
export function call(definition: IvrDefinition, calling: Calling = {}): Rehearsed {
  const { answers = [], digits = [], targets = {}, variables = {}, caller } = calling;
  const leg = '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15';
  const run = rehearse({
    definition,
    entering: {
      ivr: 1,
      name: 'Test',
      version: 1,
      caller: {
        legId: leg,
        firstLegId: leg,
        spaceNumber: '3584705175',
        callerExtension: null,
        did: '33140000000',
        extension: { number: '000*332', id: 145 },
        dialled: '33140000000',
      },
      callerId: caller ?? { number: '33612345678', name: 'Ana' },
      variables,
    },
    world: aWorld,
    soundMs: () => soundMs,
    digits,
    targets,
    hangUpAfterMs: calling.hangUpAfterMs ?? 3_600_000,
  });
  let state = run.next();
  for (let at = 0; !state.done; at++) state = run.next(answerOf(answers[at] ?? ''));
  return state.value;
}

function answerOf(answer: string | Partial<AnswerGiven>): AnswerGiven {
  const good: AnswerGiven = { status: 200, body: new Uint8Array(), error: null, ms: 40 };
  return typeof answer === 'string' ? { ...good, body: new TextEncoder().encode(answer) } : { ...good, ...answer };
}

/** The facts of these kinds, in their order. */
export function factsOf<Type extends IvrFact['type']>(
  { steps }: Rehearsed,
  type: Type,
): Extract<IvrFact, { type: Type }>[] {
  return steps.flatMap(({ fact }) => (fact.type === type ? [fact as Extract<IvrFact, { type: Type }>] : []));
}

export const warningsOf = (rehearsed: Rehearsed): string[] => factsOf(rehearsed, 'ivr.warned').map(({ code }) => code);

/** When the last fact happened, in ms. */
export const endedAt = ({ steps }: Rehearsed): number => steps.at(-1)!.atMs;

export const pressed = (digits: string, atMs = 0) => [{ atMs, digits }];
export const xml = (actions: string): string => `<Response>${actions}</Response>`;
/** Hangs up by another action, so that one sees whether the IVR went on. */
export const markThenHangUp: IvrAction[] = [set('went_on', 'yes'), hangup];

/** As a call enters an IVR. */
export const entering = {
  ivr: 1,
  name: 'Test',
  version: 1,
  caller: {
    legId: 'leg',
    firstLegId: 'leg',
    spaceNumber: '1',
    callerExtension: null,
    did: null,
    extension: { number: '000*332', id: 1 },
    dialled: '332',
  },
  callerId: { number: '1', name: null },
  variables: {},
};
