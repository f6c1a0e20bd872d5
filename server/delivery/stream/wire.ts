// Updates as bytes. Each is encoded once for all who see it, and to a WebSocket a whole batch leaves in one write, past
// Engine.IO's own buffer: a write, and Engine.IO's events around it, are what a message costs.
import type { Socket } from 'socket.io';
import type { Update } from '../../../contract/supervision.ts';

export interface Batch {
  /** Socket.IO packets; the same for Engine.IO 3 and 4. */
  packets: string[];
  /** All of them as WebSocket frames. */
  frames: Buffer;
}

/** Engine.IO's message type 4, Socket.IO's event type 2. */
export function encodeBatch(updates: readonly Update[]): Batch {
  const packets = updates.map((update) => `2${JSON.stringify(['update', update])}`);
  return { packets, frames: Buffer.concat(packets.flatMap((packet) => textFrame(Buffer.from(`4${packet}`)))) };
}

/** RFC 6455 §5.2: final, text, not masked. */
function textFrame(payload: Buffer): [Buffer, Buffer] {
  const { length } = payload;
  if (length < 126) return [Buffer.from([0x81, length]), payload];
  if (length < 65_536) return [Buffer.from([0x81, 126, length >> 8, length & 0xff]), payload];
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0x817f);
  header.writeBigUInt64BE(BigInt(length), 2);
  return [header, payload];
}

type Connection = Socket['conn'];

interface PacketOptions {
  compress: boolean;
  wsPreEncodedFrame?: Buffer[];
}

/** What Engine.IO and ws have but do not declare. */
interface Engine {
  writeBuffer: { data?: string; options?: Partial<PacketOptions> }[];
  transport: {
    name: string;
    socket?: {
      readyState: number;
      bufferedAmount: number;
      terminate(): void;
      _sender: { sendFrame(list: Buffer[]): void };
    };
  };
}

const OPEN = 1;
const engineOf = (connection: Connection) => connection as unknown as Engine;

export function sendBatch(connection: Connection, { packets, frames }: Batch): void {
  const { transport, writeBuffer } = engineOf(connection);
  if (transport.name !== 'websocket') {
    for (const packet of packets) connection.write(packet, { compress: false });
  } else if (writeBuffer.length === 0 && transport.socket?.readyState === OPEN) {
    transport.socket._sender.sendFrame([frames]);
  } else {
    // Behind what Engine.IO has not handed over yet, as if it were one packet.
    const options: PacketOptions = { compress: false, wsPreEncodedFrame: [frames] };
    connection.write(packets[0]!, options);
  }
}

/** What the client has not taken yet: packets that wait for its transport, and bytes in all. */
export function backlogOf(connection: Connection): { packets: number; bytes: number } {
  const { writeBuffer, transport } = engineOf(connection);
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { options, data } of writeBuffer) bytes += options?.wsPreEncodedFrame?.[0]?.length ?? data?.length ?? 0;
  return { packets: writeBuffer.length, bytes };
}

/** At once: an ordinary close would wait until the client has taken everything. */
export function cutOff(connection: Connection): void {
  engineOf(connection).transport.socket?.terminate();
  connection.close(true);
}
