// Many WebSocket clients in one process, as cheap as can be: they count frames, and some note when each came.
import { connect, type Socket } from 'node:net';
import { answerAll } from './ask.ts';

interface Crowd {
  port: number;
  path: string;
  count: number;
  /** What init sends, as a Socket.IO packet; null: a bare WebSocket. */
  init: string | null;
  /** Each n-th client notes when its frames came. */
  sampleEvery: number;
}

/** `expected`: frames that each client has to get from now on. */
let expected = Infinity;
let counted = 0;
let complete: (() => void) | undefined;
const clients: Client[] = [];

answerAll({
  async connect(crowd: Crowd) {
    for (let at = 0; at < crowd.count; at += 50) {
      const some = Array.from({ length: Math.min(50, crowd.count - at) }, (_, index) => new Client(crowd, at + index));
      await Promise.all(some.map((client) => client.live));
      clients.push(...some);
    }
  },
  /** Forgets what was counted, and waits for so many frames a client. */
  expect(frames: number) {
    expected = frames * clients.length;
    counted = 0;
    for (const client of clients) client.arrivals = [];
    return Promise.resolve();
  },
  /** Resolves when all have come, with the sampled moments (epoch ms), a row a client. */
  async arrived() {
    if (counted < expected) await new Promise<void>((resolve) => (complete = resolve));
    return clients.filter((client) => client.isSampled).map(({ arrivals }) => arrivals);
  },
});

class Client {
  readonly live: Promise<void>;
  readonly isSampled: boolean;
  arrivals: number[] = [];
  readonly #socket: Socket;
  readonly #init: string | null;
  #rest: Buffer = Buffer.alloc(0);
  #upgraded = false;
  #becomeLive!: () => void;

  constructor({ port, path, init, sampleEvery }: Crowd, index: number) {
    this.isSampled = index % sampleEvery === 0;
    this.#init = init;
    this.live = new Promise((resolve) => (this.#becomeLive = resolve));
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    this.#socket.on('data', (chunk) => this.#take(chunk));
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return void (this.#rest = bytes);
      this.#upgraded = true;
      bytes = bytes.subarray(end + 4);
      if (this.#init === null) this.#becomeLive();
      else this.#say('40');
    }
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]!;
      const header = short === 126 ? 4 : 2;
      if (bytes.length - at < header) break;
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
      if (bytes.length - at < header + length) break;
      this.#frame(bytes, at + header);
      at += header + length;
    }
    this.#rest = bytes.subarray(at);
  }

  /** By its first characters: Engine.IO's open and ping, Socket.IO's connect, its acknowledgement of init, or an update. */
  #frame(bytes: Buffer, at: number): void {
    const [type, packet] = [bytes[at], bytes[at + 1]];
    if (type === 0x32) return this.#say('3');
    if (type !== 0x34) return;
    if (packet === 0x30) return this.#say(this.#init!);
    if (packet === 0x33) return this.#becomeLive();
    if (this.isSampled) this.arrivals.push(performance.timeOrigin + performance.now());
    if (++counted === expected) complete?.();
  }

  /** Short texts only; masked by zeros. */
  #say(text: string): void {
    const payload = Buffer.from(text);
    const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
    this.#socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]));
  }
}
