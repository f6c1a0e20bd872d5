// Optional parameters, SMPP 3.4 §5.3: reading them out of the list that a PDU carries, and writing them.
import type { Tlv } from './pdu.ts';

export const tags = {
  sar_msg_ref_num: 0x020c,
  sar_total_segments: 0x020e,
  sar_segment_seqnum: 0x020f,
  receipted_message_id: 0x001e,
  network_error_code: 0x0423,
  message_payload: 0x0424,
  message_state: 0x0427,
} as const;
export type Tag = keyof typeof tags;

/** Null: it is not there. Of several the first. */
export function tlvOctets(tlvs: readonly Tlv[], name: Tag): Uint8Array | null {
  const tag = tags[name];
  for (const tlv of tlvs) if (tlv.tag === tag) return tlv.value;
  return null;
}

/** Big-endian, of 1 to 4 octets. Null: not there, or of another length. */
export function tlvNumber(tlvs: readonly Tlv[], name: Tag): number | null {
  const value = tlvOctets(tlvs, name);
  if (value === null || value.length === 0 || value.length > 4) return null;
  let number = 0;
  for (const octet of value) number = number * 256 + octet;
  return number;
}

/** Up to its NUL, if it has one: carriers forget it. Null: it is not there. */
export function tlvText(tlvs: readonly Tlv[], name: Tag): string | null {
  const value = tlvOctets(tlvs, name);
  if (value === null) return null;
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

export function numberTlv(name: Tag, value: number, octets: 1 | 2): Tlv {
  return { tag: tags[name], value: octets === 1 ? Uint8Array.of(value) : Uint8Array.of(value >> 8, value & 0xff) };
}

export function octetsTlv(name: Tag, value: Uint8Array): Tlv {
  return { tag: tags[name], value };
}
