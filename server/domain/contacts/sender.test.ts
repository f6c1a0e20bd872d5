import { expect, test } from 'vitest';
import { refusedTo, senderRefusal } from './sender.ts';

test.each(['38000', '+33123456789', '0123456789', '118', 'Parley', 'Île & Fils', 'Shop 24', '1a', 'x'.repeat(11)])(
  '%s may be a sender',
  (from) => {
    expect(senderRefusal(from)).toBeNull();
  },
);

test.each(['12', '+', '1234567890123456', '+33 1 23 45', '06.12.34', 'x'.repeat(12), 'Żabka', '😀', 'a\u0007b', '   '])(
  '%j is none',
  (from) => {
    expect(senderRefusal(from)).toContain('11 characters');
  },
);

test('a French mobile number is none for automated messages in France', () => {
  expect(refusedTo('+33612345678', 'PL')).toBe('FR');
  expect(refusedTo('0712345678', 'FR')).toBe('FR');
  for (const from of ['38000', '+33123456789', '+48601234567', 'Parley']) expect(refusedTo(from, 'FR')).toBeNull();
  expect(refusedTo('0712345678', 'GB')).toBeNull();
});
