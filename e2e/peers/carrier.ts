// The telephone network behind a desk's SIP trunk: it notes every call that reaches it, whoever thinks he has placed it,
// and answers it as the number's last two digits say (as the sandbox's subscribers do).
import { setTimeout as sleep } from 'node:timers/promises';
import { header } from '../../server/channels/voice/asterisk/testing/sip-message.ts';
import { type SipCall, SipPeer } from '../../server/channels/voice/asterisk/testing/sip-peer.ts';

const RINGS_MS = 300;
const TALKS_MS = 1_000;

export class Carrier {
  readonly #peer: SipPeer;
  readonly #talks: Promise<void>[] = [];
  readonly #dialled: string[] = [];
  #closed = false;
  readonly #taking: Promise<void>;

  private constructor(peer: SipPeer) {
    this.#peer = peer;
    this.#taking = this.#takeCalls();
  }

  static async open(options: { port: number; serverPort: number }): Promise<Carrier> {
    return new Carrier(await SipPeer.open(options));
  }

  /** The numbers of all calls that have come, in their order. */
  get dialled(): readonly string[] {
    return this.#dialled;
  }

  /** Resolves when the calls that still live have been given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#taking;
    await Promise.all(this.#talks);
    await this.#peer.close();
  }

  async #takeCalls(): Promise<void> {
    const taken = new Set<SipCall>();
    while (!this.#closed) {
      for (const call of this.#peer.calls) {
        if (taken.has(call)) continue;
        taken.add(call);
        const number = /sip:\+?(\d+)@/.exec(header(call.invite!, 'To'))![1]!;
        this.#dialled.push(number);
        this.#talks.push(this.#serve(call, number));
      }
      await sleep(10);
    }
  }

  async #serve(call: SipCall, number: string): Promise<void> {
    const ending = number.slice(-2);
    if (ending === '02') return call.respond('486 Busy Here');
    call.respond('180 Ringing');
    await this.#during(call, ending === '03' ? Infinity : RINGS_MS);
    if (call.hasEnded()) return;
    call.respondWithAudio('200 OK');
    await this.#during(call, TALKS_MS);
    if (!call.hasEnded()) await call.hangUp();
  }

  /** Until it ends, at most so long; a carrier that closes waits no longer. */
  async #during(call: SipCall, ms: number): Promise<void> {
    for (let waited = 0; waited < ms && !call.hasEnded() && !this.#closed; waited += 10) await sleep(10);
  }
}
