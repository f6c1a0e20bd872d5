// A random day in a small call centre: who works there, and what happens when. random-day.ts lives through it.
import fc from 'fast-check';
import type { Reaction } from '../../channels/voice/simulated/phones.ts';
import type { QueueStrategy } from '../../domain/directory.ts';
import type { TransferType } from '../../domain/events.ts';
import type { IvrDefinition } from '../../domain/ivr/definition.ts';

export const ringTimeoutMs = 4_000;

interface QueuePlan {
  strategy: QueueStrategy;
  /** Bit n: agent n is in it. */
  members: number;
  wrapUpMs: number;
  maxWaitMs: number | null;
  overflow: boolean;
}

/** What a customer's URL answers, and after how long. */
export interface AnyAnswer {
  status: number | null;
  xml: string;
  afterMs: number;
}

export type Act =
  | { do: 'callsIvr'; ivr: number; staysMs: number | null }
  | { do: 'presses'; which: number; digits: string }
  | { do: 'callIn'; queue: number; vip: boolean; staysMs: number | null }
  | { do: 'callerHangsUp'; which: number }
  | {
      do: 'answers' | 'refuses' | 'hangsUp' | 'pauses' | 'resumes' | 'logsOut' | 'loses phone' | 'finds phone';
      agent: number;
    }
  | { do: 'pressesHold'; agent: number }
  | { do: 'dials' | 'refers'; agent: number; to: number }
  | { do: 'holds' | 'unholds' | 'completes' | 'cancels' | 'asksToHangUp'; agent: number }
  | { do: 'transfers'; agent: number; to: number; kind: TransferType }
  | { do: 'engineCrashes' | 'serverRestarts' | 'journalLeaves' | 'journalReturns' }
  | { do: 'connectionBreaks'; forMs: number };

export interface Day {
  agents: { reacts: Reaction; afterMs: number }[];
  queues: QueuePlan[];
  latency: { seed: number; upToMs: number };
  acts: { afterMs: number; act: Act }[];
  /** Default: none. */
  ivrs?: IvrDefinition[];
  /** In the order of asking, then again from the first. */
  answers?: AnyAnswer[];
}

const agent = fc.nat({ max: 5 });
export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('callIn' as const),
      queue: fc.nat({ max: 2 }),
      vip: fc.boolean(),
      staysMs: fc.option(fc.integer({ min: 0, max: 15_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('callerHangsUp' as const), which: fc.nat({ max: 4 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'answers',
        'refuses',
        'hangsUp',
        'pauses',
        'resumes',
        'logsOut',
        'loses phone',
        'finds phone',
      ),
      agent,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('dials', 'dials', 'refers'), agent, to: fc.nat({ max: 8 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('completes', 'completes', 'cancels'), agent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pressesHold' as const), agent }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('holds', 'unholds', 'completes', 'cancels', 'asksToHangUp'),
      agent,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('transfers' as const),
      agent,
      to: fc.nat({ max: 8 }),
      kind: fc.constantFrom<TransferType>('blind', 'consultative', 'conference'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('engineCrashes', 'serverRestarts', 'journalLeaves', 'journalReturns'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('connectionBreaks' as const),
      forMs: fc.integer({ min: 0, max: 5_000 }),
    }),
  },
);

export const anyDay: fc.Arbitrary<Day> = fc.record({
  agents: fc.array(
    fc.oneof(
      fc.record({ reacts: fc.constant<Reaction>('answer'), afterMs: fc.nat({ max: 1_000 }) }),
      // Around the ring limit as well, where an answer and our hang-up cross.
      fc.record({
        reacts: fc.constant<Reaction>('answer'),
        afterMs: fc.oneof(fc.nat({ max: 3_000 }), fc.integer({ min: ringTimeoutMs - 30, max: ringTimeoutMs + 30 })),
      }),
      fc.record({ reacts: fc.constantFrom<Reaction>('ignore', 'reject', 'busy'), afterMs: fc.nat({ max: 1_000 }) }),
    ),
    { minLength: 2, maxLength: 6 },
  ),
  queues: fc.array(
    fc.record({
      strategy: fc.constantFrom<QueueStrategy>(
        'longest_idle',
        'longest_idle',
        'round_robin',
        'ring_all',
        'fewest_calls',
      ),
      members: fc.oneof(fc.constant(63), fc.nat({ max: 63 })),
      wrapUpMs: fc.constantFrom(0, 0, 2_000),
      maxWaitMs: fc.constantFrom(null, 5_000, 12_000),
      overflow: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  latency: fc.record({ seed: fc.integer(), upToMs: fc.constantFrom(0, 0, 5, 30) }),
  acts: fc.array(fc.record({ afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 4_500 })), act: anyAct }), {
    minLength: 3,
    maxLength: 12,
  }),
});
