import { expect, test } from 'vitest';
import { subscriberOf } from './subscribers.ts';

test('the last two digits decide, whatever stands before them', () => {
  expect(subscriberOf('02')).toBe(subscriberOf('+48225550102'));
  expect(subscriberOf('+33155550002')).not.toEqual(subscriberOf('+33155550020'));
});

test('numbers that the sandbox does not name, also a single digit, behave like 01', () => {
  for (const number of ['+33155550055', '04', '05', '11', '14', '2', ''])
    expect(subscriberOf(number)).toEqual(subscriberOf('01'));
});
