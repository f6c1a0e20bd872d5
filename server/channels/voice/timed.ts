// Measures how long a party who has answered waits for us: from the engine's word of the answer to our first command for
// that leg. Around any engine.
import type { Instant, LegId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { SandboxCall, SoundSetup, VoiceCommand, VoiceEngine, VoiceFact, VoiceSetup } from './engine.ts';

/** Answers that we do nothing about (the other phones of a ring-all) are forgotten, oldest first. */
const mostKept = 10_000;

export class TimedEngine implements VoiceEngine {
  readonly #engine: VoiceEngine;
  readonly #clock: Clock;
  readonly #observe: (ms: number) => void;
  readonly #answeredAt = new Map<LegId, Instant>();
  /** Legs that we answer ourselves: nobody waits for us there. */
  readonly #answeredByUs = new Set<LegId>();

  constructor(options: { engine: VoiceEngine; clock: Clock; observe: (ms: number) => void }) {
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#observe = options.observe;
    this.#engine.on((fact) => this.#hear(fact));
  }

  async send(command: VoiceCommand): Promise<void> {
    if (command.do === 'answer') return this.#answer(command);
    if (this.#answeredAt.size > 0) this.#commanded(command);
    await this.#engine.send(command);
  }

  on(listener: (fact: VoiceFact) => void): () => void {
    return this.#engine.on(listener);
  }

  provision(setup: VoiceSetup): Promise<void> {
    return this.#engine.provision(setup);
  }

  provideSounds(sounds: readonly SoundSetup[]): Promise<void> {
    return this.#engine.provideSounds(sounds);
  }

  ringIn(call: SandboxCall): Promise<void> {
    return this.#engine.ringIn(call);
  }

  legs(): ReturnType<VoiceEngine['legs']> {
    return this.#engine.legs();
  }

  start(): Promise<void> {
    return this.#engine.start();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #answer(command: VoiceCommand & { do: 'answer' }): Promise<void> {
    this.#answeredByUs.add(command.leg);
    try {
      await this.#engine.send(command);
    } catch (error) {
      this.#answeredByUs.delete(command.leg); // Gone: no hang-up will tell of it any more.
      throw error;
    }
  }

  #hear(fact: VoiceFact): void {
    // Legs that die while the engine is away get no hang-up.
    if (fact.type === 'down') {
      this.#answeredAt.clear();
      this.#answeredByUs.clear();
    }
    if (fact.type === 'hungUp') {
      this.#answeredAt.delete(fact.leg);
      this.#answeredByUs.delete(fact.leg);
    }
    if (fact.type !== 'answered' || this.#answeredByUs.has(fact.leg)) return;
    this.#answeredAt.set(fact.leg, fact.at);
    if (this.#answeredAt.size <= mostKept) return;
    for (const [oldest] of this.#answeredAt) {
      this.#answeredAt.delete(oldest);
      return;
    }
  }

  #commanded(command: VoiceCommand): void {
    const legs = 'legs' in command ? command.legs : 'leg' in command ? [command.leg] : [];
    for (const leg of legs) {
      const answeredAt = this.#answeredAt.get(leg);
      if (answeredAt === undefined) continue;
      this.#answeredAt.delete(leg);
      this.#observe(this.#clock.now() - answeredAt);
    }
  }
}
