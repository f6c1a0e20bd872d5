// One end of an RTP stream in a test: it hums a tone of its own, and says which tone it hears.
import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

const packetMs = 20;
const samplesPerPacket = 160;
const sampleRate = 8_000;
const ulawSilence = 0xff;
const digits = '0123456789*#';

export class RtpLine {
  readonly port: number;
  readonly #socket: Socket;
  readonly #hz: number;
  #peerPort = 0;
  #sequence = 0;
  #timestamp = 0;
  /** The last half second that came, unless nothing comes any more. */
  #heard: number[] = [];
  #heardAt = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(socket: Socket, hz: number) {
    this.#socket = socket;
    this.#hz = hz;
    this.port = socket.address().port;
    socket.on('message', (packet) => this.#received(packet));
    this.#timer = setInterval(() => this.#hum(), packetMs);
  }

  /** `hz`: the tone that it hums. */
  static async open(hz: number): Promise<RtpLine> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new RtpLine(socket, hz);
  }

  talkTo(port: number): void {
    this.#peerPort = port;
  }

  /** Is that tone louder than a tenth of full scale in the last half second? */
  hears(hz: number): boolean {
    const samples = this.#lately();
    if (samples.length < sampleRate / 4) return false;
    let [real, imaginary] = [0, 0];
    for (const [at, sample] of samples.entries()) {
      real += sample * Math.cos((2 * Math.PI * hz * at) / sampleRate);
      imaginary += sample * Math.sin((2 * Math.PI * hz * at) / sampleRate);
    }
    return (2 * Math.hypot(real, imaginary)) / samples.length > 0.1;
  }

  /** Is there any sound, be it tone or music? */
  hearsAnything(): boolean {
    return this.#lately().some((sample) => Math.abs(sample) > 0.02);
  }

  /** Presses it for 100 ms (RFC 4733). */
  async press(digit: string): Promise<void> {
    const event = digits.indexOf(digit);
    const timestamp = this.#timestamp;
    for (let step = 1; step <= 8; step++) {
      const end = step > 5;
      const duration = Math.min(step, 5) * samplesPerPacket;
      this.#send(
        101,
        timestamp,
        Buffer.from([event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]),
        step === 1,
      );
      if (!end) await sleep(packetMs);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #lately(): readonly number[] {
    return performance.now() - this.#heardAt > 200 ? [] : this.#heard;
  }

  #hum(): void {
    const payload = Buffer.alloc(samplesPerPacket, ulawSilence);
    for (let at = 0; at < samplesPerPacket; at++) {
      const phase = (2 * Math.PI * this.#hz * (this.#timestamp + at)) / sampleRate;
      payload[at] = toUlaw(Math.round(0.4 * 32_767 * Math.sin(phase)));
    }
    this.#send(0, this.#timestamp, payload, false);
    this.#timestamp += samplesPerPacket;
  }

  #send(payloadType: number, timestamp: number, payload: Buffer, marker: boolean): void {
    if (this.#peerPort === 0) return;
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = payloadType | (marker ? 0x80 : 0);
    head.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    head.writeUInt32BE(timestamp >>> 0, 4);
    head.writeUInt32BE(0x5eed, 8);
    this.#socket.send(Buffer.concat([head, payload]), this.#peerPort, '127.0.0.1');
  }

  #received(packet: Buffer): void {
    if (packet.length < 13 || (packet[1]! & 0x7f) !== 0) return;
    this.#heardAt = performance.now();
    for (const byte of packet.subarray(12)) this.#heard.push(fromUlaw(byte) / 32_767);
    if (this.#heard.length > sampleRate / 2) this.#heard = this.#heard.slice(-sampleRate / 2);
  }
}

/** ITU-T G.711. */
function toUlaw(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 132;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function fromUlaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 132) << ((bits & 0x70) >> 4);
  return (bits & 0x80 ? -1 : 1) * (magnitude - 132);
}
