// All spaces' floors, and the engine's facts on their way to the right one.
import type { LiveLeg, VoiceEngine, VoiceFact } from '../channels/voice/engine.ts';
import type { Input } from '../domain/decide.ts';
import type { Directory, IvrVersion } from '../domain/directory.ts';
import type { Floor } from '../domain/floor.ts';
import type { CallId, LegId, SpaceId, UserId } from '../domain/ids.ts';
import { q850 } from '../domain/q850.ts';
import type { AgentView, Reply, Request } from '../domain/requests.ts';
import { agentView } from '../domain/agent-view.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Centre } from './centre.ts';
import { Questions, type QuestionsOptions } from './ivr/questions.ts';
import { ReachablePhones } from './reachable-phones.ts';
import { SandboxCallers } from './sandbox-callers.ts';
import { type Identities, SpaceFloor } from './space-floor.ts';
import { Whereabouts } from './whereabouts.ts';

/** What the centre reads of settings; server/store/directory.ts. */
export interface SettingsSource {
  of(space: SpaceId): Directory | undefined;
  spaces(): SpaceId[];
  onChange(listener: (space: SpaceId) => void): () => void;
  voiceSetup(): Parameters<VoiceEngine['provision']>[0];
  /** Resolves when these versions are in `of(space)`; others than these and the current ones are in it no more. */
  keepIvrVersions(space: SpaceId, inUse: () => readonly IvrVersion[]): Promise<void>;
}

export interface CentreOptions {
  journal: Journal;
  voice: VoiceEngine;
  clock: Clock;
  ids: Identities;
  settings: SettingsSource;
  /** The floor as the journal tells it. */
  recover: (space: SpaceId) => Promise<Floor>;
  /** A customer's URL is asked for a call; never rejects. */
  ask: QuestionsOptions['ask'];
  background: Background;
  log: Log;
}

const recoverAgainMs = 500;
/** A decision waits for the database as long as it takes; who asked for it does not. */
const requestLimitMs = 5_000;

type LegSpoke = Exclude<VoiceFact, { type: 'down' | 'up' | 'arrived' | 'phoneReachable' | 'recorded' }>;

export class RunningCentre implements Centre {
  readonly #options: CentreOptions;
  readonly #floors = new Map<SpaceId, SpaceFloor>();
  readonly #whereabouts = new Whereabouts();
  /** Spaces that are being read while the engine runs. */
  readonly #opening = new Set<SpaceId>();
  readonly #sandboxCallers: SandboxCallers;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #phones: ReachablePhones;
  readonly #questions: Questions;
  #voiceUp = false;
  #draining = false;
  #provisioning: Promise<void> = Promise.resolve();

  constructor(options: CentreOptions) {
    this.#options = options;
    this.#phones = new ReachablePhones({
      clock: options.clock,
      allTold: () => {
        for (const space of this.#floors.keys()) this.#compareReachability(space);
      },
    });
    this.#sandboxCallers = new SandboxCallers({ ...options, newLeg: () => options.ids.leg() });
    this.#questions = new Questions({
      ask: options.ask,
      background: options.background,
      isHeard: (space) => this.#floors.get(space)?.engineIsHere ?? false,
      answered: (space, call, answer) => {
        const floor = this.#floors.get(space);
        if (floor) this.#run(floor, { input: 'ivrAnswered', call, answer });
      },
    });
  }

  /** Recovers every floor, then lets the engine in. */
  async start(): Promise<void> {
    const { settings, voice } = this.#options;
    for (const space of settings.spaces()) await this.#open(space);
    this.#unsubscribe.push(
      settings.onChange((space) => this.#settingsChanged(space)),
      voice.on((fact) => this.#hear(fact)),
    );
    await voice.provision(settings.voiceSetup());
    await voice.start();
  }

  /** Takes no more calls, waits for those that are, hangs up the rest. */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    const until = this.#options.clock.now() + limitMs;
    while (this.#whereabouts.liveCalls > 0 && this.#options.clock.now() < until) await this.#pause(50);
    for (const floor of this.#floors.values()) this.#run(floor, { input: 'hangUpAll' });
    const hungUpBy = this.#options.clock.now() + 2_000;
    // While the journal is away nothing can be hung up: the engine ends with its calls, and the next start closes them.
    const mayEnd = (): boolean => this.#whereabouts.liveCalls > 0 && this.#options.journal.available;
    while (mayEnd() && this.#options.clock.now() < hungUpBy) await this.#pause(20);
  }

  close(): void {
    this.#phones.stopListening();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const floor of this.#floors.values()) floor.stop();
    this.#questions.close();
  }

  async request(space: SpaceId, request: Request): Promise<Reply> {
    const floor = this.#floorOf(space);
    if (request.ask !== 'setAgentState') this.#requireVoice(floor);
    if ((request.ask === 'placeCall' || request.ask === 'callContact') && this.#draining) {
      throw new AppError('server.draining', 'The server is shutting down and places no more calls.');
    }
    return await this.#inTime(floor.take({ input: 'request', request }));
  }

  async #inTime(taken: Promise<Reply>): Promise<Reply> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const limit = this.#options.clock.after(requestLimitMs, () => {
      reject(
        new AppError('database.outcome_unknown', 'The database went away meanwhile; this is done when it is back.'),
      );
      this.#options.background.run('a request whose asker waits no more', taken);
    });
    try {
      return await Promise.race([taken, late]);
    } finally {
      limit.cancel();
    }
  }

  async ringIn(space: SpaceId, call: Parameters<Centre['ringIn']>[1]): Promise<{ call: CallId }> {
    this.#requireVoice(this.#floorOf(space));
    if (this.#draining) throw new AppError('server.draining', 'The server is shutting down and takes no more calls.');
    const directory = this.#options.settings.of(space);
    if (!directory) throw new AppError('request.not_found', `No space ${space}.`);
    return await this.#sandboxCallers.ringIn(space, directory, call);
  }

  agent(space: SpaceId, user: UserId): AgentView | undefined {
    const directory = this.#options.settings.of(space);
    const floor = this.#floors.get(space);
    return directory?.users.has(user) && floor ? agentView(floor.floor.agent(user)) : undefined;
  }

  agents(space: SpaceId): AgentView[] {
    const directory = this.#options.settings.of(space);
    const floor = this.#floors.get(space);
    if (!directory || !floor) return [];
    return [...directory.users.values()]
      .filter((user) => user.role === 'agent' || directory.phoneOf.has(user.id))
      .map((user) => agentView(floor.floor.agent(user.id)));
  }

  spaceOfLeg(leg: LegId): SpaceId | undefined {
    return this.#whereabouts.ofLeg(leg);
  }

  spaceOfCall(call: CallId): SpaceId | undefined {
    return this.#whereabouts.ofCall(call);
  }

  callOfLeg(leg: LegId): CallId | undefined {
    const space = this.#whereabouts.ofLeg(leg);
    return space === undefined ? undefined : this.#floors.get(space)?.floor.callWithLeg(leg)?.id;
  }

  liveCalls(space: SpaceId): number {
    return [...(this.#floors.get(space)?.floor.calls() ?? [])].length;
  }

  /** The live calls and agents of a space, to be looked at only. */
  floor(space: SpaceId): Floor | undefined {
    return this.#floors.get(space)?.floor;
  }

  get voiceUp(): boolean {
    return this.#voiceUp;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  #floorOf(space: SpaceId): SpaceFloor {
    const { settings, journal } = this.#options;
    if (!settings.of(space)) throw new AppError('request.not_found', `No space ${space}.`);
    const floor = this.#floors.get(space);
    if (!floor || !journal.available) {
      throw new AppError('database.unavailable', 'The database is away; nothing was done. Try again in a moment.');
    }
    return floor;
  }

  #requireVoice(floor: SpaceFloor): void {
    if (!this.#voiceUp || !floor.engineIsHere)
      throw new AppError('voice.engine_down', 'The voice engine is away; nothing was done. Try again in a moment.');
  }

  async #open(space: SpaceId): Promise<SpaceFloor> {
    const { journal, voice, clock, ids, settings, background, log, recover } = this.#options;
    const floor = await recover(space);
    await settings.keepIvrVersions(space, () => ivrVersionsIn(floor));
    this.#whereabouts.addFloor(space, floor);
    const opened = new SpaceFloor({
      space,
      floor,
      journal,
      voice,
      clock,
      ids,
      directory: () => settings.of(space),
      questions: this.#questions,
      background,
      log,
      decided: (of, events) => this.#whereabouts.follow(of, events),
      lost: (of, error) => this.#lost(of, error),
    });
    this.#floors.set(space, opened);
    opened.arm();
    return opened;
  }

  #hear(fact: VoiceFact): void {
    switch (fact.type) {
      case 'down':
        return this.#engineDown();
      case 'up':
        return this.#engineUp(fact.legs);
      case 'arrived':
        return this.#arrived(fact);
      case 'phoneReachable':
        return this.#reachable(fact);
      case 'recorded':
        for (const floor of this.#floors.values()) this.#run(floor, { input: 'fact', fact });
        return;
      default:
        return this.#legSpoke(fact);
    }
  }

  #engineDown(): void {
    this.#voiceUp = false;
    this.#options.log.warn('the voice engine is away');
    this.#phones.stopListening();
    for (const floor of this.#floors.values()) floor.engineLost();
  }

  #engineUp(live: LiveLeg[]): void {
    this.#voiceUp = true;
    this.#phones.listen();
    for (const { leg } of live)
      if (this.#whereabouts.ofLeg(leg) === undefined) this.#hangUp(leg, q850.temporaryFailure);
    for (const floor of this.#floors.values()) this.#reconcile(floor, live);
  }

  #reconcile(floor: SpaceFloor, live: LiveLeg[]): void {
    this.#run(floor, { input: 'reconcile', live, asked: this.#questions.underWay });
    this.#questions.heardAgain(floor.space);
  }

  #arrived(fact: Extract<VoiceFact, { type: 'arrived' }>): void {
    const floor = this.#floors.get(fact.space);
    if (this.#draining || !floor?.engineIsHere) return this.#hangUp(fact.leg, q850.networkOutOfOrder);
    this.#options.background.run('take a call', this.#takeCall(floor, fact));
  }

  async #takeCall(floor: SpaceFloor, fact: Extract<VoiceFact, { type: 'arrived' }>): Promise<void> {
    try {
      const { call } = await floor.take({ input: 'fact', fact });
      if (call !== null) this.#sandboxCallers.arrived(fact.leg, call);
    } catch (error) {
      // Nobody answers for this leg, unless the floor is folded anew: then that finds it.
      if (this.#whereabouts.ofLeg(fact.leg) === undefined) this.#hangUp(fact.leg, q850.temporaryFailure);
      throw error;
    }
  }

  #reachable(fact: Extract<VoiceFact, { type: 'phoneReachable' }>): void {
    this.#phones.told(fact.extension, fact.reachable);
    const floor = this.#floors.get(fact.space);
    if (floor) this.#run(floor, { input: 'fact', fact });
  }

  /** A phone may have got another user, or have lost its registration while we were not connected. */
  #compareReachability(space: SpaceId): void {
    const { settings, clock } = this.#options;
    const floor = this.#floors.get(space);
    const directory = settings.of(space);
    if (!floor || !directory || !this.#voiceUp) return;
    for (const [user, { id: extension }] of directory.phoneOf) {
      const reachable = this.#phones.has(extension);
      if (floor.floor.agent(user).reachable === reachable) continue;
      this.#run(floor, {
        input: 'fact',
        fact: { type: 'phoneReachable', at: clock.now(), space, extension, reachable },
      });
    }
  }

  #legSpoke(fact: LegSpoke): void {
    const space = this.#whereabouts.ofLeg(fact.leg);
    if (space === undefined) {
      // We gave it up, and it lives after all.
      if (fact.type !== 'hungUp' && fact.type !== 'played') this.#hangUp(fact.leg, q850.temporaryFailure);
      return;
    }
    const floor = this.#floors.get(space);
    if (floor) this.#run(floor, { input: 'fact', fact });
  }

  #hangUp(leg: LegId, cause: number): void {
    const { voice, background } = this.#options;
    background.run(
      'hang up a leg of no call',
      voice.send({ do: 'hangUp', leg, cause }).catch((error: unknown) => {
        if (!isAppError(error)) throw error;
      }),
    );
  }

  /** A fact cannot be refused to anybody; what the rules refuse of it is logged. */
  #run(floor: SpaceFloor, input: Input): void {
    const { background, log } = this.#options;
    background.run(
      'take an input',
      floor.take(input).catch((error: unknown) => {
        if (!isAppError(error)) throw error;
        log.warn({ space: floor.space, input: input.input, code: error.code }, 'an input was refused');
      }),
    );
  }

  #settingsChanged(space: SpaceId): void {
    const { settings, background } = this.#options;
    const floor = this.#floors.get(space);
    if (!settings.of(space)) this.#closeSpace(space);
    else if (!floor) background.run('open a space', this.#openLate(space));
    else {
      this.#run(floor, { input: 'tick' }); // Somebody may have joined a queue in which a call waits.
      background.run(
        'keep versions of IVRs',
        settings.keepIvrVersions(space, () => ivrVersionsIn(floor.floor)),
      );
    }
    this.#provisioning = this.#provision(this.#provisioning);
    background.run('provision the voice engine', this.#provisioning);
    this.#phones.forgetOthersThan(settings.voiceSetup().phones.map(({ extension }) => extension));
    this.#compareReachability(space);
  }

  /** One after the other; one that failed does not keep the next from trying. */
  async #provision(before: Promise<void>): Promise<void> {
    await Promise.allSettled([before]);
    await this.#options.voice.provision(this.#options.settings.voiceSetup());
  }

  /** Its settings are gone, so nothing can be decided any more: its calls end. */
  #closeSpace(space: SpaceId): void {
    this.#floors.get(space)?.stop();
    this.#floors.delete(space);
    this.#questions.forget(space);
    this.#hangUpUnknown(space, undefined);
  }

  /** Memory and journal differ: the journal is right. */
  #lost(space: SpaceId, error: unknown): void {
    const { background, log } = this.#options;
    log.error({ space, err: error }, 'an append was refused; the space is folded anew');
    this.#floors.delete(space);
    background.run('fold a space anew', this.#openLate(space));
  }

  /** Opens a space while the engine runs; tries again until it can be read. Whoever asks meanwhile gets the same one:
   *  two floors of one space would contradict each other. */
  async #openLate(space: SpaceId): Promise<void> {
    const { background, settings } = this.#options;
    if (this.#opening.has(space)) return;
    this.#opening.add(space);
    while (!background.signal.aborted && settings.of(space) && !this.#floors.has(space)) await this.#tryToOpen(space);
    this.#opening.delete(space);
    if (!settings.of(space)) this.#closeSpace(space);
  }

  async #tryToOpen(space: SpaceId): Promise<void> {
    const { log, voice } = this.#options;
    try {
      const floor = await this.#open(space);
      this.#hangUpUnknown(space, floor);
      if (this.#voiceUp) this.#reconcile(floor, await voice.legs());
    } catch (error) {
      if (isAppError(error, 'voice.engine_down')) return; // The next `up` brings the legs.
      log.warn({ space, err: error }, 'the space could not be read yet');
      await this.#pause(recoverAgainMs);
    }
  }

  /** Legs and calls that were known here and are not in the journal. */
  #hangUpUnknown(space: SpaceId, opened: SpaceFloor | undefined): void {
    for (const leg of this.#whereabouts.keepOnly(space, opened?.floor)) this.#hangUp(leg, q850.temporaryFailure);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

/** A call keeps the version that it began with. */
function ivrVersionsIn(floor: Floor): IvrVersion[] {
  return [...floor.calls()].flatMap(({ stage }) => (stage.at === 'ivr' ? [stage.run] : []));
}
