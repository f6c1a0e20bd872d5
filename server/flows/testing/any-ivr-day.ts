// A random day on which callers are in random IVRs, and customers' URLs answer at random.
import fc from 'fast-check';
import type { IvrAction, IvrContext, IvrDefinition } from '../../domain/ivr/definition.ts';
import { type Act, type AnyAnswer, anyAct, anyDay, type Day } from './any-day.ts';

const contexts = [1, 2, 3];
const keys = ['start', 'timeout', 'invalid', '1', '2', '12'];
const context = fc.constantFrom(...contexts, 9);
const option = fc.constantFrom(...keys);
/** Agents, queues, IVRs, outside numbers that answer, that ring for ever, and that nobody may dial. */
const number = fc.constantFrom('101', '102', '201', '401', '402', '0155550001', '0155550003', '0155550002', 'x');
const numbers = fc.array(number, { minLength: 1, maxLength: 3 });
const sound = fc.constantFrom('a.wav', 'b.wav', 'gone.wav');
const urgency = fc.constantFrom(null, 300, '$x');

const anyAction: fc.Arbitrary<IvrAction> = fc.oneof(
  fc.record({ type: fc.constant('play_sound' as const), sound }),
  fc.record({ type: fc.constant('play_digits' as const), digits: fc.constantFrom('12', '0') }),
  fc.record({
    type: fc.constant('record_digits' as const),
    variable: fc.constant('x'),
    max_digits: fc.constantFrom(1, 3),
  }),
  fc.record({ type: fc.constant('set_variable' as const), name: fc.constant('x'), value: fc.constantFrom('1', '101') }),
  fc.record({ type: fc.constant('set_caller_id' as const), name: fc.constant(''), number: fc.constant('92992') }),
  fc.record({ type: fc.constant('jump' as const), context, option }),
  fc.record({ type: fc.constant('transfer' as const), to: number }),
  fc.record({ type: fc.constant('transfer_from_variable' as const), variable: fc.constant('x') }),
  fc.record({
    type: fc.constant('simple_transfer' as const),
    numbers,
    timeout_s: fc.constantFrom(null, 1, 3),
    final: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('queue' as const),
    queue_id: fc.constantFrom(1, 2, 9),
    priority: urgency,
    vip_rate: urgency,
  }),
  fc.record({ type: fc.constant('pause' as const), length_s: fc.nat({ max: 2 }) }),
  fc.record({
    type: fc.constant('call_interactive' as const),
    url: fc.constant('https://crm.example/?x=$x'),
    method: fc.constantFrom('GET' as const, 'POST' as const),
    timeout_s: fc.constantFrom(1, 5),
    filler_sound: fc.constantFrom(null, 'a.wav', 'gone.wav'),
  }),
  fc.constant<IvrAction>({ type: 'hangup' }),
);

const anyContext = (id: number): fc.Arbitrary<IvrContext> =>
  fc
    .record({
      timeout_ms: fc.constantFrom(300, 1_500),
      inter_digit_timeout_ms: fc.constantFrom(200, 900),
      digit_len: fc.constantFrom(null, null, 2),
      present: fc.subarray(keys, { minLength: 2 }),
      actions: fc.array(fc.array(anyAction, { maxLength: 4 }), { minLength: keys.length, maxLength: keys.length }),
    })
    .map(({ present, actions, ...settings }) => ({
      ...settings,
      id,
      name: null,
      options: present.map((key, at) => ({ key, actions: actions[at]! })),
    }));

const anyIvr: fc.Arbitrary<IvrDefinition> = fc
  .tuple(...contexts.map(anyContext))
  .map((all) => ({ entry_context: 1, contexts: all }));

const anyResponseAction: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '<Hangup/>',
    '<Pause length="1"/>',
    '<SetVar name="x">101</SetVar>',
    '<SetCaller name="A" number="92992"/>',
    '<PlaySound>b.wav</PlaySound>',
    '<PlaySound where="background" digitvar="x">b.wav</PlaySound>',
    '<Dance/>',
  ),
  fc.tuple(context, option).map(([to, key]) => `<Jump context="${to}" option="${key}"/>`),
  fc
    .tuple(fc.constantFrom('', 'final="no"'), fc.constantFrom('', 'early_media="True"'), numbers)
    .map(([final, early, to]) => `<SimpleTransfer ${final} ${early} timeout="2">${to.join(',')}</SimpleTransfer>`),
);

const anyAnswer: fc.Arbitrary<AnyAnswer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 500, null),
  xml: fc.array(anyResponseAction, { maxLength: 4 }).map((actions) => `<Response>${actions.join('')}</Response>`),
  afterMs: fc.constantFrom(0, 80, 900, 8_000),
});

const anyIvrAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('callsIvr' as const),
      ivr: fc.nat({ max: 1 }),
      staysMs: fc.option(fc.integer({ min: 0, max: 15_000 })),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('presses' as const),
      which: fc.nat({ max: 3 }),
      digits: fc.constantFrom('1', '12', '2', '9', '*#'),
    }),
  },
  { weight: 6, arbitrary: anyAct },
  { weight: 1, arbitrary: fc.constantFrom<Act>({ do: 'serverRestarts' }, { do: 'connectionBreaks', forMs: 700 }) },
);

export const anyIvrDay: fc.Arbitrary<Day> = fc
  .record({
    day: anyDay,
    ivrs: fc.tuple(anyIvr, anyIvr),
    answers: fc.array(anyAnswer, { minLength: 1, maxLength: 5 }),
    acts: fc.array(fc.record({ afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 3_000 })), act: anyIvrAct }), {
      minLength: 4,
      maxLength: 14,
    }),
  })
  .map(({ day, ...ofIvrs }) => ({ ...day, ...ofIvrs }));
