// baresip's remote control (module ctrl_tcp): JSON in netstrings, `<length>:<json>,`.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** As baresip names them: REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED … */
export interface BaresipEvent {
  event: true;
  type: string;
  /** Of the call. */
  id?: string;
  direction?: 'incoming' | 'outgoing';
  peeruri?: string;
  peerdisplayname?: string;
  param?: string;
}

interface Answer {
  response: true;
  ok: boolean;
  data: string;
  token: string;
}

const answerLimitMs = 5_000;

export class BaresipControl {
  readonly #socket: Socket;
  readonly #onEvent: (event: BaresipEvent) => void;
  readonly #asked = new Map<string, (answer: Answer) => void>();
  #received = Buffer.alloc(0);
  #tokens = 0;

  private constructor(socket: Socket, onEvent: (event: BaresipEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('data', (bytes) => this.#take(bytes));
    // A phone that was killed resets the connection; those who wait for it notice by their own limits.
    socket.on('error', () => socket.destroy());
  }

  /** Tries until baresip listens. */
  static async open(port: number, limitMs: number, onEvent: (event: BaresipEvent) => void): Promise<BaresipControl> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        return new BaresipControl(socket, onEvent);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(20);
      }
    }
  }

  /** What baresip prints for it. Rejects when it refuses. */
  async command(command: string, params = ''): Promise<string> {
    const token = `${++this.#tokens}`;
    const json = JSON.stringify({ command, params, token });
    const answered = new Promise<Answer>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`the phone does not answer to "${command}"`)), answerLimitMs);
      this.#asked.set(token, (answer) => {
        clearTimeout(limit);
        resolve(answer);
      });
    });
    this.#socket.write(`${Buffer.byteLength(json)}:${json},`);
    try {
      const answer = await answered;
      if (!answer.ok) throw new Error(`the phone refuses "${command} ${params}": ${answer.data}`);
      return answer.data;
    } finally {
      this.#asked.delete(token);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.toString('latin1', 0, colon));
      if (this.#received.length <= end) return;
      const message = JSON.parse(this.#received.toString('utf8', colon + 1, end)) as BaresipEvent | Answer;
      this.#received = this.#received.subarray(end + 1);
      if ('event' in message) this.#onEvent(message);
      else this.#asked.get(message.token)?.(message);
    }
  }
}
