// Kannel's own protocol between its bearerbox and the boxes that give it messages: a length and a packed message, whose
// fields are those of gw/msg-decl.h of Kannel 1.4.5, in that order.
import { randomUUID } from 'node:crypto';

const types = { sms: 2, ack: 3, admin: 1 } as const;
const identify = 3;
const pushed = 2;
/** A receipt on its way to the box. */
const report = 3;
const succeeded = 0;
/** Ask for receipts of delivery and of failure. */
const deliveredOrFailed = 3;
const none = -1;

export type FromKannel =
  | { type: 'ack'; refused: boolean }
  | { type: 'receipt'; id: string }
  | { type: 'message'; id: string }
  | { type: 'other' };

/** The first message of a box. Without a name: one that has a name gets only what is routed to that. */
export function identification(): Buffer {
  return packed(integer(types.admin), integer(identify), octets(null));
}

export function textMessage({ from, to, text }: { from: string; to: string; text: string }): Buffer {
  return packed(
    integer(types.sms),
    ...[from, to, null, text].map(octets),
    integer(none),
    ...['carrier', null, null, null, null].map(octets),
    octets(randomUUID()),
    // sms_type, mclass, mwi, coding, compress, validity, deferred, dlr_mask
    ...[pushed, none, none, 0, none, none, none, deliveredOrFailed].map(integer),
    octets('receipt'),
    ...[none, none, none].map(integer),
    ...[null, null, null].map(octets),
    // msg_left, priority, resend_try, resend_time
    ...[none, none, none, none].map(integer),
    octets(null),
  );
}

/** Without it Kannel keeps what it has given us, and gives it again. */
export function acknowledgement(id: string): Buffer {
  return packed(integer(types.ack), integer(succeeded), integer(none), octets(id));
}

/** `body`: without the length in front. */
export function fromKannel(body: Buffer): FromKannel {
  const fields = new Fields(body);
  const type = fields.integer();
  if (type === types.ack) return { type: 'ack', refused: fields.integer() === 1 };
  if (type !== types.sms) return { type: 'other' };
  for (let nth = 0; nth < 4; nth++) fields.octets();
  fields.integer();
  for (let nth = 0; nth < 5; nth++) fields.octets();
  const id = fields.octets()!;
  return { type: fields.integer() === report ? 'receipt' : 'message', id };
}

class Fields {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  integer(): number {
    const value = this.#body.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  octets(): string | null {
    const length = this.integer();
    if (length === none) return null;
    this.#at += length;
    return this.#body.toString('latin1', this.#at - length, this.#at);
  }
}

function packed(...fields: Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([integer(body.length), body]);
}

function integer(value: number): Buffer {
  const octetsOfIt = Buffer.alloc(4);
  octetsOfIt.writeInt32BE(value);
  return octetsOfIt;
}

function octets(value: string | null): Buffer {
  return value === null ? integer(none) : Buffer.concat([integer(value.length), Buffer.from(value, 'latin1')]);
}
