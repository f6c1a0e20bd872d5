// What every journal promises. Each test takes a space of its own, so that one journal serves them all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { isAppError } from '../errors.ts';
import type { Journal, Recorded } from './journal.ts';
import { anAppend, anEvent } from './testing/events.ts';

let spaces = 100;
const aSpace = () => asId<SpaceId>(++spaces);
const conflict = { name: 'AppError', code: 'journal.conflict' };

export function journalContract(name: string, open: () => Promise<Journal>): void {
  describe(`${name} keeps the journal's promises`, () => {
    let journal: Journal;
    beforeAll(async () => {
      journal = await open();
    });
    afterAll(() => journal.close());
    const all = (space: SpaceId) => journal.readSpace(space, 0, 10_000);

    test('events come back as they were, numbered in their stream and in their space', async () => {
      const space = aSpace();
      const events = [anEvent(1), anEvent(2), anEvent(3)] as const;
      await journal.append({ space, streams: [{ stream: 'call:a', expected: 0, events: [events[0], events[1]] }] });
      await journal.append({ space, streams: [{ stream: 'agent:1', expected: 0, events: [events[2]] }] });
      expect(await all(space)).toEqual([
        { space, seq: 1, stream: 'call:a', version: 1, event: events[0] },
        { space, seq: 2, stream: 'call:a', version: 2, event: events[1] },
        { space, seq: 3, stream: 'agent:1', version: 1, event: events[2] },
      ]);
      expect(await journal.readStream(space, 'call:a')).toEqual((await all(space)).slice(0, 2));
      expect(await journal.readStream(space, 'call:none')).toEqual([]);
      expect(await journal.readStreams(space, ['call:a', 'agent:1', 'call:none'])).toEqual(
        Map.groupBy(await all(space), ({ stream }) => stream),
      );
    });

    test('texts of any kind survive', async () => {
      const space = aSpace();
      const event = { ...anEvent(1), callerNumber: '\u0000 "\\ {a,b} \ud800 Łódź 電話 🙂' };
      await journal.append({ space, streams: [{ stream: 'agent:"\\{,} Łódź', expected: 0, events: [event] }] });
      expect((await journal.readStream(space, 'agent:"\\{,} Łódź'))[0]?.event).toEqual(event);
    });

    test('what was appended cannot be changed any more', async () => {
      const space = aSpace();
      const event = { ...anEvent(1), callerNumber: 'before' };
      const appended = journal.append({ space, streams: [{ stream: 'call:a', expected: 0, events: [event] }] });
      expect(() => (event.callerNumber = 'after')).toThrow(TypeError);
      await appended;
      expect((await all(space))[0]?.event).toMatchObject({ callerNumber: 'before' });
    });

    test('a space is read from any place, page by page', async () => {
      const space = aSpace();
      await journal.append(anAppend(space, { events: 10 }));
      expect((await journal.readSpace(space, 3, 4)).map(({ seq }) => seq)).toEqual([4, 5, 6, 7]);
      expect(await journal.readSpace(space, 10, 4)).toEqual([]);
    });

    test('a stream that is further, or not as far, as expected is a conflict, and nothing of the append is written', async () => {
      const space = aSpace();
      await journal.append(anAppend(space, { stream: 'call:a', events: 2 }));
      for (const expected of [0, 1, 3, 100]) {
        const other = { stream: 'call:other', expected: 0, events: [anEvent(1)] };
        const late = { stream: 'call:a', expected, events: [anEvent(2)] };
        await expect(journal.append({ space, streams: [other, late] })).rejects.toMatchObject(conflict);
      }
      expect(await all(space)).toHaveLength(2);
      await journal.append(anAppend(space, { stream: 'call:a', expected: 2 }));
      expect((await all(space)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    test('of many appends asked for at once only the conflicting one is rejected', async () => {
      const space = aSpace();
      await journal.append(anAppend(space, { stream: 'call:a' }));
      const appends = Array.from({ length: 20 }, (_, at) =>
        journal.append(
          at === 7 || at === 13 ? anAppend(space, { stream: 'call:a', expected: at - 7 }) : anAppend(space),
        ),
      );
      const outcomes = await Promise.allSettled(appends);
      expect(outcomes.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([7, 13]);
      expectGapless(await all(space), 19);
    });

    test('two flows that race for one stream: one of them wins', async () => {
      const space = aSpace();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 5 }, () => journal.append(anAppend(space, { stream: 'call:a' }))),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', ...Array(4).fill('rejected')]);
      expect(
        outcomes.slice(1).every((outcome) => isAppError((outcome as PromiseRejectedResult).reason, 'journal.conflict')),
      ).toBe(true);
      expect(await all(space)).toHaveLength(1);
    });

    test('appends to one stream need not wait for each other, and commit in the order asked for', async () => {
      const space = aSpace();
      const order: number[] = [];
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          journal.append(anAppend(space, { stream: 'call:a', expected: at })).then(() => order.push(at)),
        ),
      );
      expect(order).toEqual(Array.from({ length: 50 }, (_, at) => at));
      expectGapless(await all(space), 50);
    });

    test('one append may hold several streams, also the same one twice if it continues', async () => {
      const space = aSpace();
      const part = (stream: string, expected: number) => ({ stream, expected, events: [anEvent(expected)] });
      await journal.append({ space, streams: [part('call:a', 0), part('agent:1', 0), part('call:a', 1)] });
      expect((await all(space)).map(({ stream, version }) => `${stream} ${version}`)).toEqual([
        'call:a 1',
        'agent:1 1',
        'call:a 2',
      ]);
      await expect(journal.append({ space, streams: [part('call:b', 0), part('call:b', 0)] })).rejects.toMatchObject(
        conflict,
      );
      expectGapless(await all(space), 3);
    });

    test('an append without events is nothing', async () => {
      const space = aSpace();
      await journal.append({ space, streams: [{ stream: 'call:a', expected: 9, events: [] }] });
      expect(await all(space)).toEqual([]);
      expect((await journal.heads()).has(space)).toBe(false);
    });

    test('an append larger than any batch is still one commit', async () => {
      const space = aSpace();
      await journal.append(anAppend(space, { events: 1_500 }));
      expectGapless(await all(space), 1_500);
    });

    test('spaces are numbered apart', async () => {
      const [one, two] = [aSpace(), aSpace()];
      await Promise.all([one, two, two, one, two].map((space) => journal.append(anAppend(space))));
      expectGapless(await all(one), 2);
      expectGapless(await all(two), 3);
      const heads = await journal.heads();
      expect([heads.get(one), heads.get(two)]).toEqual([2, 3]);
    });

    test('what was appended just now is among the heads, however patient', async () => {
      const space = aSpace();
      const appends = [1, 2, 3].map(() => journal.append({ ...anAppend(space), patient: true }));
      expect((await journal.heads()).get(space)).toBe(3);
      await Promise.all(appends);
    });

    test('listeners are told the new head after the commit, until they leave', async () => {
      const space = aSpace();
      const heard: (number | undefined)[] = [];
      const leave = journal.onAppended((heads) => {
        if (heads?.has(space)) heard.push(heads.get(space));
      });
      await journal.append(anAppend(space, { events: 3 }));
      await journal.append(anAppend(space));
      expect(heard).toEqual([3, 4]);
      leave();
      await journal.append(anAppend(space));
      expect(heard).toEqual([3, 4]);
    });
  });
}

export function expectGapless(events: readonly Recorded[], count: number): void {
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  const versions = new Map<string, number>();
  for (const { stream, version } of events) {
    expect(version).toBe((versions.get(stream) ?? 0) + 1);
    versions.set(stream, version);
  }
}
