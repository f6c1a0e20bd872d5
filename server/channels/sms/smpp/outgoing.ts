// A message as the submit_sm that carry it.
import type { OutgoingMessage } from '../../message.ts';
import { destinationAddress, sourceAddress } from './address.ts';
import { noTlvs, type ShortMessage } from './pdu.ts';
import { userDataHeader, withHeader } from './segments.ts';
import type { SmppSettings } from './settings.ts';
import { encodeParts, encodeWhole } from './text.ts';
import { numberTlv, octetsTlv } from './tlv.ts';

/** `submit_sm` whose sequence the session gives. */
export type Submit = ShortMessage & { command: 'submit_sm' };

/** One octet numbers the parts. */
const mostParts = 255;
/** Leaves room for the other fields within a PDU. */
const longestPayload = 64_000;
const longestShortMessage = 254;

/**
 * In the order of the parts. `ref`: 0 to 0xffff, the same for all parts; of a user data header its low octet is sent.
 * `problem`: no submit_sm can carry it.
 */
export function submitsOf(
  message: OutgoingMessage,
  settings: SmppSettings,
  ref: number,
): { parts: readonly Submit[] } | { problem: string } {
  const source = sourceAddress(message.from ?? settings.from, settings);
  if (source === null) return { problem: 'The sender is no number, short code or name that SMPP can carry.' };
  const destination = destinationAddress(message.to, settings);
  if (destination === null) return { problem: 'The recipient is no number that SMPP can carry.' };
  const one = (dataCoding: number): Submit => ({
    command: 'submit_sm',
    status: 0,
    sequence: 0,
    serviceType: settings.serviceType,
    source,
    destination,
    esmClass: 0,
    protocolId: 0,
    priority: 0,
    scheduleTime: '',
    validityPeriod: '',
    registeredDelivery: settings.receipts ? 1 : 0,
    replaceIfPresent: 0,
    dataCoding,
    defaultMessageId: 0,
    shortMessage: new Uint8Array(),
    tlvs: noTlvs,
  });

  if (settings.long === 'payload') {
    const { dataCoding, octets } = encodeWhole(message.text, settings.defaultAlphabet);
    if (octets.length > longestPayload) return { problem: `The text has more than ${longestPayload} octets.` };
    if (octets.length <= longestShortMessage && encodeParts(message.text, settings.defaultAlphabet).parts.length === 1)
      return { parts: [{ ...one(dataCoding), shortMessage: octets }] };
    return { parts: [{ ...one(dataCoding), tlvs: [octetsTlv('message_payload', octets)] }] };
  }

  const { dataCoding, parts } = encodeParts(message.text, settings.defaultAlphabet);
  const total = parts.length;
  if (total > mostParts) return { problem: `The text needs more than ${mostParts} parts.` };
  if (total === 1) return { parts: [{ ...one(dataCoding), shortMessage: parts[0]! }] };
  return {
    parts: parts.map((octets, at) => {
      const segment = { ref, total, number: at + 1 };
      if (settings.long === 'udh')
        return { ...one(dataCoding), esmClass: userDataHeader, shortMessage: withHeader(segment, octets) };
      const tlvs = [
        numberTlv('sar_msg_ref_num', segment.ref, 2),
        numberTlv('sar_total_segments', segment.total, 1),
        numberTlv('sar_segment_seqnum', segment.number, 1),
      ];
      return { ...one(dataCoding), shortMessage: octets, tlvs };
    }),
  };
}
