// The voice engine on a real Asterisk, by ARI. Call logic is ours: the generated dialplan (dialplan.ts) only hands
// channels over to us.
//
//   send(command) ──> commands.ts ──> ari-client.ts ──> Asterisk ──> facts.ts ──> listeners
//
//   new ── start() ──> away ── connected, provisioned, calls read back ──> up ── connection lost ──> away …
//   close() ends it from every state, and leaves the calls alone.
//
// Hold: Asterisk has no member of a bridge who hears music. A leg on hold is taken out of its bridge into music and put
// back by `unhold`; the others stay in the bridge and hear each other. To us it stays a member.
import { AppError } from '../../../errors.ts';
import { type Clock, realClock, type Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
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
import { type AriAddress, AriClient } from './ari-client.ts';
import type { AriEvent } from './ari-types.gen.ts';
import { Calls } from './calls.ts';
import { Commands, isOverAnyway } from './commands.ts';
import { stasisApp } from './dialplan.ts';
import { type Directory, directoryOf } from './directory.ts';
import { Facts } from './facts.ts';
import { Provisioner } from './provisioner.ts';
import { type MediaOptions, pjsipObjects } from './provisioning.ts';
import { Reachability } from './reachability.ts';
import { registeredAmong } from './registrations.ts';
import { SandboxCallers } from './sandbox-callers.ts';
import { SoundFiles, type SoundFolder } from './sound-files.ts';
import { takeOver } from './takeover.ts';

export interface AsteriskEngineOptions {
  /** Asked before every attempt to connect: it may change while Asterisk is away. */
  ari: () => AriAddress;
  log: Log;
  sounds: SoundFolder;
  clock?: Clock;
  /** What SDP says and where RTP is bound; give `127.0.0.1` when phones and trunks are on loopback. */
  mediaAddress?: string | null;
}

/** After coming up and after phones were set up, when Asterisk may miss a registration, and from then on. */
const looksMs = [500, 2_000];
const laterLooksMs = 30_000;

/** Nobody here listens to them, and they were two thirds of what Asterisk wrote for a call (18 ChannelVarset each). */
const unheardEvents: readonly AriEvent['type'][] = [
  'ChannelVarset',
  'ChannelDialplan',
  'ChannelConnectedLine',
  'ChannelCallerId',
  'ChannelEnteredBridge',
  'ChannelLeftBridge',
  'BridgeCreated',
  'BridgeDestroyed',
  'DeviceStateChanged',
];

export class AsteriskEngine implements VoiceEngine {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #media: MediaOptions;
  readonly #ari: AriClient;
  readonly #calls = new Calls();
  readonly #commands: Commands;
  readonly #facts: Facts;
  readonly #reachability: Reachability;
  readonly #provisioner: Provisioner;
  readonly #sandbox: SandboxCallers;
  readonly #sounds: SoundFiles;
  readonly #listeners = new Set<(fact: VoiceFact) => void>();
  #setup: VoiceSetup = { trunks: [], phones: [] };
  #directory: Directory = directoryOf(this.#setup);
  #state: 'new' | 'away' | 'up' | 'closed' = 'new';
  /** Events that came while calls are being read back; they are told after `up`. */
  #early: AriEvent[] = [];
  /** One connection's work is not carried on in the next. */
  #connection = 0;
  /** Provisioning goes one after the other. */
  #provisioned: Promise<unknown> = Promise.resolve();
  #firstUp = Promise.withResolvers<void>();
  #look: Timer | null = null;

  constructor({ ari, log, sounds, clock = realClock, mediaAddress = null }: AsteriskEngineOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#media = { mediaAddress };
    this.#sounds = new SoundFiles(sounds);
    this.#ari = new AriClient({
      address: ari,
      app: stasisApp,
      clock,
      log,
      listener: {
        connected: () => this.#connected(),
        disconnected: () => this.#disconnected(),
        event: (event) => this.#heard(event),
      },
    });
    const directory = (): Directory => this.#directory;
    const tell = (fact: VoiceFact): void => this.#tell(fact);
    const failed = (error: unknown, what: string): void => this.#failed(error, what);
    const common = { ari: this.#ari, calls: this.#calls, clock, log, directory, tell, failed };
    this.#commands = new Commands({ ...common, sounds: this.#sounds });
    this.#reachability = new Reachability(common);
    this.#facts = new Facts({ ...common, commands: this.#commands, reachability: this.#reachability });
    this.#provisioner = new Provisioner(common);
    this.#sandbox = new SandboxCallers(common);
  }

  async send(command: VoiceCommand): Promise<void> {
    this.#mustBeUp();
    await this.#commands.carryOut(command);
  }

  on(listener: (fact: VoiceFact) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** While Asterisk is away it only remembers; it is applied before the next `up`. */
  async provision(setup: VoiceSetup): Promise<void> {
    const objects = pjsipObjects(setup, this.#media);
    this.#setup = setup;
    this.#directory = directoryOf(setup);
    if (this.#state !== 'up') return;
    const connection = this.#connection;
    await this.#inTurn(async () => {
      await this.#provisioner.apply(objects);
      await this.#tellReachability({ thorough: false });
    });
    this.#lookAgain(connection);
  }

  provideSounds(sounds: readonly SoundSetup[]): Promise<void> {
    return this.#sounds.keep(sounds);
  }

  async ringIn(call: SandboxCall): Promise<void> {
    this.#mustBeUp();
    await this.#sandbox.ringIn(call);
  }

  async legs(): Promise<LiveLeg[]> {
    this.#mustBeUp();
    return this.#calls.living();
  }

  /** Waits for Asterisk as long as it takes; rejects with `voice.engine_down` when it is closed meanwhile. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('The engine was started before.');
    this.#state = 'away';
    this.#ari.open();
    await this.#firstUp.promise;
  }

  async close(): Promise<void> {
    const wasStarted = this.#state !== 'new';
    this.#state = 'closed';
    this.#connection++;
    this.#look?.cancel();
    this.#ari.close();
    this.#calls.forget();
    this.#sandbox.forget();
    if (wasStarted) this.#firstUp.reject(new AppError('voice.engine_down', 'The voice engine was closed.'));
  }

  #connected(): void {
    const connection = ++this.#connection;
    this.#inTurn(() => this.#comeUp(connection)).catch((error: unknown) => {
      if (connection === this.#connection) this.#comingUpFailed(error);
    });
  }

  async #comeUp(connection: number): Promise<void> {
    await this.#provisioner.applyWholly(pjsipObjects(this.#setup, this.#media));
    // Of all technologies: of PJSIP alone would be refused while it has no endpoint.
    await this.#ari.request('POST /applications/{applicationName}/subscription', {
      path: { applicationName: stasisApp },
      query: { eventSource: 'endpoint:' },
    });
    await this.#ari.request('PUT /applications/{applicationName}/eventFilter', {
      path: { applicationName: stasisApp },
      body: { disallowed: unheardEvents.map((type) => ({ type })) },
    });
    this.#calls.forget();
    await takeOver(this.#ari, this.#calls, () => this.#announced());
    if (connection !== this.#connection) return;
    this.#state = 'up';
    this.#firstUp.resolve();
    const legs = this.#calls.living();
    this.#log.info({ legs: legs.length }, 'voice engine is up');
    this.#tell({ type: 'up', at: this.#clock.now(), legs });
    for (const event of this.#early.splice(0)) this.#facts.heard(event);
    await this.#tellReachability({ thorough: false });
    this.#lookAgain(connection);
  }

  #announced(): Set<string> {
    return new Set(this.#early.flatMap((event) => (event.type === 'StasisStart' ? event.channel.id : [])));
  }

  /** Asterisk answers but not as it should: another attempt by a new connection. */
  #comingUpFailed(error: unknown): void {
    this.#log.error({ err: error }, 'Asterisk cannot be taken into use');
    this.#ari.reconnect();
  }

  #disconnected(): void {
    this.#connection++;
    this.#early = [];
    this.#calls.forget();
    this.#sandbox.forget();
    this.#reachability.forget();
    if (this.#state !== 'up') return;
    this.#state = 'away';
    this.#tell({ type: 'down', at: this.#clock.now() });
  }

  #heard(event: AriEvent): void {
    if (this.#state === 'up') this.#facts.heard(event);
    else this.#early.push(event);
  }

  /** `thorough`: also looks at the registrations of phones that were away. */
  async #tellReachability({ thorough }: { thorough: boolean }): Promise<void> {
    const endpoints = await this.#ari.request('GET /endpoints');
    const doubtful = this.#reachability.doubtful(endpoints, thorough);
    const registered = await registeredAmong(this.#ari, doubtful);
    this.#reachability.compare(endpoints, registered, this.#clock.now());
  }

  /** The states that Asterisk lists may be a moment old, and its word of the change may have come before we listened. */
  #lookAgain(connection: number, nth = 0): void {
    if (connection !== this.#connection) return; // The next connection has looks of its own; after the end there are none.
    this.#look?.cancel();
    const look = this.#clock.after(looksMs[nth] ?? laterLooksMs, () => {
      if (connection !== this.#connection) return;
      const next = () => {
        if (look === this.#look) this.#lookAgain(connection, nth + 1);
      };
      this.#inTurn(() => this.#tellReachability({ thorough: true })).then(next, (error: unknown) => {
        this.#failed(error, 'the states of phones');
        next();
      });
    });
    this.#look = look;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#provisioned.then(work, work);
    this.#provisioned = done;
    return done;
  }

  #failed(error: unknown, what: string): void {
    if (!isOverAnyway(error)) this.#log.error({ err: error, what }, 'Asterisk refused what a call needs');
  }

  #tell(fact: VoiceFact): void {
    for (const listener of this.#listeners) listener(fact);
  }

  #mustBeUp(): void {
    if (this.#state !== 'up') throw new AppError('voice.engine_down', 'The voice engine is away for the moment.');
  }
}
