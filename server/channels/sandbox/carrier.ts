// A carrier whose subscribers are not people. The last two digits of a number (of the part before the @ of a mail
// address) say what becomes of a message:
//
//   11  delivered after 1 s, and `Ok` is written back 1 s later
//   13  taken, and not delivered
//   14  taken, and nothing is heard any more
//   12, all others: delivered after 1 s
import { randomBytes } from 'node:crypto';
import type { Media } from '../../domain/contacts/events.ts';
import type { ChannelId, SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type {
  ChannelListener,
  ChannelState,
  MessageChannel,
  MessageFact,
  OutgoingMessage,
  SubmitOutcome,
} from '../message.ts';

export interface SandboxCarrierOptions {
  id: ChannelId;
  space: SpaceId;
  media: Media;
  listener: ChannelListener;
  clock: Clock;
  background: Background;
}

const deliveredAfterMs = 1_000;
const answeredAfterMs = 2_000;
/** A fact that could not be kept comes again, as from a carrier. */
const againAfterMs = 1_000;
/** Submits at once; the sandbox answers at once, so it is never reached for long. */
const window = 100;
/** What a subscriber answers to when the message names no sender. */
const ownNumber = '38000';
/** GSM 09.02: absent subscriber. */
const absent = { code: '27', info: 'The subscriber cannot be reached.' };

export class SandboxCarrier implements MessageChannel {
  readonly id: ChannelId;
  readonly space: SpaceId;
  readonly media: Media;
  readonly problem = null;
  readonly #options: SandboxCarrierOptions;
  readonly #timers = new Set<Timer>();
  #state: ChannelState = 'connecting';

  constructor(options: SandboxCarrierOptions) {
    this.id = options.id;
    this.space = options.space;
    this.media = options.media;
    this.#options = options;
  }

  get state(): ChannelState {
    return this.#state;
  }

  get room(): number {
    return this.#state === 'up' ? window : 0;
  }

  start(): void {
    this.#state = 'up';
    this.#options.listener.changed();
  }

  async submit(message: OutgoingMessage, signal: AbortSignal): Promise<SubmitOutcome> {
    if (this.#state !== 'up') return { outcome: 'not_sent', info: 'The sandbox is closed.' };
    if (signal.aborted) return { outcome: 'not_sent', info: 'It was given up before it left.' };
    const carrierId = randomBytes(8).toString('hex');
    this.#answerAs(subscriberOf(message.to), carrierId, message);
    const size = this.media === 'mms' || this.media === 'mail' ? Buffer.byteLength(message.text) : null;
    return { outcome: 'taken', carrierIds: [carrierId], size };
  }

  async close(): Promise<void> {
    this.#state = 'down';
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #answerAs(subscriber: string, carrierId: string, { to, from }: OutgoingMessage): void {
    if (subscriber === '14') return;
    const { id: channel, media } = this;
    const failed = subscriber === '13';
    this.#after(deliveredAfterMs, (at) => ({
      ...{ kind: 'receipt', channel, carrierId, to, at },
      ...(failed ? { status: 'failed', ...absent } : { status: 'delivered', code: null, info: '' }),
    }));
    if (subscriber !== '11') return;
    this.#after(answeredAfterMs, (at) => ({
      ...{ kind: 'incoming', channel, media, from: to, to: from ?? ownNumber, text: 'Ok', at },
    }));
  }

  #after(ms: number, factAt: (at: ReturnType<Clock['now']>) => MessageFact): void {
    const { clock, background } = this.#options;
    const timer = clock.after(ms, () => {
      this.#timers.delete(timer);
      const fact = factAt(clock.now());
      background.run('tell what a sandbox subscriber did', this.#tell(fact));
    });
    this.#timers.add(timer);
  }

  async #tell(fact: MessageFact): Promise<void> {
    try {
      await this.#options.listener.fact(fact);
    } catch (error) {
      if (!isAppError(error) || error.code === 'internal') throw error;
      if (this.#state === 'up') this.#after(againAfterMs, () => fact);
    }
  }
}

function subscriberOf(address: string): string {
  return address.replace(/@.*$/, '').slice(-2);
}
