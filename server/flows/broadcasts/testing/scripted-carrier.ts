// A carrier that answers as the test says, and remembers every submit, so that nothing can leave twice unseen.
import type {
  ChannelListener,
  ChannelState,
  MessageChannel,
  OutgoingMessage,
  SubmitOutcome,
} from '../../../channels/message.ts';
import type { AttemptId } from '../../../domain/ids.ts';
import type { ChannelSetup } from '../../../store/channel-setups.ts';

export type Answer = (message: OutgoingMessage, place: number) => SubmitOutcome | Promise<SubmitOutcome>;

/** Lives on when its channel is closed and opened again, like the SMSC behind it. */
export class Network {
  /** In their order. */
  readonly submitted: OutgoingMessage[] = [];
  readonly carriers = new Set<ScriptedCarrier>();
  answer: Answer = (message) => this.taken(message);
  up = true;
  window = 50;

  /** Its id is made of the attempt's. */
  taken(message: OutgoingMessage): SubmitOutcome {
    return { outcome: 'taken', carrierIds: [nameOf(message.attempt)], size: null };
  }

  setUp(up: boolean): void {
    this.up = up;
    for (const carrier of this.carriers) carrier.changed();
  }

  /** The one that is open now. */
  get listener(): ChannelListener {
    const [carrier] = this.carriers;
    if (!carrier) throw new Error('No channel is open.');
    return carrier.listener;
  }
}

export const nameOf = (attempt: AttemptId): string => `id-${attempt}`;

export class ScriptedCarrier implements MessageChannel {
  readonly id;
  readonly space;
  readonly media;
  readonly problem = null;
  readonly listener: ChannelListener;
  readonly #network: Network;
  #open = false;
  #underWay = 0;

  constructor(setup: ChannelSetup, listener: ChannelListener, network: Network) {
    this.id = setup.id;
    this.space = setup.space;
    this.media = setup.media;
    this.listener = listener;
    this.#network = network;
  }

  get state(): ChannelState {
    return this.#open && this.#network.up ? 'up' : 'down';
  }

  get room(): number {
    return this.state === 'up' ? Math.max(0, this.#network.window - this.#underWay) : 0;
  }

  start(): void {
    this.#open = true;
    this.#network.carriers.add(this);
    this.changed();
  }

  changed(): void {
    this.listener.changed();
  }

  async submit(message: OutgoingMessage, signal: AbortSignal): Promise<SubmitOutcome> {
    if (this.state !== 'up' || signal.aborted) return { outcome: 'not_sent', info: 'down' };
    this.#network.submitted.push(message);
    this.#underWay++;
    const outcome = await this.#network.answer(message, this.#network.submitted.length);
    this.#underWay--;
    return outcome;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#network.carriers.delete(this);
  }
}
