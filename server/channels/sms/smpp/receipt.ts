// Delivery receipts: the text of SMPP 3.4 appendix B, which carriers write in many ways, and the parameters
// receipted_message_id, message_state and network_error_code.
import { type Instant, instant } from '../../../domain/ids.ts';
import { instantsOf } from '../../../domain/campaigns/wall-clock.ts';
import type { Tlv } from './pdu.ts';
import { tlvNumber, tlvOctets, tlvText } from './tlv.ts';

/** `under_way`: the carrier still tries, or has only handed it on. */
export type ReceiptState = 'delivered' | 'failed' | 'under_way';

export interface ParsedReceipt {
  /** As it is written. */
  id: string;
  state: ReceiptState;
  code: string | null;
  info: string;
  /** `YYMMDDhhmm[ss]` or `YYYYMMDDhhmmss` of the carrier's clock; null: none, or not to be read. */
  doneDate: string | null;
}

const meanings = {
  DELIVRD: ['delivered', 'The message was delivered.'],
  ENROUTE: ['under_way', 'The message is on its way.'],
  ACCEPTD: ['under_way', 'The message was accepted.'],
  EXPIRED: ['failed', 'The message could not be delivered in time.'],
  DELETED: ['failed', 'The message was deleted by the carrier.'],
  UNDELIV: ['failed', 'The message could not be delivered.'],
  UNKNOWN: ['failed', 'The carrier does not know what became of the message.'],
  REJECTD: ['failed', 'The message was rejected.'],
  SKIPPED: ['failed', 'The message was skipped by the carrier.'],
} as const satisfies Record<string, readonly [ReceiptState, string]>;
type State = keyof typeof meanings;

/** §5.2.28; 0 and 9 are of SMPP 5.0. */
const stateByNumber: readonly State[] = [
  'ENROUTE',
  'ENROUTE',
  'DELIVRD',
  'EXPIRED',
  'DELETED',
  'UNDELIV',
  'ACCEPTD',
  'UNKNOWN',
  'REJECTD',
  'SKIPPED',
];

/** What carriers write as well. */
const otherNames: Readonly<Record<string, State>> = {
  DELIVERED: 'DELIVRD',
  UNDELIVERABLE: 'UNDELIV',
  UNDELIVERED: 'UNDELIV',
  FAILED: 'UNDELIV',
  REJECTED: 'REJECTD',
  ACCEPTED: 'ACCEPTD',
  BUFFERED: 'ENROUTE',
  SCHEDULED: 'ENROUTE',
};

const fieldNamed = (name: string) => new RegExp(`(?:^|[\\s,;])${name}:\\s*([^\\s,;]+)`, 'i');
const patterns = {
  id: fieldNamed('id'),
  stat: fieldNamed('stat'),
  err: fieldNamed('err'),
  done: fieldNamed('done[ _]?date'),
};

/** Null: it says of no message what became of it. */
export function parseReceipt(text: string, tlvs: readonly Tlv[]): ParsedReceipt | null {
  // What follows is the beginning of our own text, and may contain anything.
  const fields = text.split(/\btext:/i, 1)[0]!;
  const field = (name: keyof typeof patterns) => patterns[name].exec(fields)?.[1] ?? null;
  const id = tlvText(tlvs, 'receipted_message_id') || field('id');
  const state = stateOf(tlvNumber(tlvs, 'message_state'), field('stat'));
  if (id === null || state === null) return null;
  const [meaning, info] = meanings[state];
  return {
    id,
    state: meaning,
    code: field('err') ?? networkError(tlvOctets(tlvs, 'network_error_code')),
    info,
    doneDate: field('done'),
  };
}

function stateOf(number: number | null, written: string | null): State | null {
  const name = written?.toUpperCase();
  if (name !== undefined) {
    if (name in meanings) return name as State;
    if (Object.hasOwn(otherNames, name)) return otherNames[name]!;
  }
  return number === null ? null : (stateByNumber[number] ?? null);
}

/** §5.3.2.31: one octet for the kind of network, two for its error. */
function networkError(octets: Uint8Array | null): string | null {
  return octets?.length === 3 ? String(octets[1]! * 256 + octets[2]!) : null;
}

/** When the carrier's clock showed it; null: it is no date, or one that this clock leaves out. */
export function receiptInstant(date: string, zone: string): Instant | null {
  const digits = /^\d{14}$/.test(date) ? date.slice(2) : date;
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(digits);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((two) => Number(two ?? 0)) as Six;
  const midnight = Date.UTC(2000 + year, month - 1, day);
  const calendar = new Date(midnight).toISOString().slice(0, 10);
  if (calendar !== `20${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4, 6)}`) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const ofDay = hour * 3_600 + minute * 60 + second;
  return zone === 'UTC' ? instant(midnight + ofDay * 1_000) : (instantsOf(zone, calendar, ofDay)[0] ?? null);
}
type Six = [number, number, number, number, number, number];
