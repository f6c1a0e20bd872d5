import { expect, test } from 'vitest';
import { type ByteRange, rangeAsked } from './byte-range.ts';

test.each<[header: string | undefined, range: ByteRange | null]>([
  ['bytes=0-1', { from: 0, to: 1 }],
  ['bytes=0-', { from: 0, to: 99 }],
  ['bytes=40-', { from: 40, to: 99 }],
  ['bytes=99-99', { from: 99, to: 99 }],
  ['bytes=90-1000', { from: 90, to: 99 }],
  ['bytes=-10', { from: 90, to: 99 }],
  ['bytes=-1000', { from: 0, to: 99 }],
  [undefined, null],
  ['bytes=100-', null],
  ['bytes=-0', null],
  ['bytes=5-4', null],
  ['bytes=-', null],
  ['bytes=0-1,4-5', null],
  ['lines=1-2', null],
])('of 100 bytes, %s is %j', (header, range) => {
  expect(rangeAsked(header, 100)).toEqual(range);
});
