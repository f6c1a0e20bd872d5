// Which part of which message a short message is: the user data header of 3GPP TS 23.040 §9.2.3.24, or sar_* parameters.
import type { DataMessage, ShortMessage } from './pdu.ts';
import { tlvNumber, tlvOctets } from './tlv.ts';

/** Bit of esm_class: the octets begin with a user data header, SMPP 3.4 §5.2.12. */
export const userDataHeader = 0x40;

export interface Segment {
  /** The sender's number of the whole message: 8 or 16 bits. */
  ref: number;
  total: number;
  /** 1 … total. */
  number: number;
}

export interface Content {
  /** Null: a message by itself. */
  segment: Segment | null;
  /** Without header. */
  octets: Uint8Array;
}

/** Concatenation with an 8-bit reference; `total` ≤ 255. */
export function withHeader({ ref, total, number }: Segment, octets: Uint8Array): Uint8Array {
  const whole = new Uint8Array(6 + octets.length);
  whole.set([5, 0, 3, ref & 0xff, total, number]);
  whole.set(octets, 6);
  return whole;
}

/** From short_message or, where that is empty, message_payload. A header that does not fit is read as text. */
export function contentOf(pdu: ShortMessage | DataMessage): Content {
  const short = pdu.command === 'data_sm' ? null : pdu.shortMessage;
  const octets = short && short.length > 0 ? short : (tlvOctets(pdu.tlvs, 'message_payload') ?? new Uint8Array());
  const headerEnd = pdu.esmClass & userDataHeader && octets.length > 0 ? octets[0]! + 1 : 0;
  if (headerEnd === 0 || headerEnd > octets.length) return { segment: sarSegment(pdu), octets };
  return { segment: headerSegment(octets.subarray(1, headerEnd)), octets: octets.subarray(headerEnd) };
}

function headerSegment(header: Uint8Array): Segment | null {
  let at = 0;
  while (at + 2 <= header.length) {
    const length = header[at + 1]!;
    const value = header.subarray(at + 2, at + 2 + length);
    if (header[at] === 0x00 && value.length === 3) return segmentOf(value[0]!, value[1]!, value[2]!);
    if (header[at] === 0x08 && value.length === 4) return segmentOf(value[0]! * 256 + value[1]!, value[2]!, value[3]!);
    at += 2 + length;
  }
  return null;
}

function sarSegment({ tlvs }: ShortMessage | DataMessage): Segment | null {
  const ref = tlvNumber(tlvs, 'sar_msg_ref_num');
  const total = tlvNumber(tlvs, 'sar_total_segments');
  const number = tlvNumber(tlvs, 'sar_segment_seqnum');
  return ref === null || total === null || number === null ? null : segmentOf(ref, total, number);
}

/** TS 23.040: a reference with impossible numbers is ignored. */
function segmentOf(ref: number, total: number, number: number): Segment | null {
  return total > 1 && total <= 255 && number >= 1 && number <= total ? { ref, total, number } : null;
}
