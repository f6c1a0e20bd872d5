// The sandbox's subscribers (docs/calls.md): parties that are no people. The last two digits of a number decide what
// its subscriber does; the generated dialplan of the Asterisk engine does the same, held by engine.contract.ts.
import { q850 } from '../../../domain/q850.ts';
import type { Step } from './party.ts';

const answersAfter2s: readonly Step[] = [
  { atMs: 0, act: { do: 'ring' } },
  { atMs: 2_000, act: { do: 'answer' } },
];

/** Picks up as soon as it is called: a sandbox phone that is asked to (auto answer). */
export const picksUpAtOnce: readonly Step[] = [{ atMs: 0, act: { do: 'answer' } }];

/** Nobody is there: the cause of a phone that is not registered, and of sandbox number 09. */
export const unreachable: readonly Step[] = [{ atMs: 0, act: { do: 'hangUp', q850: q850.subscriberAbsent } }];

const byLastTwoDigits: Readonly<Record<string, readonly Step[]>> = {
  '02': [{ atMs: 0, act: { do: 'hangUp', q850: q850.busy } }],
  '03': [{ atMs: 0, act: { do: 'ring' } }],
  '06': [
    { atMs: 0, act: { do: 'ring' } },
    { atMs: 1_000, act: { do: 'hangUp', q850: q850.rejected } },
  ],
  '07': [...answersAfter2s, { atMs: 3_000, act: { do: 'press', digit: '2' } }],
  '08': [...answersAfter2s, { atMs: 7_000, act: { do: 'hangUp', q850: q850.normal } }],
  '09': unreachable,
};

/** Numbers that the sandbox does not name behave like 01: they answer after 2 s. */
export function subscriberOf(number: string): readonly Step[] {
  return byLastTwoDigits[number.slice(-2)] ?? answersAfter2s;
}
