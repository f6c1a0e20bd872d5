// What a deliver_sm or data_sm tells: a receipt, a message, or a part of one.
import type { ChannelId, Instant } from '../../../domain/ids.ts';
import type { IncomingMessage, Receipt } from '../../message.ts';
import { nameOfAddress } from './address.ts';
import type { MessageIds } from './message-ids.ts';
import type { DataMessage, ShortMessage } from './pdu.ts';
import type { WholeMessage } from './reassembly.ts';
import { parseReceipt, receiptInstant } from './receipt.ts';
import { contentOf } from './segments.ts';
import type { SmppSettings } from './settings.ts';
import { decodeText } from './text.ts';
import { tlvText } from './tlv.ts';

/** esm_class bits 5 to 2, SMPP 3.4 §5.2.12. */
const messageType = 0x3c;
const deliveryReceipt = 0x04;
const intermediateNotification = 0x20;

/** What shows a gap in a message of which a part never came. */
const gap = '…';

/** Whether it tells what became of a message, instead of being one. */
export function isReceipt({ esmClass, tlvs }: ShortMessage | DataMessage): boolean {
  const type = esmClass & messageType;
  return (
    type === deliveryReceipt || type === intermediateNotification || tlvText(tlvs, 'receipted_message_id') !== null
  );
}

/** `not_final`: the carrier still tries. `unreadable`: it names no message, or no state. */
export function receiptOf(
  pdu: ShortMessage | DataMessage,
  about: { channel: ChannelId; settings: SmppSettings; ids: MessageIds; now: Instant },
): Receipt | 'not_final' | 'unreadable' {
  const { settings } = about;
  const parsed = parseReceipt(decodeText(contentOf(pdu).octets, pdu.dataCoding, settings.defaultAlphabet), pdu.tlvs);
  if (parsed === null) return 'unreadable';
  if (parsed.state === 'under_way') return 'not_final';
  const { id, others } = about.ids.ofReceipt(parsed.id, pdu.source.digits.replace('+', ''));
  const doneAt = parsed.doneDate === null ? null : receiptInstant(parsed.doneDate, settings.receiptTimeZone);
  return {
    kind: 'receipt',
    channel: about.channel,
    carrierId: id,
    otherIds: others,
    to: pdu.source.digits === '' ? null : nameOfAddress(pdu.source),
    status: parsed.state,
    code: parsed.code,
    info: parsed.info,
    // Of a clock that is ahead, or of another zone than the channel was told of.
    at: doneAt === null || doneAt > about.now ? about.now : doneAt,
  };
}

export function incomingOf(
  message: WholeMessage,
  { channel, settings, now }: { channel: ChannelId; settings: SmppSettings; now: Instant },
): IncomingMessage {
  const { from, to } = message;
  const text = textOf(message, settings);
  return { kind: 'incoming', channel, media: 'sms', from, to, text, at: now };
}

/** Parts that follow each other are read together: senders cut within characters. */
function textOf({ parts, dataCoding }: WholeMessage, { defaultAlphabet }: SmppSettings): string {
  const runs: Uint8Array[][] = [[]];
  for (const part of parts) {
    if (part === null) runs.push([]);
    else runs.at(-1)!.push(part);
  }
  return runs.map((run) => decodeText(Buffer.concat(run), dataCoding, defaultAlphabet)).join(gap);
}
