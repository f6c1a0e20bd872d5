import fc from 'fast-check';
import smpp from 'smpp';
import { expect, test } from 'vitest';
import { decodePdu } from './decode.ts';
import { encodePdu } from './encode.ts';
import { Framing } from './framing.ts';
import { noTlvs, type Pdu, PduError, type ShortMessage } from './pdu.ts';
import { anyPdu, aShortMessage } from './testing/any-pdu.ts';
import { someGarbage, wrongWith, wrongWithStream } from './testing/garbage.ts';
import { numberTlv, octetsTlv, tlvNumber, tlvText } from './tlv.ts';

/** Octet strings are compared by value, whatever array holds them. */
const plain = (pdu: Pdu): unknown =>
  JSON.parse(
    JSON.stringify(pdu, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value)),
    (_, value: unknown) => (isBufferJson(value) ? value.data : value),
  );
const isBufferJson = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';

test('every PDU is read as it was written', () => {
  fc.assert(
    fc.property(anyPdu, (pdu) => {
      expect(plain(decodePdu(encodePdu(pdu)))).toEqual(plain(pdu));
    }),
    { numRuns: 2_000 },
  );
});

// What npm smpp interprets (dates, texts by data_coding) is given as what it leaves alone: no dates, binary data.
const forNpm = aShortMessage.map((pdu): ShortMessage => ({
  ...pdu,
  scheduleTime: '',
  validityPeriod: '',
  esmClass: pdu.esmClass & 0x3f,
  dataCoding: 4,
  tlvs: noTlvs,
}));

test('npm smpp reads our messages as we meant them', () => {
  fc.assert(
    fc.property(forNpm, fc.nat({ max: 0xffff }), fc.uint8Array({ maxLength: 200 }), (pdu, ref, payload) => {
      const tlvs = [numberTlv('sar_msg_ref_num', ref, 2), octetsTlv('message_payload', payload)];
      const theirs = smpp.PDU.fromBuffer(encodePdu({ ...pdu, tlvs }));
      expect(theirs).toMatchObject({
        command: pdu.command,
        sequence_number: pdu.sequence,
        service_type: pdu.serviceType,
        source_addr_ton: pdu.source.ton,
        source_addr_npi: pdu.source.npi,
        source_addr: pdu.source.digits,
        dest_addr_ton: pdu.destination.ton,
        dest_addr_npi: pdu.destination.npi,
        destination_addr: pdu.destination.digits,
        esm_class: pdu.esmClass,
        protocol_id: pdu.protocolId,
        priority_flag: pdu.priority,
        registered_delivery: pdu.registeredDelivery,
        replace_if_present_flag: pdu.replaceIfPresent,
        data_coding: 4,
        sm_default_msg_id: pdu.defaultMessageId,
        sar_msg_ref_num: ref,
      });
      expect([...(theirs.short_message as { message: Buffer }).message]).toEqual([...pdu.shortMessage]);
      expect([...(theirs.message_payload as { message: Buffer }).message]).toEqual([...payload]);
    }),
    { numRuns: 1_000 },
  );
});

test('we read the messages of npm smpp as it meant them', () => {
  fc.assert(
    fc.property(forNpm, fc.string({ unit: fc.constantFrom(...'0123456789abcdef-'), maxLength: 60 }), (pdu, id) => {
      const octets = new smpp.PDU(pdu.command, {
        sequence_number: pdu.sequence,
        service_type: pdu.serviceType,
        source_addr_ton: pdu.source.ton,
        source_addr_npi: pdu.source.npi,
        source_addr: pdu.source.digits,
        dest_addr_ton: pdu.destination.ton,
        dest_addr_npi: pdu.destination.npi,
        destination_addr: pdu.destination.digits,
        esm_class: pdu.esmClass,
        protocol_id: pdu.protocolId,
        priority_flag: pdu.priority,
        registered_delivery: pdu.registeredDelivery,
        replace_if_present_flag: pdu.replaceIfPresent,
        data_coding: 4,
        sm_default_msg_id: pdu.defaultMessageId,
        short_message: Buffer.from(pdu.shortMessage),
        receipted_message_id: id,
        message_state: 2,
      }).toBuffer();
      const read = decodePdu(octets) as ShortMessage;
      expect(plain({ ...read, tlvs: noTlvs })).toEqual(plain(pdu));
      expect(tlvText(read.tlvs, 'receipted_message_id')).toBe(id);
      expect(tlvNumber(read.tlvs, 'message_state')).toBe(2);
    }),
    { numRuns: 1_000 },
  );
});

test.each(['bind_transceiver', 'bind_transmitter', 'bind_receiver'] as const)(
  '%s and its answer go both ways',
  (command) => {
    const theirs = new smpp.PDU(command, {
      sequence_number: 7,
      system_id: 'parley',
      password: 'secret',
      system_type: 'vma',
    });
    const read = decodePdu(theirs.toBuffer());
    expect(read).toMatchObject({ command, sequence: 7, systemId: 'parley', password: 'secret', systemType: 'vma' });
    expect(smpp.PDU.fromBuffer(encodePdu(read))).toMatchObject({ command, system_id: 'parley', password: 'secret' });
    expect(decodePdu(theirs.response({ system_id: 'carrier' }).toBuffer())).toMatchObject({
      command: `${command}_resp`,
      status: 0,
      systemId: 'carrier',
    });
  },
);

test('a refusal has no body, and one that has is understood', () => {
  const refused = { command: 'submit_sm_resp', status: 0x58, sequence: 3, messageId: '', tlvs: noTlvs } as const;
  expect(encodePdu(refused)).toHaveLength(16);
  expect(decodePdu(encodePdu(refused))).toEqual(refused);
  const withBody = encodePdu({ ...refused, status: 0, messageId: 'x' });
  withBody.writeUInt32BE(0x58, 8);
  expect(decodePdu(withBody)).toMatchObject({ status: 0x58, messageId: 'x' });
});

const wholeMessage = encodePdu(fc.sample(aShortMessage, { numRuns: 1, seed: 1 })[0]!);
const answer = encodePdu({
  command: 'submit_sm_resp',
  status: 0,
  sequence: 9,
  messageId: 'x'.repeat(64),
  tlvs: noTlvs,
});

test('no part of a message is taken for a whole one', () => {
  for (let length = 0; length < wholeMessage.length; length++) {
    const part = Buffer.from(wholeMessage.subarray(0, length));
    if (length >= 4) part.writeUInt32BE(length, 0);
    // A message may end before its optional parameters, and between two of them.
    const problem = problemOf(part);
    if (problem === null) expect((decodePdu(part) as ShortMessage).tlvs.length).toBeLessThan(tlvCount(wholeMessage));
  }
});
const tlvCount = (octets: Buffer) => (decodePdu(octets) as ShortMessage).tlvs.length;

test.each([
  [
    'a string longer than the standard allows',
    Buffer.concat([answer.subarray(0, 16), Buffer.from('x'.repeat(65)), answer.subarray(80)]),
  ],
  ['a string without its end', answer.subarray(0, answer.length - 1)],
  ['octets after the end', Buffer.concat([answer, Buffer.from([1])])],
])('%s is refused with the number of what it answers', (_, octets) => {
  const whole = Buffer.from(octets);
  whole.writeUInt32BE(whole.length, 0);
  expect(problemOf(whole)).toMatchObject({ sequence: 9, commandId: 0x80000004 });
});

test('a command that nobody knows is refused as such', () => {
  const octets = Buffer.from(answer);
  octets.writeUInt32BE(0x00010200, 4);
  expect(problemOf(octets)).toMatchObject({ status: 0x03, sequence: 9 });
});

function problemOf(octets: Buffer): PduError | null {
  try {
    decodePdu(octets);
    return null;
  } catch (error) {
    if (error instanceof PduError) return error;
    throw error;
  }
}

test('what a PDU cannot hold is not written', () => {
  const message = fc.sample(aShortMessage, { numRuns: 1, seed: 1 })[0]!;
  const tooMuch: Pdu[] = [
    { ...message, shortMessage: new Uint8Array(255) },
    { ...message, source: { ton: 5, npi: 0, digits: 'x'.repeat(21) } },
    { ...message, source: { ton: 5, npi: 0, digits: 'Łódź' } },
    { ...message, source: { ton: 5, npi: 0, digits: 'a\0b' } },
    { ...message, tlvs: [octetsTlv('message_payload', new Uint8Array(65_500))] },
  ];
  for (const pdu of tooMuch) expect(() => encodePdu(pdu)).toThrow(PduError);
});

test('a stream is cut where PDUs end, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(
      fc.array(anyPdu, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (pdus, cuts) => {
        const stream = Buffer.concat(pdus.map(encodePdu));
        const framing = new Framing();
        const read: Pdu[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const length = cuts[turn % cuts.length]!;
          framing.push(stream.subarray(at, at + length), (octets) => read.push(decodePdu(octets)));
          at += length;
        }
        expect(read.map(plain)).toEqual(pdus.map(plain));
      },
    ),
    { numRuns: 500 },
  );
});

test.each([0, 3, 15, 65_537, 0xffffffff])('a stream whose next PDU has %d octets is out of step', (length) => {
  const octets = Buffer.alloc(16);
  octets.writeUInt32BE(length, 0);
  expect(() => new Framing().push(octets, () => undefined)).toThrow(PduError);
});

test('50,000 kinds of garbage are refused and nothing else happens', () => {
  const random = seeded(20_261_120);
  const seeds = fc.sample(anyPdu, { numRuns: 500, seed: 7 });
  for (let turn = 0; turn < 50_000; turn++) {
    const octets = someGarbage(seeds[turn % seeds.length]!, random);
    const problem = wrongWith(octets) ?? wrongWithStream(octets, random);
    if (problem !== null) expect.fail(`${octets.toString('hex')}: ${problem}`);
  }
});

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
