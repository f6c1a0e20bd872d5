// The words of SMPP 3.4 §4 that an ESME needs: what travels, by its command. Bytes are the business of decode.ts and encode.ts.

/** §5.1.2.1. A response has the top bit. */
export const commandIds = {
  generic_nack: 0x80000000,
  bind_receiver: 0x00000001,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x00000002,
  bind_transmitter_resp: 0x80000002,
  submit_sm: 0x00000004,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x00000005,
  deliver_sm_resp: 0x80000005,
  unbind: 0x00000006,
  unbind_resp: 0x80000006,
  bind_transceiver: 0x00000009,
  bind_transceiver_resp: 0x80000009,
  outbind: 0x0000000b,
  enquire_link: 0x00000015,
  enquire_link_resp: 0x80000015,
  alert_notification: 0x00000102,
  data_sm: 0x00000103,
  data_sm_resp: 0x80000103,
} as const;
export type Command = keyof typeof commandIds;

export const headerLength = 16;
/** Of a whole PDU. The standard sets no limit; a message_payload of 64 KiB is refused, as nobody sends one. */
export const mostOctets = 65_536;

/** `status` and `sequence`: command_status and sequence_number, unsigned 32 bits. */
interface Header<C extends Command> {
  command: C;
  status: number;
  sequence: number;
}

/** An optional parameter, §5.3: its value's octets as they are. */
export interface Tlv {
  tag: number;
  value: Uint8Array;
}

export interface Address {
  ton: number;
  npi: number;
  /** Digits, or the characters of an alphanumeric sender. */
  digits: string;
}

export type BindCommand = 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';

export interface Bind extends Header<BindCommand> {
  systemId: string;
  password: string;
  systemType: string;
  /** 0x34 */
  interfaceVersion: number;
  addressRange: Address;
}

export interface BindAnswer extends Header<`${BindCommand}_resp`> {
  /** Empty when the bind was refused. */
  systemId: string;
  tlvs: readonly Tlv[];
}

/** submit_sm and deliver_sm have the same fields, §4.4.1 and §4.6.1. */
export interface ShortMessage extends Header<'submit_sm' | 'deliver_sm'> {
  serviceType: string;
  source: Address;
  destination: Address;
  esmClass: number;
  protocolId: number;
  priority: number;
  /** §7.1.1, `YYMMDDhhmmsstnnp`; empty: at once. */
  scheduleTime: string;
  validityPeriod: string;
  registeredDelivery: number;
  replaceIfPresent: number;
  dataCoding: number;
  defaultMessageId: number;
  /** At most 254 octets; longer ones are in message_payload. */
  shortMessage: Uint8Array;
  tlvs: readonly Tlv[];
}

export interface DataMessage extends Header<'data_sm'> {
  serviceType: string;
  source: Address;
  destination: Address;
  esmClass: number;
  registeredDelivery: number;
  dataCoding: number;
  tlvs: readonly Tlv[];
}

export interface MessageAnswer extends Header<'submit_sm_resp' | 'deliver_sm_resp' | 'data_sm_resp'> {
  /** Empty in the answer to a deliver_sm, and in most refusals. */
  messageId: string;
  tlvs: readonly Tlv[];
}

export interface AlertNotification extends Header<'alert_notification'> {
  source: Address;
  esme: Address;
  tlvs: readonly Tlv[];
}

export interface Outbind extends Header<'outbind'> {
  systemId: string;
  password: string;
}

/** What is a header only. */
export type Bare = Header<'generic_nack' | 'unbind' | 'unbind_resp' | 'enquire_link' | 'enquire_link_resp'>;

export type Pdu = Bind | BindAnswer | ShortMessage | DataMessage | MessageAnswer | AlertNotification | Outbind | Bare;

export const noTlvs: readonly Tlv[] = [];
export const noAddress: Address = { ton: 0, npi: 0, digits: '' };

/** A PDU that cannot be read or written. */
export class PduError extends Error {
  /** What a generic_nack to it says. */
  readonly status: number;
  /** null: it does not even have one. */
  readonly sequence: number | null;
  /** Of what cannot be read; null: it does not even have one. */
  readonly commandId: number | null;
  constructor(message: string, about: { status: number; sequence: number | null; commandId: number | null }) {
    super(message);
    this.name = 'PduError';
    this.status = about.status;
    this.sequence = about.sequence;
    this.commandId = about.commandId;
  }
}
