// A running centre that a test drives: the simulated engine, virtual time, and the journal in memory. Nothing happens but
// what the test says; `advance` lets time pass.
import { SimulatedEngine } from '../../channels/voice/simulated/engine.ts';
import { Exchange } from '../../channels/voice/simulated/exchange.ts';
import type { Party } from '../../channels/voice/simulated/party.ts';
import { type Directory, type IvrVersion, ivrVersionKey, type UserSettings } from '../../domain/directory.ts';
import type { Question } from '../../domain/commands.ts';
import type { CallEvent, Event, EventType } from '../../domain/events.ts';
import { aSpace, carrier, sandbox, type SpacePlan, testSpace } from '../../domain/testing/space.ts';
import { asKey, type CallId, type LegId, type TrunkId, type UserId } from '../../domain/ids.ts';
import type { Reply, Request } from '../../domain/requests.ts';
import type { IvrDefinition } from '../../domain/ivr/definition.ts';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import { Background } from '../../platform/background.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { recordingLog } from '../../platform/testing/recording-log.ts';
import { recoverFloor } from '../checkpoint.ts';
import { RunningCentre } from '../running-centre.ts';
import type { Identities } from '../space-floor.ts';
import { answerOf, type Customer } from './customer.ts';
import { voiceSetupOf } from './voice-setup.ts';

export interface CentrePlan extends SpacePlan {
  /** Drawn for every command, fact and act: how late it arrives. Default: 0. */
  latencyMs?: () => number;
  customer?: Customer;
}

export type EventOf<T extends EventType> = Extract<Event, { type: T }>;

export class TestCentre {
  readonly space = testSpace;
  readonly clock = new VirtualClock();
  readonly journal = new MemoryJournal();
  readonly ids: Identities;
  /** What was asked of customers' URLs, in order. */
  readonly asked: Question[] = [];
  readonly #customer: Customer;
  readonly #latencyMs: () => number;
  readonly #recorded = recordingLog();
  readonly #exchange: Exchange;
  readonly #changed = new Set<() => void>();
  #directory: Directory;
  #isDeleted = false;
  #engine: SimulatedEngine;
  #background = new Background({ log: this.#recorded.log });
  #centre: RunningCentre;

  constructor(plan: CentrePlan) {
    this.#latencyMs = plan.latencyMs ?? (() => 0);
    this.#customer = plan.customer ?? (() => '');
    this.#directory = aSpace(plan);
    this.#exchange = new Exchange({
      ...{ clock: this.clock, latencyMs: this.#latencyMs },
      soundMs: (sound) => plan.sounds?.[sound] ?? 2_000,
    });
    this.#engine = this.#newEngine();
    this.ids = countedIdentities();
    this.#centre = this.#newCentre();
  }

  async start(): Promise<void> {
    await this.#centre.start();
    await this.advance(0);
  }

  get engine(): SimulatedEngine {
    return this.#engine;
  }

  get centre(): RunningCentre {
    return this.#centre;
  }

  get directory(): Directory {
    return this.#directory;
  }

  /** Time passes, and all that it brings happens. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  userNamed(name: string): UserSettings {
    for (const user of this.directory.users.values()) if (user.displayName === name) return user;
    throw new Error(`No agent is called ${name}.`);
  }

  /** The call that this leg is or was on. */
  callIdOf(leg: LegId): CallId | undefined {
    return this.events('leg.created').find((event) => event.leg === leg)?.call;
  }

  /** Far ends of living calls on the outbound trunk. */
  outside(trunk: 'sandbox' | 'carrier' = 'sandbox'): readonly Party[] {
    return this.engine.trunk(this.trunk(trunk)).calls;
  }

  trunk(name: 'sandbox' | 'carrier'): TrunkId {
    return name === 'sandbox' ? sandbox : carrier;
  }

  /** Extension number of an agent, queue or IVR; a number is taken as it is. */
  numberOf(name: string): string {
    const { extensions, users, queues, ivrs } = this.directory;
    for (const extension of extensions.values()) {
      if (extension.type === 'phone' && extension.user !== null && users.get(extension.user)?.displayName === name)
        return extension.number;
      if (extension.type === 'queue' && queues.get(extension.queue)?.name === name) return extension.number;
      if (extension.type === 'ivr' && ivrs.get(extension.ivr)?.name === name) return extension.number;
    }
    return name;
  }

  nameOf(user: UserId): string {
    return this.directory.users.get(user)?.displayName ?? `user ${user}`;
  }

  async asks(request: Request): Promise<Reply> {
    const reply = this.centre.request(testSpace, request);
    const settled = Promise.allSettled([reply]);
    await this.advance(0);
    await settled;
    await this.advance(0);
    return reply;
  }

  /** All that happened so far, of one type or of all. */
  events(): Event[];
  events<T extends EventType>(type: T): EventOf<T>[];
  events(type?: EventType): Event[] {
    const all = this.journal.all(testSpace).map((recorded) => recorded.event);
    return type === undefined ? all : all.filter((event) => event.type === type);
  }

  eventsOf(call: CallId): CallEvent[] {
    return this.events().filter(
      (event): event is CallEvent => 'call' in event && event.call === call && !event.type.startsWith('agent.'),
    );
  }

  /** Administration changes something. */
  async changes(change: (directory: Directory) => Directory): Promise<void> {
    this.#directory = change(this.#directory);
    for (const changed of this.#changed) changed();
    await this.advance(0);
  }

  /** An author publishes a new version of an IVR. */
  async publishes(ivr: string, definition: IvrDefinition): Promise<void> {
    await this.changes((directory) => {
      const before = [...directory.ivrs.values()].find(({ name }) => name === ivr);
      if (!before) throw new Error(`No IVR is called ${ivr}.`);
      const now = { ...before, version: before.version + 1 };
      const key = ivrVersionKey({ ivr: now.id, version: now.version });
      return {
        ...directory,
        ivrs: new Map(directory.ivrs).set(now.id, now),
        ivrVersions: new Map(directory.ivrVersions).set(key, definition),
      };
    });
  }

  async removes(what: { queue?: string; agent?: string }): Promise<void> {
    await this.changes((directory) => ({
      ...directory,
      queues: new Map([...directory.queues].filter(([, { name }]) => name !== what.queue)),
      users: new Map([...directory.users].filter(([, { displayName }]) => displayName !== what.agent)),
    }));
  }

  async removesSpace(): Promise<void> {
    this.#isDeleted = true;
    for (const changed of this.#changed) changed();
    await this.advance(0);
  }

  /** Another process logs an agent out, which this one does not know. */
  async somebodyElseAppends(name: string): Promise<void> {
    const { id: user } = this.userNamed(name);
    const stream = `agent:${user}`;
    const expected = (await this.journal.readStream(testSpace, stream)).length;
    const event: Event = { type: 'agent.logged_out', user, at: this.clock.now() };
    await this.journal.append({ space: testSpace, streams: [{ stream, expected, events: [event] }] });
  }

  /** The server is stopped hard and started again `afterMs` later; the exchange goes on meanwhile. */
  async restarts({ afterMs = 0 }: { afterMs?: number } = {}): Promise<void> {
    this.#stopHard();
    await this.advance(afterMs);
    this.#startAnew();
    await this.advance(0);
  }

  /** Without waiting for anything, for scripts that go on by themselves. */
  restartsNow(): void {
    this.#stopHard();
    this.#startAnew();
  }

  #stopHard(): void {
    this.#centre.close();
    this.#background.run('close the engine', this.#engine.close());
    this.#changed.clear();
  }

  #startAnew(): void {
    this.#background = new Background({ log: this.#recorded.log });
    this.#engine = this.#newEngine();
    this.#centre = this.#newCentre();
    this.#background.run('start the centre', this.#centre.start());
  }

  /** What was logged as a warning or worse. */
  complaints(): string[] {
    return this.#recorded.lines
      .filter(({ level }) => level === 'warn' || level === 'error' || level === 'fatal')
      .map((line) => JSON.stringify(line));
  }

  /** What was logged as an error: bugs of ours. */
  faults(): string[] {
    return this.#recorded.lines.filter(({ level }) => level === 'error').map((line) => JSON.stringify(line));
  }

  /** Who still rings, talks or waits, in the engine or by the journal. */
  leftovers(): string[] {
    const ended = new Set(this.events('call.ended').map(({ call }) => call));
    const agents = this.centre.agents(testSpace);
    return [
      ...this.engine.exchange.legs().map(({ leg }) => `leg ${leg} in the engine`),
      ...this.events('call.created').flatMap(({ call }) => (ended.has(call) ? [] : [`call ${call}`])),
      ...agents.flatMap(({ user, call }) => (call === null ? [] : [`${this.nameOf(user)} in call ${call}`])),
    ];
  }

  #newEngine(): SimulatedEngine {
    return new SimulatedEngine({ clock: this.clock, latencyMs: this.#latencyMs, exchange: this.#exchange });
  }

  #newCentre(): RunningCentre {
    return new RunningCentre({
      journal: this.journal,
      voice: this.#engine,
      clock: this.clock,
      ids: this.ids,
      settings: {
        of: (space) => (space === testSpace && !this.#isDeleted ? this.#directory : undefined),
        spaces: () => [testSpace],
        onChange: (listener) => {
          const changed = () => listener(testSpace);
          this.#changed.add(changed);
          return () => this.#changed.delete(changed);
        },
        voiceSetup: () => voiceSetupOf(this.#directory),
        keepIvrVersions: async (_, inUse) => {
          this.#directory = withoutVersions(this.#directory, inUse());
        },
      },
      ask: (question, signal) => {
        this.asked.push(question);
        return answerOf(this.#customer(question), this.clock, signal);
      },
      recover: async (space) => (await recoverFloor(this.journal, space, undefined)).floor,
      background: this.#background,
      log: this.#recorded.log,
    });
  }
}

function countedIdentities(): Identities {
  let count = 0;
  return {
    leg: () => asKey<LegId>(`leg-${++count}`),
    call: () => asKey<CallId>(`call-${++count}`),
    number: () => ++count,
  };
}

/** As the store does: what is neither current nor in use is forgotten. */
function withoutVersions(directory: Directory, inUse: readonly IvrVersion[]): Directory {
  const current = [...directory.ivrs.values()].map(({ id, version }) => ({ ivr: id, version }));
  const kept = new Set([...inUse, ...current].map(ivrVersionKey));
  return { ...directory, ivrVersions: new Map([...directory.ivrVersions].filter(([key]) => kept.has(key))) };
}
