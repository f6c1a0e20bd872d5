// The carriers of messages that this process has open: opened, changed and closed as they are administered.
import type { ChannelHealth, ChannelListener, MessageChannel } from '../../channels/message.ts';
import type { Media } from '../../domain/contacts/events.ts';
import type { ChannelId, SpaceId } from '../../domain/ids.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { ChannelSetup } from '../../store/channel-setups.ts';

export interface OpenChannel {
  setup: ChannelSetup;
  channel: MessageChannel;
}

export interface ChannelsOptions {
  /** Of the enabled ones, all spaces. */
  read(): Promise<ChannelSetup[]>;
  /** Not started yet. */
  open(setup: ChannelSetup, listener: ChannelListener): MessageChannel;
  listener(setup: ChannelSetup): ChannelListener;
  clock: Clock;
  background: Background;
  log: Log;
}

/** Another process may have changed them. */
const lookEveryMs = 2_000;
/** Answers under way are waited for so long when a channel is changed or removed. */
const closeLimitMs = 5_000;

export class Channels {
  readonly #options: ChannelsOptions;
  readonly #open = new Map<ChannelId, OpenChannel>();
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #lookOnceMore = false;
  #closed = false;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  all(): OpenChannel[] {
    return [...this.#open.values()];
  }

  /** The highest priority first. */
  of(space: SpaceId, media: Media): OpenChannel[] {
    return this.all()
      .filter(({ setup }) => setup.space === space && setup.media === media)
      .sort((one, other) => other.setup.priority - one.setup.priority);
  }

  health(id: ChannelId): ChannelHealth | null {
    const open = this.#open.get(id);
    return open ? { state: open.channel.state, problem: open.channel.problem } : null;
  }

  /** Resolves after the first look. Looks again every 2 s. */
  async start(): Promise<void> {
    await this.look();
  }

  /** Opens what is new, closes what is gone, opens anew what was changed. What fails is logged and tried again. */
  async look(): Promise<void> {
    this.#lookOnceMore = true;
    this.#looking ??= this.#lookWhileAsked();
    await this.#looking;
  }

  /** Takes no more, waits for answers under way and disconnects, `limitMs` at most in all. */
  async close(limitMs: number): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#looking;
    await Promise.all(this.all().map(({ channel }) => channel.close(limitMs)));
  }

  async #lookWhileAsked(): Promise<void> {
    this.#timer?.cancel();
    while (this.#lookOnceMore && !this.#closed) {
      this.#lookOnceMore = false;
      try {
        this.#apply(await this.#options.read());
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the channels could not be read');
      }
    }
    this.#looking = null;
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(lookEveryMs, () =>
      this.#options.background.run('look for channels', this.look()),
    );
  }

  #apply(setups: readonly ChannelSetup[]): void {
    const wanted = new Map(setups.map((setup) => [setup.id, setup]));
    for (const [id, { setup, channel }] of this.#open) {
      const now = wanted.get(id);
      if (now && sameConnection(now, setup)) {
        this.#open.set(id, { setup: now, channel });
        continue;
      }
      this.#open.delete(id);
      this.#options.background.run('close a channel', channel.close(closeLimitMs));
    }
    for (const setup of wanted.values()) {
      if (this.#open.has(setup.id)) continue;
      this.#begin(setup);
    }
  }

  #begin(setup: ChannelSetup): void {
    const { open, listener, log } = this.#options;
    try {
      const channel = open(setup, listener(setup));
      this.#open.set(setup.id, { setup, channel });
      channel.start();
    } catch (error) {
      log.error({ err: error, channel: setup.id }, 'the channel could not be opened');
    }
  }
}

function sameConnection(one: ChannelSetup, other: ChannelSetup): boolean {
  const about = ({ space, media, type, settings }: ChannelSetup) => JSON.stringify([space, media, type, settings]);
  return about(one) === about(other);
}
