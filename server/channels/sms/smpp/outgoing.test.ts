import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asId, asKey, type ChannelId, instant } from '../../../domain/ids.ts';
import type { OutgoingMessage } from '../../message.ts';
import { decodePdu } from './decode.ts';
import { encodePdu } from './encode.ts';
import { incomingOf } from './incoming.ts';
import { submitsOf } from './outgoing.ts';
import type { ShortMessage } from './pdu.ts';
import { contentOf } from './segments.ts';
import type { SmppSettings } from './settings.ts';
import { aCarrier } from './testing/settings.ts';

const now = instant(Date.UTC(2026, 10, 20, 13, 4, 5));
const aMessage = (changes: Partial<OutgoingMessage>): OutgoingMessage => ({
  attempt: asKey('0123456789abcdef01234567'),
  media: 'sms',
  to: '+33612345678',
  from: null,
  text: 'Hello',
  ...changes,
});
const submits = (message: Partial<OutgoingMessage>, settings: Partial<SmppSettings> = {}, ref = 0x1234) =>
  submitsOf(aMessage(message), aCarrier(settings), ref);

test('any text and sender becomes PDUs that are read as that text, or is refused with its reason', () => {
  const settings = fc.record({
    long: fc.constantFrom('udh' as const, 'sar' as const, 'payload' as const),
    defaultAlphabet: fc.constantFrom('gsm7' as const, 'latin1' as const),
  });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 500 }),
    fc.string({ unit: fc.constantFrom(...'aé€{[ñ\n'), maxLength: 500 }),
  );
  const from = fc.option(fc.string({ unit: 'binary', maxLength: 25 }));
  fc.assert(
    fc.property(text, from, settings, fc.nat({ max: 0xffff }), (written, sender, how, ref) => {
      const result = submits({ text: written, from: sender }, how, ref);
      if ('problem' in result) {
        expect(result.problem).toMatch(/sender/);
        return;
      }
      const read = result.parts.map((part) => decodePdu(encodePdu(part)) as ShortMessage);
      const contents = read.map(contentOf);
      for (const [at, { segment }] of contents.entries())
        expect(segment).toEqual(
          read.length === 1 ? null : { ref: how.long === 'udh' ? ref & 0xff : ref, total: read.length, number: at + 1 },
        );
      const parts = contents.map(({ octets }) => octets);
      const whole = { from: '', to: '', dataCoding: read[0]!.dataCoding, parts };
      expect(incomingOf(whole, { channel: asId<ChannelId>(1), settings: aCarrier(how), now }).text).toBe(written);
    }),
    { numRuns: 1_000 },
  );
});

test('a carrier whose alphabet is Latin-1 gets Latin-1, and UCS-2 for what that lacks', () => {
  const coded = (text: string) => {
    const result = submits({ text }, { defaultAlphabet: 'latin1' });
    if ('problem' in result) throw new Error(result.problem);
    return result.parts.map(({ dataCoding, shortMessage }) => [dataCoding, Buffer.from(shortMessage).toString('hex')]);
  };
  expect(coded('é')).toEqual([[0, 'e9']]);
  expect(coded('€')).toEqual([[8, '20ac']]);
});

test('what differs at a carrier: sender, types of number, service type, no receipts', () => {
  const result = submits(
    {},
    { from: '36123', sourceTon: 0, sourceNpi: 8, destTon: 2, destNpi: 0, serviceType: 'VMA', receipts: false },
  );
  expect('parts' in result && result.parts[0]).toMatchObject({
    source: { ton: 0, npi: 8, digits: '36123' },
    destination: { ton: 2, npi: 0, digits: '33612345678' },
    serviceType: 'VMA',
    registeredDelivery: 0,
  });
});

test.each([
  ['a mail address', { to: 'ana@example.org' }, /recipient/],
  ['a sender with letters that SMPP lacks', { from: 'Sklep Łódzki' }, /sender/],
  ['a sender that is too long', { from: 'x'.repeat(21) }, /sender/],
  ['a text of 256 parts', { text: 'a'.repeat(153 * 255 + 1) }, /255 parts/],
])('%s is refused', (_, message, reason) => {
  const result = submits(message);
  expect('problem' in result && result.problem).toMatch(reason);
});
