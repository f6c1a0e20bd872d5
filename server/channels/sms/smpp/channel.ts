// A carrier by SMPP 3.4, as a channel of messages: binds that are kept up, submits out, receipts and messages in.
import { after, type ChannelId, type SpaceId } from '../../../domain/ids.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { ChannelListener, ChannelState, MessageChannel, OutgoingMessage, SubmitOutcome } from '../../message.ts';
import { nameOfAddress } from './address.ts';
import { incomingOf, isReceipt, receiptOf } from './incoming.ts';
import { Intake } from './intake.ts';
import { Link } from './link.ts';
import { MessageIds } from './message-ids.ts';
import { type Submit, submitsOf } from './outgoing.ts';
import { outcomeOfParts } from './outcome.ts';
import type { DataMessage, ShortMessage } from './pdu.ts';
import { type PartStore, Reassembly } from './reassembly.ts';
import { contentOf } from './segments.ts';
import type { Session } from './session.ts';
import type { SmppSettings } from './settings.ts';
import { SubmitQueue } from './submit-queue.ts';

const recallAgainMs = 10_000;

export class SmppChannel implements MessageChannel {
  readonly id: ChannelId;
  readonly space: SpaceId;
  readonly media = 'sms';
  readonly #settings: SmppSettings;
  readonly #listener: ChannelListener;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #links: readonly Link[];
  /** Those of #links that may submit. */
  readonly #sending: readonly Link[];
  readonly #queue: SubmitQueue;
  readonly #ids: MessageIds;
  readonly #reassembly: Reassembly;
  readonly #intake: Intake;
  #submitting: readonly Session[] = [];
  #references = 0;
  /** Calls of `submit` that have not resolved. */
  #underWay = 0;
  #closing: { idle(): void } | null = null;
  #recalling: Timer | null = null;

  /** `settings` are trusted: their schema has checked them. */
  constructor(options: {
    id: ChannelId;
    space: SpaceId;
    settings: SmppSettings;
    listener: ChannelListener;
    /** Of this channel. */
    parts: PartStore;
    clock: Clock;
    log: Log;
  }) {
    this.id = options.id;
    this.space = options.space;
    this.#settings = options.settings;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#log = options.log.child({ channel: options.id });
    this.#ids = new MessageIds(options.settings.receiptIds);
    // A start at 0 would give the next messages after a restart the references of the last.
    this.#references = options.clock.now() % 0x10000;
    this.#sending = this.#linksAs(options.settings.bind === 'transceiver' ? 'bind_transceiver' : 'bind_transmitter');
    this.#links = [...this.#sending, ...(options.settings.bind === 'tx_rx' ? this.#linksAs('bind_receiver') : [])];
    this.#queue = new SubmitQueue({
      sessions: () => this.#submitting,
      clock: this.#clock,
      limitMs: options.settings.answerTimeoutMs,
      throughputPerS: options.settings.throughputPerS,
      queueFull: options.settings.queueFull,
      roomGrew: () => this.#listener.changed(),
    });
    this.#reassembly = new Reassembly({
      ...{ clock: this.#clock, store: options.parts },
      keep: (message) => this.#listener.fact(incomingOf(message, this.#about())),
      lost: (error) => this.#log.warn({ err: error }, 'parts of a message wait to be kept or forgotten'),
    });
    this.#intake = new Intake({
      clock: this.#clock,
      pause: () => this.#eachSession((session) => session.pause()),
      resume: () => this.#eachSession((session) => session.resume()),
    });
  }

  get state(): ChannelState {
    if (this.#submitting.length > 0) return 'up';
    return this.#sending.some((link) => link.problem !== null) ? 'down' : 'connecting';
  }

  get problem(): string | null {
    const ofLink = this.#links.find((link) => link.problem !== null)?.problem;
    return ofLink ?? (this.#queue.isHeldBack ? 'The carrier says that we are too fast.' : null);
  }

  get room(): number {
    return this.#closing ? 0 : this.#queue.room;
  }

  start(): void {
    void this.#recallParts();
    for (const link of this.#links) link.start();
  }

  async submit(message: OutgoingMessage, signal: AbortSignal): Promise<SubmitOutcome> {
    if (this.#closing) return { outcome: 'not_sent', info: 'The channel is being closed.' };
    if (this.#submitting.length === 0) return { outcome: 'not_sent', info: 'There is no connection to the carrier.' };
    const ref = (this.#references = (this.#references + 1) & 0xffff);
    const submits = submitsOf(message, this.#settings, ref);
    if ('problem' in submits) return { outcome: 'refused', retryable: false, code: null, info: submits.problem };
    this.#underWay++;
    const outcome = await this.#submitParts(submits.parts, signal);
    this.#underWay--;
    this.#endIfIdle();
    return outcome;
  }

  async close(limitMs: number): Promise<void> {
    const until = after(this.#clock.now(), limitMs);
    this.#recalling?.cancel();
    await new Promise<void>((idle) => {
      const limit = this.#clock.after(limitMs, idle);
      this.#closing = {
        idle: () => {
          limit.cancel();
          idle();
        },
      };
      this.#queue.giveUp('The channel is being closed.');
      this.#endIfIdle();
    });
    this.#queue.close('The channel was closed.');
    await this.#reassembly.close();
    await Promise.all(this.#links.map((link) => link.close(Math.max(0, until - this.#clock.now()))));
  }

  /** The first part goes alone: what is wrong with the message is said of it, and nothing was sent by halves. */
  async #submitParts([first, ...others]: readonly Submit[], signal: AbortSignal): Promise<SubmitOutcome> {
    const results = [await this.#queue.submit(first!, { committed: false, signal })];
    if (results[0]!.result === 'taken' && others.length > 0) {
      const rest = others.map((part) => this.#queue.submit(part, { committed: true, signal: null }));
      results.push(...(await Promise.all(rest)));
    }
    return outcomeOfParts(results, 1 + others.length, (id) => this.#ids.submitted(id, first!.destination.digits));
  }

  /** Never rejects. */
  async #recallParts(): Promise<void> {
    try {
      await this.#reassembly.recall();
    } catch (error) {
      if (this.#closing) return;
      this.#log.warn({ err: error }, 'parts of messages from before the start could not be read');
      this.#recalling = this.#clock.after(recallAgainMs, () => void this.#recallParts());
    }
  }

  #endIfIdle(): void {
    if (this.#underWay === 0) this.#closing?.idle();
  }

  #linksAs(as: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'): Link[] {
    const listener = {
      message: (pdu: ShortMessage | DataMessage) => this.#intake.take(() => this.#receive(pdu)),
      changed: () => this.#changed(),
    };
    return Array.from(
      { length: this.#settings.binds },
      () => new Link({ as, settings: this.#settings, listener, clock: this.#clock, log: this.#log }),
    );
  }

  #changed(): void {
    this.#submitting = this.#sending.flatMap((link) => link.session ?? []);
    if (this.#submitting.length === 0) this.#queue.giveUp('The connection to the carrier was lost.');
    else this.#queue.pump();
    this.#listener.changed();
  }

  async #receive(pdu: ShortMessage | DataMessage): Promise<void> {
    if (isReceipt(pdu)) return this.#receiveReceipt(pdu);
    const { segment, octets } = contentOf(pdu);
    const [from, to] = [nameOfAddress(pdu.source), nameOfAddress(pdu.destination)];
    const { dataCoding } = pdu;
    if (segment !== null) return this.#reassembly.add({ from, to, segment, octets, dataCoding });
    await this.#listener.fact(incomingOf({ from, to, dataCoding, parts: [octets] }, this.#about()));
  }

  async #receiveReceipt(pdu: ShortMessage | DataMessage): Promise<void> {
    const receipt = receiptOf(pdu, { ...this.#about(), ids: this.#ids });
    // It would be the same the next time: acknowledged, or the carrier sends it for ever.
    if (receipt === 'unreadable') return this.#log.warn({}, 'a receipt says of no message what became of it');
    if (receipt !== 'not_final') await this.#listener.fact(receipt);
  }

  #about() {
    return { channel: this.id, settings: this.#settings, now: this.#clock.now() };
  }

  #eachSession(act: (session: Session) => void): void {
    for (const { session } of this.#links) if (session) act(session);
  }
}
