// A process of its own that hears the audio of many callers at one UDP port, and, asked by a message, tells for each what
// came: callers are told apart by Asterisk's port. It does nothing else, so that it notes packets when they come.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What one caller heard. */
export interface Heard {
  packets: number;
  /** Between two packets, ms; from the first packet to the last. */
  longestGapMs: number;
  gaps: number;
  /** By their sequence numbers. */
  lost: number;
}

interface Stream extends Heard {
  lastAt: number;
  lastSequence: number;
}

const gapMs = Number(process.argv[2]);
const streams = new Map<number, Stream>();
const socket = createSocket({ type: 'udp4', recvBufferSize: 8 * 2 ** 20 });

socket.on('message', (packet, { port }) => {
  const at = performance.now();
  const sequence = packet.readUInt16BE(2);
  const stream = streams.get(port);
  if (stream === undefined) {
    streams.set(port, { packets: 1, longestGapMs: 0, gaps: 0, lost: 0, lastAt: at, lastSequence: sequence });
    return;
  }
  const sinceLastMs = at - stream.lastAt;
  if (sinceLastMs > gapMs) stream.gaps += 1;
  stream.longestGapMs = Math.max(stream.longestGapMs, sinceLastMs);
  stream.lost += ((sequence - stream.lastSequence) & 0xffff) - 1;
  stream.packets += 1;
  stream.lastAt = at;
  stream.lastSequence = sequence;
});
process.on('message', () => {
  process.send?.([...streams.values()].map(({ lastAt: _at, lastSequence: _sequence, ...heard }) => heard));
});
process.on('disconnect', () => process.exit());
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
process.send?.(socket.address().port);
