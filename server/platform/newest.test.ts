import { expect, test } from 'vitest';
import { Newest } from './newest.ts';

test('the newest are known, twice as many at most', () => {
  const newest = new Newest<number, string>(10);
  for (let key = 0; key < 1_000; key++) {
    newest.set(key, String(key));
    for (let known = Math.max(0, key - 9); known <= key; known++) expect(newest.get(known)).toBe(String(known));
    expect(newest.get(key - 22)).toBeUndefined();
  }
});

test('what is said again is the newest, and says the new', () => {
  const newest = new Newest<number, string>(2);
  for (const [key, value] of [
    [1, 'old'],
    [2, 'b'],
    [3, 'c'],
    [1, 'new'],
    [4, 'd'],
    [5, 'e'],
  ] as const) {
    newest.set(key, value);
  }
  expect(newest.get(1)).toBe('new');
});

test('what is deleted is not known any more, however often it was said', () => {
  const newest = new Newest<string, number>(1);
  newest.set('a', 1);
  newest.set('b', 2);
  newest.set('a', 3);
  newest.delete('a');
  expect(newest.get('a')).toBeUndefined();
});
