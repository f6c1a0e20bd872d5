import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import type { Recorded } from './journal.ts';
import { frozen, RecentEvents } from './recent-events.ts';
import { anEvent } from './testing/events.ts';

const space = asId<SpaceId>(1);

/** Events `from` to `to`. */
function run(from: number, to: number, of = space): Recorded[] {
  return Array.from({ length: to - from + 1 }, (_, at) => {
    const seq = from + at;
    return { space: of, seq, stream: 'call:a', version: seq, event: frozen(anEvent(seq)) };
  });
}

const seqs = (events: readonly Recorded[]) => events.map(({ seq }) => seq);

test('what was appended is handed to every follower as the same events, page by page', () => {
  const recent = new RecentEvents();
  recent.add(run(1, 3));
  recent.add(run(4, 5));
  expect(seqs(recent.after(space, 0, 2))).toEqual([1, 2]);
  expect(recent.after(space, 2, 10)).toEqual([
    { space, seq: 3, stream: 'call:a', version: 3, event: anEvent(3) },
    { space, seq: 4, stream: 'call:a', version: 4, event: anEvent(4) },
    { space, seq: 5, stream: 'call:a', version: 5, event: anEvent(5) },
  ]);
  expect(recent.after(space, 2, 10)[0]).toBe(recent.after(space, 0, 10)[2]);
});

test('nobody can change what the others get', () => {
  const recent = new RecentEvents();
  recent.add(run(1, 1));
  const [recorded] = recent.after(space, 0, 1);
  expect(() => Object.assign(recorded!.event, { step: 9 })).toThrow(TypeError);
});

test('nothing is known of what lies before, after or in another space', () => {
  const recent = new RecentEvents();
  recent.add(run(5, 8));
  expect(recent.after(space, 3, 10)).toEqual([]);
  expect(recent.after(space, 8, 10)).toEqual([]);
  expect(recent.after(asId<SpaceId>(2), 0, 10)).toEqual([]);
  expect(seqs(recent.after(space, 4, 10))).toEqual([5, 6, 7, 8]);
});

test('a run never has a gap: after events of another process the newer ones stand alone', () => {
  const recent = new RecentEvents();
  recent.add(run(1, 3));
  recent.add(run(5, 6));
  expect(recent.after(space, 3, 10)).toEqual([]);
  expect(seqs(recent.after(space, 4, 10))).toEqual([5, 6]);
});

test('what a follower reads joins the run where it overlaps; what is older is not kept', () => {
  const recent = new RecentEvents();
  recent.add(run(5, 6));
  recent.add(run(1, 4));
  expect(recent.after(space, 0, 10)).toEqual([]);
  recent.add(run(5, 9));
  expect(seqs(recent.after(space, 4, 10))).toEqual([5, 6, 7, 8, 9]);
});

test('old events are forgotten, and so are the quietest spaces', () => {
  const recent = new RecentEvents();
  const quiet = asId<SpaceId>(2);
  recent.add(run(1, 100, quiet));
  recent.add(run(1, 15_000));
  expect(seqs(recent.after(quiet, 99, 10))).toEqual([100]);
  recent.add(run(15_001, 31_000));
  expect(recent.after(space, 0, 1)).toEqual([]);
  expect(seqs(recent.after(space, 30_999, 10))).toEqual([31_000]);
  for (let other = 3; other < 50; other++) recent.add(run(1, 1_000, asId<SpaceId>(other)));
  expect(recent.after(quiet, 99, 10)).toEqual([]);
});

test('a space with few events takes from a busy one only its oldest', () => {
  const recent = new RecentEvents();
  const other = asId<SpaceId>(2);
  recent.add(run(1, 30_000));
  for (let seq = 1; seq <= 12_000; seq++) recent.add(run(seq, seq, other));
  expect(recent.after(space, 0, 1)).toEqual([]);
  expect(seqs(recent.after(space, 2_000, 2))).toEqual([2_001, 2_002]);
  expect(seqs(recent.after(space, 29_999, 2))).toEqual([30_000]);
  expect(recent.after(other, 0, 20_000)).toHaveLength(12_000);
});
