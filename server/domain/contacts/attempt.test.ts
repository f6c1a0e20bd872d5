import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, asKey, type AttemptId, type ChannelId, type ContactId, instant } from '../ids.ts';
import {
  type AttemptState,
  evolveAttempt,
  isOpen,
  notBegun,
  whenAnswered,
  whenNeverSettled,
  whenReceipted,
  whenRefused,
  whenTaken,
  whenUnanswered,
} from './attempt.ts';
import type { AttemptEvent, AttemptFacts } from './events.ts';

const attempt = asKey<AttemptId>('a'.repeat(24));
const channel = asId<ChannelId>(1);
const at = (second: number) => instant(second * 1_000);
const about: AttemptFacts = {
  ...{ media: 'sms', broadcast: null, contact: asKey<ContactId>('c'.repeat(24)), to: '+33612345612', from: null },
  ...{ refExterne: null, number: 1, channel, username: 'office', timeZone: 'Europe/Paris' },
};
const begun = evolveAttempt(notBegun, { type: 'attempt.begun', attempt, at: at(0), about });
const after = (state: AttemptState, events: readonly AttemptEvent[]): AttemptState =>
  events.reduce(evolveAttempt, state);
const taken = (state: AttemptState, carrierIds = ['x']) =>
  whenTaken(state, { attempt, at: at(1), channel, carrierIds, size: null });
const receipt = (differing: {
  carrierId?: string;
  status?: 'delivered' | 'failed';
  second?: number;
  code?: string;
}) => ({
  ...{ carrierId: differing.carrierId ?? 'x', status: differing.status ?? ('delivered' as const), info: 'gone' },
  ...{ at: at(differing.second ?? 2), code: differing.code ?? null, retry: false },
});
const ok = { attempt, channel, to: '38000', text: 'Ok', optedOut: false };
const types = (events: readonly AttemptEvent[]) => events.map(({ type }) => type);

describe('an SMS', () => {
  const sent = after(begun, taken(begun));

  test('is sent once, however often the carrier says so', () => {
    expect(types(taken(begun))).toEqual(['attempt.sent']);
    expect(taken(sent)).toEqual([]);
  });

  test('is received with its receipt; the same receipt again says nothing, another date is kept', () => {
    const received = after(sent, whenReceipted(sent, attempt, receipt({})));
    expect(received.received).toEqual([at(2)]);
    expect(whenReceipted(received, attempt, receipt({}))).toEqual([]);
    expect(types(whenReceipted(received, attempt, receipt({ second: 3 })))).toEqual(['attempt.received']);
  });

  test('of several parts is received when all are, in whatever order and however often each is told', () => {
    let state = after(begun, taken(begun, ['a', 'b', 'c']));
    const told: string[] = [];
    for (const carrierId of ['c', 'c', 'a', 'a', 'b', 'b', 'c']) {
      const events = whenReceipted(state, attempt, receipt({ carrierId }));
      told.push(...types(events));
      state = after(state, events);
    }
    expect(told).toEqual(['attempt.part_received', 'attempt.part_received', 'attempt.received']);
  });

  test('of several parts has failed with the first part that failed, once', () => {
    const state = after(begun, taken(begun, ['a', 'b']));
    const failed = after(
      state,
      whenReceipted(state, attempt, receipt({ carrierId: 'b', status: 'failed', code: '11' })),
    );
    expect(failed.failures).toMatchObject([{ code: '11' }]);
    expect(whenReceipted(failed, attempt, receipt({ carrierId: 'a', status: 'failed', second: 3 }))).toEqual([]);
  });

  test('that failed and is delivered all the same keeps both', () => {
    const failed = after(sent, whenReceipted(sent, attempt, receipt({ status: 'failed', code: '27' })));
    expect(whenReceipted(failed, attempt, receipt({ status: 'failed', code: '27' }))).toEqual([]);
    expect(types(whenReceipted(failed, attempt, receipt({ second: 9 })))).toEqual(['attempt.received']);
  });

  test('is answered as often as the contact writes', () => {
    const answer = { ...ok, at: at(5) };
    const answered = after(sent, whenAnswered(sent, answer));
    // The carrier, who was not acknowledged; later it is the contact.
    expect(whenAnswered(answered, { ...answer, at: at(20) })).toEqual([]);
    expect(types(whenAnswered(answered, { ...answer, at: at(65) }))).toEqual(['attempt.answered']);
    expect(types(whenAnswered(answered, { ...answer, text: 'Ok, thanks' }))).toEqual(['attempt.answered']);
  });
});

describe('an outcome that nobody heard', () => {
  const unknown = after(begun, whenUnanswered(begun, { attempt, at: at(1), info: 'no answer' }));

  test('is marked once, and only while nothing is known', () => {
    expect(unknown.unknown).toBe(true);
    expect(whenUnanswered(unknown, { attempt, at: at(2), info: 'no answer' })).toEqual([]);
    const sent = after(begun, taken(begun));
    expect(whenUnanswered(sent, { attempt, at: at(2), info: 'no answer' })).toEqual([]);
  });

  test('is settled by the carrier’s late answer, by a receipt, by a reply, or by the end of the time for them', () => {
    const late = { attempt, at: at(9), info: 'nothing was heard' };
    expect(types(taken(unknown))).toEqual(['attempt.sent']);
    expect(types(whenReceipted(unknown, attempt, receipt({})))).toEqual(['attempt.received']);
    expect(types(whenNeverSettled(unknown, late))).toEqual(['attempt.failed']);
    const settled = after(unknown, whenAnswered(unknown, { ...ok, at: at(3) }));
    expect(isOpen(settled)).toBe(false);
    expect(whenNeverSettled(settled, late)).toEqual([]);
  });
});

test('whatever comes, in whatever order and however often, is said once', () => {
  const input = fc.oneof(
    fc.constantFrom<'taken' | 'refused' | 'unanswered' | 'answer'>('taken', 'refused', 'unanswered', 'answer'),
    fc.record({
      carrierId: fc.constantFrom('x', 'y'),
      status: fc.constantFrom<'delivered' | 'failed'>('delivered', 'failed'),
      second: fc.integer({ min: 2, max: 4 }),
    }),
  );
  const decided = (state: AttemptState, it: 'taken' | 'refused' | 'unanswered' | 'answer' | object): AttemptEvent[] => {
    switch (it) {
      case 'taken':
        return taken(state, ['x', 'y']);
      case 'refused':
        return whenRefused(state, { attempt, at: at(1), code: '8', info: 'no', retry: false });
      case 'unanswered':
        return whenUnanswered(state, { attempt, at: at(1), info: 'no answer' });
      case 'answer':
        return whenAnswered(state, { ...ok, at: at(5) });
      default:
        return whenReceipted(state, attempt, receipt(it));
    }
  };
  fc.assert(
    fc.property(fc.array(input, { maxLength: 30 }), (inputs) => {
      let state = begun;
      const said: AttemptEvent[] = [];
      for (const it of inputs) {
        const events = decided(state, it);
        state = after(state, events);
        said.push(...events);
        expect(decided(state, it)).toEqual([]); // Told twice.
      }
      expect(said.filter(({ type }) => type === 'attempt.sent').length).toBeLessThanOrEqual(1);
      expect(said.filter(({ type }) => type === 'attempt.outcome_unknown').length).toBeLessThanOrEqual(1);
      expect(new Set(said.map((event) => JSON.stringify(event))).size).toBe(said.length);
      expect(state.version).toBe(1 + said.length);
    }),
    { numRuns: 2_000 },
  );
});
