// Bytes to PDUs. What is not exactly a PDU is a PduError: a length that does not fit, a string without its end, a string
// longer than SMPP 3.4 allows, octets left over.
import {
  type Address,
  type Bind,
  type Command,
  commandIds,
  headerLength,
  mostOctets,
  noTlvs,
  type Pdu,
  PduError,
  type ShortMessage,
  type Tlv,
} from './pdu.ts';
import { statuses } from './status.ts';

const commandOf = new Map<number, Command>(Object.entries(commandIds).map(([command, id]) => [id, command as Command]));

/**
 * `octets`: one whole PDU, with its command_length. Octet values of the result (short message, TLVs) are views into it.
 * Throws PduError and nothing else.
 */
export function decodePdu(octets: Buffer): Pdu {
  const body = new Body(octets);
  const command = commandOf.get(body.commandId);
  if (command === undefined) throw body.error('There is no such command.', statuses.ESME_RINVCMDID);
  const pdu = read(command, body);
  body.end();
  return pdu;
}

function read(command: Command, body: Body): Pdu {
  const { status, sequence } = body;
  switch (command) {
    case 'submit_sm':
    case 'deliver_sm':
      return shortMessage(command, body);
    case 'submit_sm_resp':
    case 'deliver_sm_resp':
    case 'data_sm_resp':
      return { command, status, sequence, messageId: body.textIfAny(65), tlvs: body.tlvs() };
    case 'bind_transceiver':
    case 'bind_transmitter':
    case 'bind_receiver':
      return bind(command, body);
    case 'bind_transceiver_resp':
    case 'bind_transmitter_resp':
    case 'bind_receiver_resp':
      return { command, status, sequence, systemId: body.textIfAny(16), tlvs: body.tlvs() };
    case 'data_sm':
      return {
        command,
        status,
        sequence,
        serviceType: body.text(6),
        source: body.address(65),
        destination: body.address(65),
        esmClass: body.octet(),
        registeredDelivery: body.octet(),
        dataCoding: body.octet(),
        tlvs: body.tlvs(),
      };
    case 'alert_notification':
      return { command, status, sequence, source: body.address(65), esme: body.address(65), tlvs: body.tlvs() };
    case 'outbind':
      return { command, status, sequence, systemId: body.text(16), password: body.text(9) };
    case 'generic_nack':
    case 'unbind':
    case 'unbind_resp':
    case 'enquire_link':
    case 'enquire_link_resp':
      return { command, status, sequence };
  }
}

function shortMessage(command: ShortMessage['command'], body: Body): ShortMessage {
  return {
    command,
    status: body.status,
    sequence: body.sequence,
    serviceType: body.text(6),
    source: body.address(21),
    destination: body.address(21),
    esmClass: body.octet(),
    protocolId: body.octet(),
    priority: body.octet(),
    scheduleTime: body.text(17),
    validityPeriod: body.text(17),
    registeredDelivery: body.octet(),
    replaceIfPresent: body.octet(),
    dataCoding: body.octet(),
    defaultMessageId: body.octet(),
    shortMessage: body.octets(body.octet()),
    tlvs: body.tlvs(),
  };
}

function bind(command: Bind['command'], body: Body): Bind {
  return {
    command,
    status: body.status,
    sequence: body.sequence,
    systemId: body.text(16),
    password: body.text(9),
    systemType: body.text(13),
    interfaceVersion: body.octet(),
    addressRange: body.address(41),
  };
}

/** A place in the octets that moves as fields are read. */
class Body {
  readonly commandId: number;
  readonly status: number;
  readonly sequence: number;
  readonly #octets: Buffer;
  #at = headerLength;

  constructor(octets: Buffer) {
    const nothing = { status: statuses.ESME_RINVCMDLEN, sequence: null, commandId: null };
    if (octets.length < headerLength) throw new PduError('It is shorter than a header.', nothing);
    this.#octets = octets;
    this.commandId = octets.readUInt32BE(4);
    this.status = octets.readUInt32BE(8);
    this.sequence = octets.readUInt32BE(12);
    if (octets.readUInt32BE(0) !== octets.length || octets.length > mostOctets)
      throw this.error('Its length is not what it says.', statuses.ESME_RINVCMDLEN);
  }

  error(message: string, status: number): PduError {
    return new PduError(message, { status, sequence: this.sequence, commandId: this.commandId });
  }

  octet(): number {
    const octet = this.#octets[this.#at];
    if (octet === undefined) throw this.error('It ends within its fields.', statuses.ESME_RINVCMDLEN);
    this.#at++;
    return octet;
  }

  octets(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#octets.length) throw this.error('It ends within a value.', statuses.ESME_RINVMSGLEN);
    const octets = this.#octets.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  /** A C-octet string of at most `most` octets, its NUL counted. */
  text(most: number): string {
    const octets = this.#octets;
    const from = this.#at;
    const last = Math.min(from + most, octets.length);
    for (let at = from; at < last; at++) {
      if (octets[at] !== 0) continue;
      this.#at = at + 1;
      return at === from ? '' : octets.toString('latin1', from, at);
    }
    throw this.error('A string has no end where it must.', statuses.ESME_RINVCMDLEN);
  }

  /** Refusals have no body, §4.4.2. Some carriers leave it out of other answers as well. */
  textIfAny(most: number): string {
    return this.#at === this.#octets.length ? '' : this.text(most);
  }

  address(most: number): Address {
    return { ton: this.octet(), npi: this.octet(), digits: this.text(most) };
  }

  tlvs(): readonly Tlv[] {
    if (this.#at === this.#octets.length) return noTlvs;
    const tlvs: Tlv[] = [];
    while (this.#at < this.#octets.length) {
      if (this.#at + 4 > this.#octets.length)
        throw this.error('It ends within an optional parameter.', statuses.ESME_RINVOPTPARSTREAM);
      const tag = this.#octets.readUInt16BE(this.#at);
      const length = this.#octets.readUInt16BE(this.#at + 2);
      this.#at += 4;
      if (this.#at + length > this.#octets.length)
        throw this.error('It ends within an optional parameter.', statuses.ESME_RINVPARLEN);
      tlvs.push({ tag, value: this.octets(length) });
    }
    return tlvs;
  }

  end(): void {
    if (this.#at !== this.#octets.length) throw this.error('Octets are left over.', statuses.ESME_RINVCMDLEN);
  }
}
