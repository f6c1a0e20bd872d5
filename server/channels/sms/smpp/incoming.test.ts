import { expect, test } from 'vitest';
import { asId, instant } from '../../../domain/ids.ts';
import { receiptOf } from './incoming.ts';
import { MessageIds } from './message-ids.ts';
import { aMessage } from './testing/peer.ts';
import { aCarrier } from './testing/settings.ts';

const noon = instant(Date.UTC(2026, 10, 20, 12));

/** Of a receipt that says `doneDate`, read at noon. */
function dateOf(doneDate: string, receiptTimeZone = 'UTC') {
  const text = `id:1 sub:001 dlvrd:001 submit date:2611201100 done date:${doneDate} stat:DELIVRD err:000 text:`;
  const pdu = aMessage({ esmClass: 4, shortMessage: Buffer.from(text) });
  const settings = aCarrier({ receiptTimeZone });
  const receipt = receiptOf(pdu, { channel: asId(1), settings, ids: new MessageIds('same'), now: noon });
  if (typeof receipt === 'string') throw new Error(`The receipt was ${receipt}.`);
  return new Date(receipt.at).toISOString();
}

test('a receipt has the date that it shows, on the clock of its carrier', () => {
  expect(dateOf('2611201159')).toBe('2026-11-20T11:59:00.000Z');
  expect(dateOf('2611201259', 'Europe/Paris')).toBe('2026-11-20T11:59:00.000Z');
});

test('nothing is received in time to come: the carrier’s clock is not the one that the channel was told of', () => {
  expect(dateOf('2611201259')).toBe('2026-11-20T12:00:00.000Z');
});
