// The life of one connection to a carrier, from a connected socket on.
//
//   binding ── the carrier takes it ──> bound ── unbind() ──> unbinding ──┐
//      │                                  │                               ├──> ended
//      └── refused, silent, cut ──────────┴── unbound by the carrier, ────┘
//                                             silent, cut, out of step
//
// A request is settled exactly once: by its answer, by its limit of time, or by the end of the session. What was not
// written is not the session's: `room` says how much may be.
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import { decodePdu } from './decode.ts';
import { encodePdu } from './encode.ts';
import { Framing } from './framing.ts';
import { type BindCommand, type DataMessage, noAddress, noTlvs, type Pdu, PduError, type ShortMessage } from './pdu.ts';
import type { Submit } from './outgoing.ts';
import { statuses, statusName } from './status.ts';
import { type Answer, Window } from './window.ts';

export interface SessionListener {
  /** Resolves: the carrier is told that it is kept. Rejects: it is asked to send it again. */
  message(pdu: ShortMessage | DataMessage): Promise<void>;
  /** There is room for more submits than before. */
  roomGrew(): void;
  /** Once, after everything under way has been settled. `refused`: the carrier did not take the bind. */
  ended(why: string, refused: boolean): void;
}

export interface SessionOptions {
  socket: Duplex;
  window: number;
  answerTimeoutMs: number;
  enquireLinkMs: number;
  listener: SessionListener;
  clock: Clock;
  log: Log;
}

interface Credentials {
  systemId: string;
  password: string;
  systemType: string;
}

/** A carrier that sends so many PDUs in a row which are none does not speak SMPP. */
const mostGarbage = 20;
/** What may wait in memory for a carrier that does not read. */
const mostUnread = 4 * 1_024 * 1_024;

export class Session {
  readonly #socket: Duplex;
  readonly #windowSize: number;
  readonly #answerTimeoutMs: number;
  readonly #enquireLinkMs: number;
  readonly #listener: SessionListener;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #framing = new Framing();
  readonly #window: Window;
  #state: 'binding' | 'bound' | 'unbinding' | 'ended' = 'binding';
  #heardAt: number;
  #watch: Timer | null = null;
  #garbage = 0;
  #corked = false;
  /** Settled something while a chunk was read: told once, at its end. */
  #grown = false;

  constructor(options: SessionOptions) {
    this.#socket = options.socket;
    this.#windowSize = options.window;
    this.#answerTimeoutMs = options.answerTimeoutMs;
    this.#enquireLinkMs = options.enquireLinkMs;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#heardAt = options.clock.now();
    this.#window = new Window({
      clock: options.clock,
      limitMs: options.answerTimeoutMs,
      ranOut: () => this.#listener.roomGrew(),
    });
    this.#socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.#socket.on('drain', () => this.#listener.roomGrew());
    this.#socket.on('error', (error: Error) => this.#end(`The connection failed: ${error.message}`));
    this.#socket.on('close', () => this.#end('The carrier closed the connection.'));
    this.#socket.on('end', () => this.#end('The carrier closed the connection.'));
  }

  /** How many submits may be written now. */
  get room(): number {
    if (this.#state !== 'bound' || this.#socket.writableNeedDrain) return 0;
    return Math.max(0, this.#windowSize - this.#window.size);
  }

  /** True: it is bound. False: it has ended, or ends with that. */
  async bind(as: BindCommand, { systemId, password, systemType }: Credentials): Promise<boolean> {
    const answer = await this.#request({
      command: as,
      status: 0,
      sequence: 0,
      systemId,
      password,
      systemType,
      interfaceVersion: 0x34,
      addressRange: noAddress,
    });
    if (this.#state !== 'binding') return false;
    if ('unknown' in answer) {
      this.#end(answer.unknown);
      return false;
    }
    const { command, status } = answer.answered;
    if (command !== `${as}_resp` || status !== statuses.ESME_ROK) {
      this.#end(`The carrier refused the bind: ${statusName(status)}.`, true);
      return false;
    }
    this.#state = 'bound';
    this.#watchSilence();
    return true;
  }

  /** Only with `room`. Gives `pdu` its sequence. */
  submit(pdu: Submit): Promise<Answer> {
    return this.#request(pdu);
  }

  /** Stops and starts reading: what the carrier sends then waits at its side. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says good-bye, waits for the answer, and ends. Call it when nothing is under way any more. */
  async unbind(limitMs: number): Promise<void> {
    if (this.#state === 'bound') {
      this.#state = 'unbinding';
      const limit = this.#clock.after(limitMs, () => this.#end('The carrier did not answer the unbind.'));
      await this.#request({ command: 'unbind', status: 0, sequence: 0 });
      limit.cancel();
    }
    this.#end('We have unbound.');
  }

  /** At once. What is under way is unknown then. */
  cut(why: string): void {
    this.#end(why);
  }

  #request(pdu: Pdu): Promise<Answer> {
    if (this.#state === 'ended') return Promise.resolve({ unknown: 'The connection had just ended.' });
    pdu.sequence = this.#window.nextSequence();
    const octets = encodePdu(pdu);
    const answer = this.#window.answerTo(pdu.sequence);
    this.#write(octets);
    return answer;
  }

  #send(pdu: Pdu): void {
    if (this.#state !== 'ended') this.#write(encodePdu(pdu));
  }

  /** What is written within a tick leaves together. */
  #write(octets: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(octets);
    if (this.#socket.writableLength > mostUnread) this.#end('The carrier does not read what we send.');
  }

  #received(chunk: Buffer): void {
    if (this.#state === 'ended') return;
    try {
      this.#framing.push(chunk, (octets) => this.#whole(octets));
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      this.#nack(error.status, 0);
      this.#end(`The carrier is out of step: ${error.message}`);
    }
    if (this.#grown) {
      this.#grown = false;
      this.#listener.roomGrew();
    }
  }

  #whole(octets: Buffer): void {
    if (this.#state === 'ended') return;
    this.#heardAt = this.#clock.now();
    let pdu: Pdu;
    try {
      pdu = decodePdu(octets);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      return this.#unreadable(error);
    }
    this.#garbage = 0;
    this.#understood(pdu);
  }

  #unreadable(error: PduError): void {
    const { commandId, sequence, status } = error;
    this.#log.warn({ command: commandId, status: statusName(status), why: error.message }, 'a PDU could not be read');
    if (commandId !== null && commandId >= 0x80000000)
      this.#answered(sequence!, { unknown: 'The answer could not be read.' });
    else this.#nack(status, sequence ?? 0);
    if (++this.#garbage >= mostGarbage) this.#end('The carrier does not speak SMPP.');
  }

  #understood(pdu: Pdu): void {
    const { sequence } = pdu;
    switch (pdu.command) {
      case 'deliver_sm':
      case 'data_sm':
        if (this.#state === 'binding') return this.#nack(statuses.ESME_RINVBNDSTS, sequence);
        void this.#deliver(pdu);
        return;
      case 'enquire_link':
        return this.#send({ command: 'enquire_link_resp', status: 0, sequence });
      case 'unbind':
        this.#send({ command: 'unbind_resp', status: 0, sequence });
        return this.#end('The carrier has unbound.');
      case 'alert_notification':
        return;
      case 'outbind':
      case 'submit_sm':
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
        // Nothing that a carrier asks of an ESME that has connected to it.
        return this.#nack(statuses.ESME_RINVBNDSTS, sequence);
      case 'generic_nack':
      case 'submit_sm_resp':
      case 'deliver_sm_resp':
      case 'data_sm_resp':
      case 'unbind_resp':
      case 'enquire_link_resp':
      case 'bind_receiver_resp':
      case 'bind_transmitter_resp':
      case 'bind_transceiver_resp':
        return this.#answered(sequence, { answered: pdu });
    }
  }

  #answered(sequence: number, answer: Answer): void {
    if (this.#window.settle(sequence, answer)) this.#grown = true;
    else this.#log.debug({ sequence }, 'an answer came for which nobody waits, or no longer');
  }

  /** Never rejects. */
  async #deliver(pdu: ShortMessage | DataMessage): Promise<void> {
    const command = pdu.command === 'data_sm' ? 'data_sm_resp' : 'deliver_sm_resp';
    let status: number = statuses.ESME_ROK;
    try {
      await this.#listener.message(pdu);
    } catch (error) {
      this.#log.warn({ err: error }, 'a message of the carrier could not be kept; it is asked to send it again');
      status = statuses.ESME_RX_T_APPN;
    }
    this.#send({ command, status, sequence: pdu.sequence, messageId: '', tlvs: noTlvs });
  }

  #nack(status: number, sequence: number): void {
    this.#send({ command: 'generic_nack', status, sequence });
  }

  /** Only whole PDUs are signs of life. */
  #watchSilence(): void {
    const silentMs = this.#clock.now() - this.#heardAt;
    if (silentMs < this.#enquireLinkMs) {
      this.#watch = this.#clock.after(this.#enquireLinkMs - silentMs, () => this.#watchSilence());
      return;
    }
    const askedAt = this.#clock.now();
    // Beside the window, whose size is for messages: its answer is a sign of life like any other.
    this.#send({ command: 'enquire_link', status: 0, sequence: this.#window.nextSequence() });
    this.#watch = this.#clock.after(this.#answerTimeoutMs, () => {
      if (this.#heardAt < askedAt) return this.#end('The carrier gives no sign of life.');
      this.#watchSilence();
    });
  }

  #end(why: string, refused = false): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#watch?.cancel();
    this.#socket.end();
    // The carrier has a moment to read what was written last.
    this.#clock.after(1_000, () => this.#socket.destroy());
    this.#window.clear(why);
    this.#listener.ended(why, refused);
  }
}
