// All spaces' floors, and the engine's facts on their way to the right one.
import type { VoiceEngine, VoiceFact } from '../channels/voice/engine.ts';
import type { Input } from '../domain/decide.ts';
import type { Directory } from '../domain/directory.ts';
import type { Event } from '../domain/events.ts';
import { Floor } from '../domain/floor.ts';
import type { CallId, LegId, SpaceId, UserId } from '../domain/ids.ts';
import type { AgentView, Reply, Request } from '../domain/requests.ts';
import { agentView } from '../domain/agent-view.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Centre } from './centre.ts';
import { type Identities, SpaceFloor } from './space-floor.ts';

/** What the centre reads of settings; server/store/directory.ts. */
export interface SettingsSource {
  of(space: SpaceId): Directory | undefined;
  spaces(): SpaceId[];
  onChange(listener: (space: SpaceId) => void): () => void;
  voiceSetup(): Parameters<VoiceEngine['provision']>[0];
}

export interface CentreOptions {
  journal: Journal;
  voice: VoiceEngine;
  clock: Clock;
  ids: Identities;
  settings: SettingsSource;
  /** The floor as the journal tells it. */
  recover: (space: SpaceId) => Promise<Floor>;
  background: Background;
  log: Log;
}

/** A sandbox caller's call is known within this time, or something is wrong. */
const ringInLimitMs = 5_000;
const recoverAgainMs = 500;

export class RunningCentre implements Centre {
  readonly #options: CentreOptions;
  readonly #floors = new Map<SpaceId, SpaceFloor>();
  readonly #spaceOfLeg = new Map<LegId, SpaceId>();
  readonly #spaceOfCall = new Map<CallId, SpaceId>();
  readonly #expected = new Map<LegId, (call: CallId) => void>();
  readonly #unsubscribe: (() => void)[] = [];
  #voiceUp = false;
  #draining = false;
  #provisioning: Promise<void> = Promise.resolve();

  constructor(options: CentreOptions) {
    this.#options = options;
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
    while (this.#spaceOfCall.size > 0 && this.#options.clock.now() < until) await this.#pause(50);
    for (const floor of this.#floors.values()) {
      this.#run(floor, { input: 'hangUpAll' });
    }
    const hungUpBy = this.#options.clock.now() + 2_000;
    while (this.#spaceOfCall.size > 0 && this.#options.clock.now() < hungUpBy) await this.#pause(20);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const floor of this.#floors.values()) floor.stop();
  }

  async request(space: SpaceId, request: Request): Promise<Reply> {
    const floor = this.#floors.get(space);
    if (!floor) throw new AppError('request.not_found', `No space ${space}.`);
    if (!this.#options.journal.available) {
      throw new AppError('database.unavailable', 'The database is away; nothing was done. Try again in a moment.');
    }
    if (request.ask !== 'setAgentState') this.#requireVoice();
    if (request.ask === 'placeCall' && this.#draining) {
      throw new AppError('server.draining', 'The server is shutting down and places no more calls.');
    }
    return floor.take({ input: 'request', request });
  }

  async ringIn(space: SpaceId, call: Parameters<Centre['ringIn']>[1]): Promise<{ call: CallId }> {
    this.#requireVoice();
    if (this.#draining) throw new AppError('server.draining', 'The server is shutting down and takes no more calls.');
    const directory = this.#options.settings.of(space);
    if (!directory) throw new AppError('request.not_found', `No space ${space}.`);
    const leg = this.#options.ids.leg();
    const arrived = this.#arrival(leg);
    try {
      await this.#options.voice.ringIn({
        leg,
        space,
        from: { number: call.from, name: call.fromName },
        to: ringInTarget(directory, call.to),
        digits: call.digits,
        hangUpAfterMs: call.hangUpAfterMs,
      });
      return { call: await arrived };
    } finally {
      this.#expected.delete(leg);
    }
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
    return this.#spaceOfLeg.get(leg);
  }

  spaceOfCall(call: CallId): SpaceId | undefined {
    return this.#spaceOfCall.get(call);
  }

  callOfLeg(leg: LegId): CallId | undefined {
    const space = this.#spaceOfLeg.get(leg);
    return space === undefined ? undefined : this.#floors.get(space)?.floor.callWithLeg(leg)?.id;
  }

  liveCalls(space: SpaceId): number {
    return [...(this.#floors.get(space)?.floor.calls() ?? [])].length;
  }

  get voiceUp(): boolean {
    return this.#voiceUp;
  }

  #requireVoice(): void {
    if (!this.#voiceUp)
      throw new AppError('voice.engine_down', 'The voice engine is away; nothing was done. Try again in a moment.');
  }

  async #open(space: SpaceId): Promise<SpaceFloor> {
    const { journal, voice, clock, ids, settings, background, log, recover } = this.#options;
    const floor = await recover(space);
    for (const call of floor.calls()) {
      this.#spaceOfCall.set(call.id, space);
      for (const leg of call.legs) this.#spaceOfLeg.set(leg.id, space);
    }
    const opened = new SpaceFloor({
      space,
      floor,
      journal,
      voice,
      clock,
      ids,
      directory: () => settings.of(space),
      background,
      log,
      decided: (of, events) => this.#index(of, events),
      lost: (of, error) => this.#lost(of, error),
    });
    this.#floors.set(space, opened);
    opened.arm();
    return opened;
  }

  #index(space: SpaceId, events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === 'call.created') this.#spaceOfCall.set(event.call, space);
      else if (event.type === 'leg.created') {
        this.#spaceOfLeg.set(event.leg, space);
        this.#expected.get(event.leg)?.(event.call);
      } else if (event.type === 'leg.closed') this.#spaceOfLeg.delete(event.leg);
      else if (event.type === 'call.ended') this.#spaceOfCall.delete(event.call);
    }
  }

  #hear(fact: VoiceFact): void {
    switch (fact.type) {
      case 'down':
        this.#voiceUp = false;
        this.#options.log.warn('the voice engine is away');
        return;
      case 'up':
        this.#voiceUp = true;
        this.#options.log.info({ legs: fact.legs.length }, 'the voice engine is here');
        return this.#reconcile(fact.legs);
      case 'arrived':
        return this.#arrived(fact);
      case 'phoneReachable':
        return this.#deliver(fact.space, fact);
      case 'recorded':
        for (const space of this.#floors.keys()) this.#deliver(space, fact);
        return;
      default: {
        const space = this.#spaceOfLeg.get(fact.leg);
        if (space !== undefined) this.#deliver(space, fact);
      }
    }
  }

  #arrived(fact: Extract<VoiceFact, { type: 'arrived' }>): void {
    if (this.#draining || !this.#floors.has(fact.space)) {
      this.#hangUp(fact.leg, 38);
      return;
    }
    this.#deliver(fact.space, fact);
  }

  #deliver(space: SpaceId, fact: Exclude<VoiceFact, { type: 'down' | 'up' }>): void {
    const floor = this.#floors.get(space);
    if (floor) this.#run(floor, { input: 'fact', fact }, fact);
  }

  #reconcile(live: Extract<VoiceFact, { type: 'up' }>['legs']): void {
    for (const leg of live) if (!this.#spaceOfLeg.has(leg.leg)) this.#hangUp(leg.leg, 41);
    for (const floor of this.#floors.values()) this.#run(floor, { input: 'reconcile', live });
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
  #run(floor: SpaceFloor, input: Input, fact?: { at: number }): void {
    const { background, log } = this.#options;
    background.run(
      'take an input',
      floor.take(input, fact?.at as Parameters<SpaceFloor['take']>[1]).catch((error: unknown) => {
        if (!isAppError(error)) throw error;
        log.warn({ space: floor.space, input: input.input, code: error.code }, 'an input was refused');
      }),
    );
  }

  #settingsChanged(space: SpaceId): void {
    const { settings, background, voice } = this.#options;
    if (!settings.of(space)) {
      this.#floors.get(space)?.stop();
      this.#floors.delete(space);
    } else if (!this.#floors.has(space)) {
      background.run('open a space', this.#open(space));
    } else {
      const floor = this.#floors.get(space);
      // Somebody may have joined a queue in which a call waits.
      if (floor) this.#run(floor, { input: 'tick' });
    }
    this.#provisioning = this.#provisioning.then(() => voice.provision(settings.voiceSetup()));
    background.run('provision the voice engine', this.#provisioning);
  }

  /** Memory and journal differ: the journal is right. */
  #lost(space: SpaceId, error: unknown): void {
    const { background, log } = this.#options;
    log.error({ space, err: error }, 'an append was refused; the space is folded anew');
    this.#floors.delete(space);
    background.run('fold a space anew', this.#reopen(space));
  }

  async #reopen(space: SpaceId): Promise<void> {
    const { log, background, voice } = this.#options;
    for (;;) {
      if (background.signal.aborted) return;
      try {
        const floor = await this.#open(space);
        this.#run(floor, { input: 'reconcile', live: await voice.legs() });
        return;
      } catch (error) {
        log.warn({ space, err: error }, 'the space could not be folded yet');
        await this.#pause(recoverAgainMs);
      }
    }
  }

  #arrival(leg: LegId): Promise<CallId> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(ringInLimitMs, () =>
        reject(new AppError('voice.command_failed', 'The sandbox caller did not arrive.')),
      );
      this.#expected.set(leg, (call) => {
        timer.cancel();
        resolve(call);
      });
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

/** A DID of a sandbox trunk, or an extension. */
function ringInTarget(directory: Directory, to: string): Parameters<VoiceEngine['ringIn']>[0]['to'] {
  for (const trunk of directory.trunks.values()) {
    if (trunk.type === 'sandbox' && trunk.dids.some((did) => did.number === to))
      return { kind: 'did', trunk: trunk.id, did: to };
  }
  if (directory.extensionsByNumber.has(to)) return { kind: 'extension', number: to };
  throw new AppError('call.unknown_target', `${to} is neither a DID of a sandbox trunk nor an extension.`, {
    errors: [{ path: 'to', message: 'neither a DID of a sandbox trunk nor an extension' }],
  });
}
