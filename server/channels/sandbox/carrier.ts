// A carrier whose subscribers are not people. The last two digits of a number (of the part before the @ of a mail
// address) say what becomes of a message:
//
//   11  delivered after 1 s, and `Ok` is written back 1 s later
//   13  taken, and not delivered
//   14  taken, and nothing is heard any more
//   12, all others: delivered after 1 s
//
// What it had not told when the server stopped it tells after the next start, with the date that it would have had.
import { randomBytes } from 'node:crypto';
import type { Media } from '../../domain/contacts/events.ts';
import { after, type ChannelId, type Instant, type SpaceId } from '../../domain/ids.ts';
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
  /** Of what names none; null: a short code. */
  sender: string | null;
  listener: ChannelListener;
  /** What this channel had taken `before` then and is not known to have told all of, some at a time. */
  owed(before: Instant): AsyncIterable<readonly TakenMessage[]>;
  clock: Clock;
  background: Background;
}

export interface TakenMessage {
  carrierId: string;
  to: string;
  from: string | null;
  at: Instant;
  /** Its receipt has been told. */
  delivered: boolean;
}

interface Doing {
  afterMs: number;
  factAt(at: Instant): MessageFact;
}

const whatSubscribersDo = 'tell what a sandbox subscriber did';
const deliveredAfterMs = 1_000;
const answeredAfterMs = 2_000;
/** A fact that could not be kept comes again, as from a carrier. */
const againAfterMs = 1_000;
/** By then what was told before the stop is known, or by the second look. Told twice with one date it is one. */
const owedAfterMs = [10_000, 60_000];
/** Submits at once; the sandbox answers at once, so it is never reached for long. */
const window = 100;
/** What a subscriber answers to when neither the message nor the channel names a sender. */
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
    const startedAt = this.#options.clock.now();
    for (const ms of owedAfterMs) this.#after(ms, 'tell what a sandbox owes', () => this.#tellOwed(startedAt));
  }

  async submit(message: OutgoingMessage, signal: AbortSignal): Promise<SubmitOutcome> {
    if (this.#state !== 'up') return { outcome: 'not_sent', info: 'The sandbox is closed.' };
    if (signal.aborted) return { outcome: 'not_sent', info: 'It was given up before it left.' };
    const carrierId = randomBytes(8).toString('hex');
    for (const { afterMs, factAt } of this.#doingsOf({ ...message, carrierId })) {
      this.#after(afterMs, whatSubscribersDo, () => this.#tell(factAt(this.#options.clock.now())));
    }
    const size = this.media === 'mms' || this.media === 'mail' ? Buffer.byteLength(message.text) : null;
    return { outcome: 'taken', carrierIds: [carrierId], size };
  }

  async close(): Promise<void> {
    this.#state = 'down';
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** What the subscriber does, and how long after the submit. */
  #doingsOf({ carrierId, to, from }: Pick<TakenMessage, 'carrierId' | 'to' | 'from'>): Doing[] {
    const { id: channel, media } = this;
    const { sender } = this.#options;
    const subscriber = subscriberOf(to);
    if (subscriber === '14') return [];
    const receipt = (at: Instant): MessageFact => ({
      ...{ kind: 'receipt', channel, carrierId, to, at },
      ...(subscriber === '13' ? { status: 'failed', ...absent } : { status: 'delivered', code: null, info: '' }),
    });
    const answer = (at: Instant): MessageFact => ({
      ...{ kind: 'incoming', channel, media, from: to, to: from ?? sender ?? ownNumber, text: 'Ok', at },
    });
    const told = { afterMs: deliveredAfterMs, factAt: receipt };
    return subscriber === '11' ? [told, { afterMs: answeredAfterMs, factAt: answer }] : [told];
  }

  async #tellOwed(startedAt: Instant): Promise<void> {
    for await (const messages of this.#options.owed(startedAt)) {
      if (this.#state !== 'up') return;
      await Promise.all(messages.map((message) => this.#tellRest(message)));
    }
  }

  async #tellRest(message: TakenMessage): Promise<void> {
    const doings = this.#doingsOf(message);
    for (const { afterMs, factAt } of message.delivered ? doings.slice(1) : doings) {
      await this.#tell(factAt(after(message.at, afterMs)));
    }
  }

  #after(ms: number, work: string, act: () => Promise<void>): void {
    const { clock, background } = this.#options;
    const timer = clock.after(ms, () => {
      this.#timers.delete(timer);
      background.run(work, act());
    });
    this.#timers.add(timer);
  }

  async #tell(fact: MessageFact): Promise<void> {
    try {
      await this.#options.listener.fact(fact);
    } catch (error) {
      if (!isAppError(error) || error.code === 'internal') throw error;
      if (this.#state === 'up') this.#after(againAfterMs, whatSubscribersDo, () => this.#tell(fact));
    }
  }
}

function subscriberOf(address: string): string {
  return address.replace(/@.*$/, '').slice(-2);
}
