import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newAddressSet } from './address-set.ts';
import { addressOf } from './address.ts';

describe('an address', () => {
  test.each([
    ['+33612345601', 'sms', '+33612345601'],
    ['06 12 34 56 01', 'sms', '+33612345601'],
    ['0033612345601', 'sms', '+33612345601'],
    ['48601123401', 'call', '+48601123401'],
    [' Ana.Nowak@Example.com ', 'mail', 'Ana.Nowak@Example.com'],
    ['zoë@exämple.fr', 'mail', 'zoë@exämple.fr'],
  ] as const)('%j by %s is %s', (written, media, address) => expect(addressOf(written, media, 'FR')).toBe(address));

  test.each([
    ['', 'sms'],
    ['Ana', 'sms'],
    ['+3361234560', 'sms'], // a digit is missing
    ['+336123456011', 'sms'],
    ['+999612345678', 'sms'],
    ['36180', 'sms'],
    ['ana@example.com', 'sms'],
    ['ana@example', 'mail'],
    ['@example.com', 'mail'],
    ['ana nowak@example.com', 'mail'],
    ['ana@ex\nample.com', 'mail'],
    [`${'a'.repeat(65)}@example.com`, 'mail'],
  ] as const)('%j by %s is none', (written, media) => expect(addressOf(written, media, 'FR')).toBeNull());
});

test('a set of numbers knows what was added, as a Set of strings does', () => {
  const near = fc.integer({ min: 33_600_000_000, max: 33_600_000_400 });
  const far = fc.integer({ min: 1_000_000, max: 999_999_999_999_999 });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, far), { maxLength: 9_000, size: 'max' }), (numbers) => {
      const ours = newAddressSet('sms');
      const theirs = new Set<string>();
      for (const number of numbers.map((one) => `+${one}`)) {
        expect(ours.add(number)).toBe(!theirs.has(number));
        theirs.add(number);
      }
      expect(ours.size).toBe(theirs.size);
    }),
    { numRuns: 50 },
  );
});

test('mail addresses differ by more than capitals', () => {
  const mails = newAddressSet('mail');
  expect(['Ana@example.com', 'ana@EXAMPLE.com', 'anna@example.com'].map((one) => mails.add(one))).toEqual([
    true,
    false,
    true,
  ]);
});
