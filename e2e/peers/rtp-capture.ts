// What a SIPp caller says, as a capture file that SIPp plays: one RTP stream with a tone and, at their times, digits
// as RFC 4733 events.
import { telephoneRate, tone, toMuLaw } from './audio.ts';

export interface Speech {
  /** Null: silence, but RTP flows. */
  toneHz: number | null;
  durationMs: number;
  digits: readonly { atMs: number; digits: string }[];
}

/** The payload types that the capture uses and SDP must offer. */
export const payloadTypes = { muLaw: 0, telephoneEvent: 101 } as const;

const packetMs = 20;
const samplesPerPacket = (telephoneRate * packetMs) / 1_000;
const digitMs = 120;
const gapMs = 80;

/** A pcap file. */
export function captureOf(speech: Speech): Buffer {
  const audio = toMuLaw(tone(speech.toneHz ?? 0, speech.durationMs, speech.toneHz === null ? 0 : 8_000).samples);
  const keys = keysOf(speech.digits);
  const packets: Buffer[] = [];
  for (let at = 0; (at + 1) * samplesPerPacket <= audio.length; at++) {
    const nowMs = at * packetMs;
    const key = keys.find((one) => nowMs >= one.fromMs && nowMs < one.fromMs + digitMs);
    packets.push(
      key === undefined
        ? rtp(at, {
            payload: audio.subarray(at * samplesPerPacket, (at + 1) * samplesPerPacket),
            timestamp: at * samplesPerPacket,
          })
        : eventPacket(at, key),
    );
  }
  return Buffer.concat([pcapHeader(), ...packets.map((packet, at) => pcapRecord(at * packetMs, packet))]);
}

interface Key {
  event: number;
  fromMs: number;
}

function keysOf(digits: Speech['digits']): Key[] {
  return digits.flatMap(({ atMs, digits: text }) =>
    [...text].map((digit, at) => {
      const event = '0123456789*#ABCD'.indexOf(digit);
      if (event < 0) throw new Error(`no such key: ${digit}`);
      // On the packet grid, so that the first packet of each key is its start.
      return { event, fromMs: Math.ceil((atMs + at * (digitMs + gapMs)) / packetMs) * packetMs };
    }),
  );
}

/** RFC 4733: the timestamp is that of the start, the duration grows; the last packet of a key ends it. */
function eventPacket(sequence: number, key: Key): Buffer {
  const elapsedMs = sequence * packetMs - key.fromMs + packetMs;
  const isLast = elapsedMs >= digitMs;
  const payload = Buffer.alloc(4);
  payload[0] = key.event;
  payload[1] = (isLast ? 0x80 : 0) | 10;
  payload.writeUInt16BE((elapsedMs * telephoneRate) / 1_000, 2);
  const timestamp = (key.fromMs * telephoneRate) / 1_000;
  return rtp(sequence, { payload, timestamp, type: payloadTypes.telephoneEvent, marker: elapsedMs === packetMs });
}

function rtp(
  sequence: number,
  packet: { payload: Buffer; timestamp: number; type?: number; marker?: boolean },
): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (packet.marker ? 0x80 : 0) | (packet.type ?? payloadTypes.muLaw);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp, 4);
  header.writeUInt32BE(0x5041524c, 8);
  return Buffer.concat([header, packet.payload]);
}

function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20); // Ethernet
  return header;
}

/** The addresses are SIPp's to fill in. */
function pcapRecord(atMs: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(14 + 20 + 8);
  packet.writeUInt16BE(0x0800, 12); // IPv4
  packet[14] = 0x45;
  packet.writeUInt16BE(28 + payload.length, 16);
  packet[22] = 64;
  packet[23] = 17; // UDP
  packet.set([127, 0, 0, 1], 26);
  packet.set([127, 0, 0, 1], 30);
  packet.writeUInt16BE(6_000, 34);
  packet.writeUInt16BE(6_000, 36);
  packet.writeUInt16BE(8 + payload.length, 38);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(atMs / 1_000), 0);
  record.writeUInt32LE((atMs % 1_000) * 1_000, 4);
  record.writeUInt32LE(packet.length + payload.length, 8);
  record.writeUInt32LE(packet.length + payload.length, 12);
  return Buffer.concat([record, packet, payload]);
}
