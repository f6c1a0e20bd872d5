// The voice engine has the sounds that directories hold: given at the start, and again whenever one came or went, here
// or on another server.
import type { VoiceEngine } from '../channels/voice/engine.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Directories } from '../store/directory.ts';

type SoundFiles = { wav8k: Uint8Array; wav16k: Uint8Array };

export interface SoundsOptions {
  voice: Pick<VoiceEngine, 'provideSounds'>;
  directories: Pick<Directories, 'of' | 'spaces' | 'onChange'>;
  /** Of the sound of that id; undefined: it is gone. */
  read(sound: number): Promise<SoundFiles | undefined>;
  clock: Clock;
  background: Background;
  log: Log;
}

const retryMs = { first: 1_000, longest: 60_000 };

export class Sounds {
  readonly #options: SoundsOptions;
  #stopListening: () => void = () => undefined;
  /** The last that was begun; it never rejects. */
  #given: Promise<void> = Promise.resolve();
  /** One that has not begun yet covers every change until it does. */
  #waits = false;
  #retry: { cancel(): void } | null = null;
  #retryAfterMs = retryMs.first;

  constructor(options: SoundsOptions) {
    this.#options = options;
  }

  /** Resolves when the engine has the sounds, or could not take them all: then it is given them again later. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.directories.onChange(() => this.#changed());
    this.#changed();
    await this.#given;
  }

  /** Resolves when the engine has what directories hold now or could not take it, or when so long has passed. */
  async settled(withinMs: number): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(withinMs, limit.resolve);
    await Promise.race([this.#given, limit.promise]);
    timer.cancel();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#retry?.cancel();
    await this.#given;
    this.#retry?.cancel();
  }

  #changed(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#given = this.#given.then(() => this.#give());
    this.#options.background.run('sounds for the voice engine', this.#given);
  }

  async #give(): Promise<void> {
    this.#waits = false;
    this.#retry?.cancel();
    this.#retry = null;
    try {
      await this.#options.voice.provideSounds(this.#all());
      this.#retryAfterMs = retryMs.first;
    } catch (error) {
      this.#options.log.error({ err: error, againAfterMs: this.#retryAfterMs }, 'sounds cannot be kept');
      this.#retry = this.#options.clock.after(this.#retryAfterMs, () => this.#changed());
      this.#retryAfterMs = Math.min(this.#retryAfterMs * 2, retryMs.longest);
    }
  }

  #all() {
    const { directories, read } = this.#options;
    return directories.spaces().flatMap((space) =>
      // Each is there twice, by filename and by id.
      [...(directories.of(space)?.sounds ?? [])].flatMap(([key, { name, durationMs }]) =>
        typeof key === 'number' ? [{ name, durationMs, read: () => read(key) }] : [],
      ),
    );
  }
}
