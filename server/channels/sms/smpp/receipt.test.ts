import { expect, test } from 'vitest';
import { noTlvs } from './pdu.ts';
import { parseReceipt, receiptInstant } from './receipt.ts';
import { numberTlv, octetsTlv } from './tlv.ts';

test('the form of the standard', () => {
  const text = 'id:0a1B2 sub:001 dlvrd:000 submit date:2611201304 done date:2611201305 stat:UNDELIV err:027 text:Hi';
  expect(parseReceipt(text, noTlvs)).toMatchObject({
    id: '0a1B2',
    state: 'failed',
    code: '027',
    doneDate: '2611201305',
  });
});

test.each([
  ['id:1 stat:DELIVRD', 'delivered', null],
  ['ID: 1, Sub: 1, Done Date: 20261120130500, Stat: delivered, Err: 0', 'delivered', '0'],
  ['id:1 done_date:261120130500 stat:REJECTD err:0x45', 'failed', '0x45'],
  ['id:1 stat:EXPIRED err:', 'failed', null],
  ['id:1 stat:ACCEPTD err:000', 'under_way', '000'],
  ['id:1 stat:ENROUTE', 'under_way', null],
  ['id:1 stat:UNKNOWN', 'failed', null],
])('what carriers make of it: %s', (text, state, code) => {
  expect(parseReceipt(text, noTlvs)).toMatchObject({ id: '1', state, code });
});

test('the text of our own message says nothing', () => {
  expect(parseReceipt('id:1 stat:DELIVRD text:id:2 stat:UNDELIV err:9', noTlvs)).toMatchObject({
    id: '1',
    state: 'delivered',
    code: null,
  });
  expect(parseReceipt('text: id:2 stat:UNDELIV', noTlvs)).toBeNull();
});

test.each(['', 'Hello', 'id:1', 'stat:DELIVRD', 'id:1 stat:WHATEVER'])('%j tells nothing of a message', (text) => {
  expect(parseReceipt(text, noTlvs)).toBeNull();
});

test('parameters say it without any text, and name the message where both do', () => {
  const id = octetsTlv('receipted_message_id', Buffer.from('abc\0'));
  expect(parseReceipt('', [id, numberTlv('message_state', 2, 1)])).toMatchObject({ id: 'abc', state: 'delivered' });
  expect(parseReceipt('', [id, numberTlv('message_state', 3, 1)])).toMatchObject({ id: 'abc', state: 'failed' });
  expect(parseReceipt('id:9 stat:DELIVRD', [id])).toMatchObject({ id: 'abc', state: 'delivered' });
  expect(parseReceipt('', [id])).toBeNull();
  expect(parseReceipt('', [id, numberTlv('message_state', 99, 1)])).toBeNull();
});

test.each([
  ['2611201305', 'UTC', '2026-11-20T13:05:00.000Z'],
  ['261120130507', 'UTC', '2026-11-20T13:05:07.000Z'],
  ['20261120130507', 'UTC', '2026-11-20T13:05:07.000Z'],
  ['2611201305', 'Europe/Paris', '2026-11-20T12:05:00.000Z'],
  ['2607201305', 'Europe/Paris', '2026-07-20T11:05:00.000Z'],
  // Shown twice: the first is meant, as it is not in the future.
  ['2610250230', 'Europe/Paris', '2026-10-25T00:30:00.000Z'],
])('%s of a clock in %s', (date, zone, at) => {
  expect(new Date(receiptInstant(date, zone)!).toISOString()).toBe(at);
});

test.each(['', '26112013', '2613201305', '2602301305', '2611202405', '2611201360', 'yesterday', '2603290230'])(
  '%j is no date that a clock in Paris shows',
  (date) => {
    expect(receiptInstant(date, 'Europe/Paris')).toBeNull();
  },
);
