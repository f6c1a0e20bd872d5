// PDUs to bytes, with the lengths that SMPP 3.4 allows.
import {
  type Address,
  type Bind,
  commandIds,
  headerLength,
  mostOctets,
  type Pdu,
  PduError,
  type ShortMessage,
  type Tlv,
} from './pdu.ts';
import { statuses } from './status.ts';

// Every PDU is put together here and then copied: nothing else runs in between.
const scratch = Buffer.allocUnsafe(mostOctets);

/** Throws PduError when a field is longer than the standard allows, or no octet string where it must be one. */
export function encodePdu(pdu: Pdu): Buffer {
  const end = write(pdu, new Fields(pdu));
  scratch.writeUInt32BE(end, 0);
  scratch.writeUInt32BE(commandIds[pdu.command], 4);
  scratch.writeUInt32BE(pdu.status, 8);
  scratch.writeUInt32BE(pdu.sequence, 12);
  const octets = Buffer.allocUnsafe(end);
  scratch.copy(octets, 0, 0, end);
  return octets;
}

/** The length of the whole. */
function write(pdu: Pdu, fields: Fields): number {
  switch (pdu.command) {
    case 'submit_sm':
    case 'deliver_sm':
      return shortMessage(pdu, fields);
    case 'submit_sm_resp':
    case 'deliver_sm_resp':
    case 'data_sm_resp':
      // §4.4.2: a refusal has no body.
      return pdu.status === 0 ? fields.text(pdu.messageId, 65).tlvs(pdu.tlvs).length : headerLength;
    case 'bind_transceiver':
    case 'bind_transmitter':
    case 'bind_receiver':
      return bind(pdu, fields);
    case 'bind_transceiver_resp':
    case 'bind_transmitter_resp':
    case 'bind_receiver_resp':
      return pdu.status === 0 ? fields.text(pdu.systemId, 16).tlvs(pdu.tlvs).length : headerLength;
    case 'data_sm':
      return fields
        .text(pdu.serviceType, 6)
        .address(pdu.source, 65)
        .address(pdu.destination, 65)
        .octet(pdu.esmClass)
        .octet(pdu.registeredDelivery)
        .octet(pdu.dataCoding)
        .tlvs(pdu.tlvs).length;
    case 'alert_notification':
      return fields.address(pdu.source, 65).address(pdu.esme, 65).tlvs(pdu.tlvs).length;
    case 'outbind':
      return fields.text(pdu.systemId, 16).text(pdu.password, 9).length;
    case 'generic_nack':
    case 'unbind':
    case 'unbind_resp':
    case 'enquire_link':
    case 'enquire_link_resp':
      return headerLength;
  }
}

function shortMessage(pdu: ShortMessage, fields: Fields): number {
  if (pdu.shortMessage.length > 254) throw fields.error('A short message has at most 254 octets.');
  return fields
    .text(pdu.serviceType, 6)
    .address(pdu.source, 21)
    .address(pdu.destination, 21)
    .octet(pdu.esmClass)
    .octet(pdu.protocolId)
    .octet(pdu.priority)
    .text(pdu.scheduleTime, 17)
    .text(pdu.validityPeriod, 17)
    .octet(pdu.registeredDelivery)
    .octet(pdu.replaceIfPresent)
    .octet(pdu.dataCoding)
    .octet(pdu.defaultMessageId)
    .octet(pdu.shortMessage.length)
    .octets(pdu.shortMessage)
    .tlvs(pdu.tlvs).length;
}

function bind(pdu: Bind, fields: Fields): number {
  return fields
    .text(pdu.systemId, 16)
    .text(pdu.password, 9)
    .text(pdu.systemType, 13)
    .octet(pdu.interfaceVersion)
    .address(pdu.addressRange, 41).length;
}

class Fields {
  readonly #pdu: Pdu;
  #at = headerLength;

  constructor(pdu: Pdu) {
    this.#pdu = pdu;
  }

  get length(): number {
    return this.#at;
  }

  error(message: string): PduError {
    const { command, sequence } = this.#pdu;
    return new PduError(message, { status: statuses.ESME_RINVMSGLEN, sequence, commandId: commandIds[command] });
  }

  octet(value: number): this {
    scratch[this.#at++] = value;
    return this;
  }

  octets(value: Uint8Array): this {
    if (this.#at + value.length > mostOctets) throw this.error(`A PDU has at most ${mostOctets} octets.`);
    scratch.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** A C-octet string of at most `most` octets, its NUL counted. */
  text(value: string, most: number): this {
    const length = value.length;
    if (length >= most) throw this.error(`A string of at most ${most - 1} characters has ${length}.`);
    for (let at = 0; at < length; at++) {
      const unit = value.charCodeAt(at);
      if (unit === 0 || unit > 0xff) throw this.error('A string has a character that is no octet.');
      scratch[this.#at++] = unit;
    }
    scratch[this.#at++] = 0;
    return this;
  }

  address(address: Address, most: number): this {
    return this.octet(address.ton).octet(address.npi).text(address.digits, most);
  }

  tlvs(tlvs: readonly Tlv[]): this {
    for (const { tag, value } of tlvs) {
      if (value.length > 0xffff || this.#at + 4 + value.length > mostOctets)
        throw this.error(`A PDU has at most ${mostOctets} octets.`);
      scratch.writeUInt16BE(tag, this.#at);
      scratch.writeUInt16BE(value.length, this.#at + 2);
      this.#at += 4;
      this.octets(value);
    }
    return this;
  }
}
