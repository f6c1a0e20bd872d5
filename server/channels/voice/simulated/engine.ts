// The simulated voice engine: sandbox, demo, load tests and what-if runs, with the virtual or the real clock.
//
//   flows --send--> errands wire --> exchange --> facts wire --> listeners        (each wire: late, in order, or cut)
//
// Nothing is left to chance but what `latencyMs` draws: the same seed gives the same run.
import type { ExtensionId, LegId, TrunkId } from '../../../domain/ids.ts';
import { AppError } from '../../../errors.ts';
import { type Log, silentLog } from '../../../platform/log.ts';
import type {
  LiveLeg,
  SandboxCall,
  SoundSetup,
  Unsubscribe,
  VoiceCommand,
  VoiceEngine,
  VoiceFact,
  VoiceSetup,
} from '../engine.ts';
import type { Heard } from './calls.ts';
import { type Connection, Exchange, type ExchangeOptions } from './exchange.ts';
import type { Party } from './party.ts';
import type { Phone, Trunk } from './phones.ts';
import { Wire } from './wire.ts';

export interface SimulatedEngineOptions extends ExchangeOptions {
  log?: Log;
  /** Drawn once for every command, fact and act of a party: how late it gets to the other side. Default: 0. */
  latencyMs?: () => number;
  /** To take over the calls that another engine has left behind; the options of an exchange are its own then. */
  exchange?: Exchange;
}

/** What is asked of the exchange, on its way to it. */
interface Errand {
  run: () => void;
  refused: (error: unknown) => void;
}

export class SimulatedEngine implements VoiceEngine {
  readonly exchange: Exchange;
  readonly #options: SimulatedEngineOptions;
  readonly #log: Log;
  readonly #listeners = new Set<(fact: VoiceFact) => void>();
  readonly #facts: Wire<VoiceFact>;
  readonly #errands: Wire<Errand>;
  readonly #connection: Connection = { told: (fact) => this.#facts.carry(fact), replaced: () => this.disconnect() };
  #state: 'new' | 'up' | 'disconnected' | 'crashed' | 'closed' = 'new';

  constructor(options: SimulatedEngineOptions) {
    const { clock, latencyMs = () => 0, log = silentLog } = options;
    this.#options = options;
    this.#log = log;
    this.exchange = options.exchange ?? new Exchange(options);
    this.#facts = new Wire({ clock, latencyMs, arrive: (fact) => this.#deliver(fact) });
    this.#errands = new Wire({ clock, latencyMs, arrive: (errand) => this.#run(errand) });
  }

  async send(command: VoiceCommand): Promise<void> {
    return this.#ask(() => this.exchange.carryOut(command));
  }

  on(listener: (fact: VoiceFact) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async provision(setup: VoiceSetup): Promise<void> {
    this.exchange.provision(setup);
  }

  async provideSounds(sounds: readonly SoundSetup[]): Promise<void> {
    this.exchange.provideSounds(sounds);
  }

  async ringIn(call: SandboxCall): Promise<void> {
    return this.#ask(() => this.exchange.ringIn(call));
  }

  async legs(): Promise<LiveLeg[]> {
    return this.#ask(() => this.exchange.legs());
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('The engine was started before.');
    this.#connect();
  }

  async close(): Promise<void> {
    this.#cut('closed');
  }

  // For scripts: tests, load tests, what-if runs.

  /** Throws when no such phone is provisioned. */
  phone(extension: ExtensionId): Phone {
    const phone = this.exchange.phone(extension);
    if (!phone) throw new Error(`No phone ${extension} is provisioned.`);
    return phone;
  }

  /** Throws when no such trunk is provisioned. */
  trunk(id: TrunkId): Trunk {
    const trunk = this.exchange.trunk(id);
    if (!trunk) throw new Error(`No trunk ${id} is provisioned.`);
    return trunk;
  }

  /** The far end of a living leg; throws `voice.leg_gone`. */
  party(leg: LegId): Party {
    return this.exchange.party(leg);
  }

  /** What the party of a living leg hears at this moment; throws `voice.leg_gone`. */
  hears(leg: LegId): Heard {
    return this.exchange.hears(leg);
  }

  /** The exchange dies: all calls are gone, what was on its way is lost. */
  crash(): void {
    if (this.#state === 'disconnected') this.#state = 'crashed';
    else this.#lose('crashed');
    this.exchange.die();
  }

  restart(): void {
    if (this.#state !== 'crashed') throw new Error('Only a crashed engine is restarted.');
    this.#connect();
  }

  /** The connection to the exchange is lost: calls go on unheard, what was on its way is lost. */
  disconnect(): void {
    this.#lose('disconnected');
  }

  reconnect(): void {
    if (this.#state !== 'disconnected') throw new Error('Only a disconnected engine is reconnected.');
    this.#connect();
  }

  #connect(): void {
    this.#state = 'up';
    this.exchange.connect(this.#connection);
    this.#log.info({ legs: this.exchange.legs().length }, 'voice engine is up');
  }

  #lose(to: 'crashed' | 'disconnected'): void {
    if (this.#state !== 'up') throw new Error('The engine is not up.');
    this.#cut(to);
    this.#log.warn({ crashed: to === 'crashed' }, 'voice engine is down');
    this.#facts.carry({ type: 'down', at: this.#options.clock.now() });
  }

  #cut(to: 'crashed' | 'disconnected' | 'closed'): void {
    this.#state = to;
    this.exchange.disconnect(this.#connection);
    this.#facts.cut();
    for (const { refused } of this.#errands.cut()) refused(down());
  }

  #ask<Answer>(errand: () => Answer): Promise<Answer> {
    if (this.#state !== 'up') throw down();
    return new Promise((answered, refused) => this.#errands.carry({ run: () => answered(errand()), refused }));
  }

  #run({ run, refused }: Errand): void {
    try {
      run();
    } catch (error) {
      refused(error);
    }
  }

  #deliver(fact: VoiceFact): void {
    for (const listener of this.#listeners) listener(fact);
  }
}

function down(): AppError {
  return new AppError('voice.engine_down', 'The voice engine is away for the moment.');
}
