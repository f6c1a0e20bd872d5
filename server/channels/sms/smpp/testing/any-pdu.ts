// Any PDU that SMPP 3.4 allows, for property tests.
import fc from 'fast-check';
import type { Pdu } from '../pdu.ts';

const octet = fc.nat({ max: 255 });
const word = fc.nat({ max: 0xffffffff });
/** `most`: with the NUL. */
const text = (most: number) =>
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
    maxLength: most - 1,
  });
const address = (most: number) => fc.record({ ton: octet, npi: octet, digits: text(most) });
const octets = (most: number) => fc.uint8Array({ maxLength: most });
const tlvs = fc.array(fc.record({ tag: fc.nat({ max: 0xffff }), value: octets(80) }), { maxLength: 5 });

const header = { status: fc.constant(0), sequence: word };

export const aShortMessage = fc.record({
  command: fc.constantFrom('submit_sm' as const, 'deliver_sm' as const),
  ...header,
  serviceType: text(6),
  source: address(21),
  destination: address(21),
  esmClass: octet,
  protocolId: octet,
  priority: octet,
  scheduleTime: text(17),
  validityPeriod: text(17),
  registeredDelivery: octet,
  replaceIfPresent: octet,
  dataCoding: octet,
  defaultMessageId: octet,
  shortMessage: octets(254),
  tlvs,
});

const kinds: fc.Arbitrary<Pdu>[] = [
  aShortMessage,
  fc.record({
    command: fc.constantFrom('bind_transceiver' as const, 'bind_transmitter' as const, 'bind_receiver' as const),
    ...header,
    systemId: text(16),
    password: text(9),
    systemType: text(13),
    interfaceVersion: octet,
    addressRange: address(41),
  }),
  fc.record({
    command: fc.constantFrom(
      'bind_transceiver_resp' as const,
      'bind_transmitter_resp' as const,
      'bind_receiver_resp' as const,
    ),
    ...header,
    systemId: text(16),
    tlvs,
  }),
  fc.record({
    command: fc.constantFrom('submit_sm_resp' as const, 'deliver_sm_resp' as const, 'data_sm_resp' as const),
    ...header,
    messageId: text(65),
    tlvs,
  }),
  fc.record({
    command: fc.constant('data_sm' as const),
    ...header,
    serviceType: text(6),
    source: address(65),
    destination: address(65),
    esmClass: octet,
    registeredDelivery: octet,
    dataCoding: octet,
    tlvs,
  }),
  fc.record({
    command: fc.constant('alert_notification' as const),
    ...header,
    source: address(65),
    esme: address(65),
    tlvs,
  }),
  fc.record({ command: fc.constant('outbind' as const), ...header, systemId: text(16), password: text(9) }),
  fc.record({
    command: fc.constantFrom(
      'generic_nack' as const,
      'unbind' as const,
      'unbind_resp' as const,
      'enquire_link' as const,
      'enquire_link_resp' as const,
    ),
    status: word,
    sequence: word,
  }),
];

export const anyPdu: fc.Arbitrary<Pdu> = fc.oneof(...kinds);
