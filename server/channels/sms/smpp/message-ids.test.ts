import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageIds } from './message-ids.ts';

const here = '33612345678';

test.each([
  ['hex', '123', '7B', '123'],
  ['hex', '0000000123', '0000007b', '123'],
  ['decimal', '7B', '123', '7b'],
  ['decimal', '0000007b', '0000000123', '7b'],
  ['same', '00Ab-c', '00Ab-c', '00Ab-c'],
  ['same', '0012', '0012', '0012'],
] as const)('%s: the answer said %s, the receipt says %s', (how, answered, receipt, known) => {
  const ids = new MessageIds(how);
  expect(ids.submitted(answered, here)).toBe(known);
  expect(ids.ofReceipt(receipt, here)).toEqual({ id: known, others: [] });
});

test('auto: small numbers in a row are not mixed up, once the carrier has shown how it writes', () => {
  const ids = new MessageIds('auto');
  const known = Array.from({ length: 40 }, (_, at) => ids.submitted(String(at + 1), `${33600000000 + at}`));
  const received = known.map((_, at) => ids.ofReceipt((at + 1).toString(16), `${33600000000 + at}`).id);
  expect(received).toEqual(known);
});

test('auto: a receipt of before a restart is read as the receipts since', () => {
  const ids = new MessageIds('auto');
  expect(ids.ofReceipt('7b', here)).toEqual({ id: '7b', others: ['123'] });
  ids.submitted('500', here);
  expect(ids.ofReceipt('1f4', here).id).toBe('500');
  expect(ids.ofReceipt('7b', here)).toEqual({ id: '123', others: ['7b'] });
});

test('auto: whatever the carrier writes, the right one is among what it may be', () => {
  const writing = fc.constantFrom<(id: bigint) => string>(
    (id) => id.toString(10),
    (id) => id.toString(16),
    (id) => id.toString(16).toUpperCase().padStart(12, '0'),
    (id) => id.toString(10).padStart(12, '0'),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), writing, writing, (id, inAnswer, inReceipt) => {
      const ids = new MessageIds('auto');
      const known = ids.submitted(inAnswer(id), here);
      expect(ids.ofReceipt(inReceipt(id), here).id).toBe(known);
      const restarted = new MessageIds('auto').ofReceipt(inReceipt(id), here);
      expect([restarted.id, ...restarted.others]).toContain(known);
    }),
  );
});

test('ids that are no numbers are left as they are', () => {
  for (const how of ['auto', 'hex', 'decimal', 'same'] as const) {
    const ids = new MessageIds(how);
    const id = '0c7f-Zürich';
    expect(ids.ofReceipt(id, here).id).toBe(ids.submitted(id, here));
  }
});
