// The generated extensions.conf. It holds only what ARI cannot do: handing channels over to us, and the sandbox's
// subscribers and callers, who are no people but must talk with real audio.
//
// A channel that has come in can reach nothing but Stasis: no context of ours dials.

/** Stasis application; its name is also in every ARI event. */
export const stasisApp = 'parley';

/** Contexts that endpoints and Local channels are put into. */
export const contexts = {
  trunk: 'parley-trunk',
  phone: 'parley-phone',
  /** Where a sandbox number is dialled: `Local/<number>@…/n`. */
  subscriber: 'parley-sandbox',
  /** The half of a sandbox caller that rings in. */
  arrival: 'parley-sandbox-in',
  /** The other half, in which the caller talks once he is answered. */
  caller: 'parley-sandbox-caller',
} as const;

/** In the subscriber's context, beside the numbers: a sandbox phone that is asked to pick up. */
export const picksUpAtOnce = 'picks-up-at-once';

/** Channel variables between engine and dialplan. */
export const variables = {
  /** On a phone's channels: its extension's id. */
  phone: 'PARLEY_PHONE',
  /** On a trunk's channels: its id. */
  trunk: 'PARLEY_TRUNK',
  /** Stasis' arguments of a sandbox caller who rings in. */
  arrival: 'PARLEY_ARRIVAL',
  /** A sandbox caller's digits: `<ms after the answer>:<digits>` joined by `&`. */
  script: 'PARLEY_SCRIPT',
  /** Epoch seconds, with fraction, at which a sandbox caller hangs up. */
  until: 'PARLEY_UNTIL',
  /** `in <bridge>` on a leg that is on hold; else empty. */
  held: 'PARLEY_HELD',
} as const;

// Only what may stand in a dialled number gets into Stasis' arguments: a comma would make another argument.
const dialled = '${FILTER(0-9A-Za-z+*#._,${EXTEN})}';
// Not `h` alone: Asterisk runs that extension after a channel's end, as far as any pattern matches it.
const anyNumber = ['_[+*#0-9A-Za-gi-z]!', '_h.'];

/** When nobody of us is there to take the call: 34, no circuit available (SIP 503: the caller's carrier tries elsewhere). */
const notTaken = 'Hangup(34)';

const byLastTwoDigits = 'parley-sandbox-subscriber';

/** `i`: else Answer waits half a second for audio before it goes on. */
const answer = 'Answer(,i)';

const human = ['Playback(hello-world)', 'Wait(1)'];

const answersLikeAHuman = ['Ringing()', 'Wait(2)', answer, 'Goto(human,1)'];

/** What a sandbox number does, by its last two digits (docs/calls.md). */
const subscribers: Record<string, string[]> = {
  '02': ['Hangup(17)'],
  '03': ['Ringing()', 'Wait(3600)', 'Hangup(19)'],
  '06': ['Ringing()', 'Wait(1)', 'Hangup(21)'],
  '07': ['Ringing()', 'Wait(2)', answer, 'Wait(1)', 'SendDTMF(2)', 'Goto(human,1)'],
  '08': ['Ringing()', 'Wait(2)', answer, 'Set(TIMEOUT(absolute)=5)', 'Goto(human,1)'],
  '09': ['Hangup(20)'],
  '_XX': answersLikeAHuman,
  'i': answersLikeAHuman,
  'human': [...human, 'Goto(human,1)'],
  'T': ['Hangup(16)'],
};

/** All contexts; the caller writes the `[general]` section above them. */
export function asteriskDialplan(): string {
  return [
    context(contexts.trunk, forAnyNumber([`Stasis(${stasisApp},trunk,\${${variables.trunk}},${dialled})`, notTaken])),
    context(contexts.phone, forAnyNumber([`Stasis(${stasisApp},phone,\${${variables.phone}},${dialled})`, notTaken])),
    context(contexts.subscriber, {
      [picksUpAtOnce]: [answer, `Goto(${byLastTwoDigits},human,1)`],
      ...forAnyNumber([`Goto(${byLastTwoDigits},\${EXTEN:-2},1)`]),
    }),
    context(byLastTwoDigits, subscribers),
    context(contexts.arrival, { s: [`Stasis(${stasisApp},\${${variables.arrival}})`, notTaken] }),
    context(contexts.caller, sandboxCaller()),
  ].join('\n');
}

/** Runs in the caller's own half from the answer on: talks, sends his digits at their times, hangs up at his time. */
function sandboxCaller(): Record<string, string[]> {
  const { script, until } = variables;
  const now = '${STRFTIME(,,%s.%3q)}';
  return {
    s: [
      `Set(ANSWERED=${now})`,
      // 0 is no limit.
      `Set(TIMEOUT(absolute)=\${IF($["\${${until}}" = ""]?0:$[\${${until}} - ${now}])})`,
      'Set(STEP=1)',
      `While($["\${CUT(${script},&,\${STEP})}" != ""])`,
      `Set(PART=\${CUT(${script},&,\${STEP})})`,
      `Set(PAUSE=$[\${CUT(PART,:,1)} / 1000 - (${now} - \${ANSWERED})])`,
      'Wait(${IF($[${PAUSE} > 0]?${PAUSE}:0)})',
      'SendDTMF(${CUT(PART,:,2)},100,100)',
      'Set(STEP=$[${STEP} + 1])',
      'EndWhile()',
      'Goto(human,1)',
    ],
    human: [...human, 'Goto(human,1)'],
    T: ['Hangup(16)'],
  };
}

function forAnyNumber(steps: string[]): Record<string, string[]> {
  return Object.fromEntries(anyNumber.map((pattern) => [pattern, steps]));
}

function context(name: string, extensions: Record<string, string[]>): string {
  return section(
    name,
    Object.entries(extensions).flatMap(([extension, steps]) =>
      steps.map((step, at) => (at === 0 ? `exten => ${extension},1,${step}` : ` same => n,${step}`)),
    ),
  );
}

function section(name: string, lines: string[]): string {
  return [`[${name}]`, ...lines, ''].join('\n');
}
