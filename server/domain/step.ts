// One decision in the making. The rules emit events, which change the draft of the floor at once, and collect the
// commands that must follow when the events are in the journal.
import { AppError } from '../errors.ts';
import type { Agent } from './agent.ts';
import { type Call, type Leg, legOf } from './call.ts';
import type { Command } from './commands.ts';
import type { Directory } from './directory.ts';
import type { AgentEvent, CallEvent, FloorEvent } from './events.ts';
import type { Floor } from './floor.ts';
import type { CallId, Instant, LegId, UserId } from './ids.ts';
import type { Reply } from './requests.ts';

/** Time and identity come in by the door. */
export interface Context {
  now: Instant;
  directory: Directory;
  /** Commands will reach the engine soon. While false nothing new is begun: no offers, no dials, no limits of calls. */
  engineReady: boolean;
  newLeg(): LegId;
  newCall(): CallId;
  /** Unique in the installation, positive. */
  newNumber(): number;
}

export interface Decision {
  events: FloorEvent[];
  commands: Command[];
  reply: Reply;
}

type Untimed<E> = E extends unknown ? Omit<E, 'at'> : never;
type CallFact = Untimed<CallEvent> extends infer E ? (E extends unknown ? Omit<E, 'call'> : never) : never;
type AgentFact = Untimed<AgentEvent> extends infer E ? (E extends unknown ? Omit<E, 'user'> : never) : never;

export class Step {
  readonly floor: Floor;
  readonly context: Context;
  readonly events: FloorEvent[] = [];
  readonly commands: Command[] = [];
  reply: Reply = { call: null, leg: null };

  constructor(floor: Floor, context: Context) {
    this.floor = floor.draft();
    this.context = context;
  }

  get now(): Instant {
    return this.context.now;
  }

  get directory(): Directory {
    return this.context.directory;
  }

  ofCall(call: CallId, fact: CallFact): void {
    this.#emit({ ...fact, call, at: this.now } as CallEvent);
  }

  ofAgent(user: UserId, fact: AgentFact): void {
    this.#emit({ ...fact, user, at: this.now } as AgentEvent);
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  /** The call as it stands after what was emitted so far. */
  call(id: CallId): Call {
    const call = this.floor.call(id);
    if (!call) throw new AppError('call.not_found', `Call ${id} is not live.`);
    return call;
  }

  leg(call: CallId, id: LegId): Leg {
    const leg = legOf(this.call(call), id);
    if (!leg) throw new AppError('call.not_found', `Call ${call} has no leg ${id}.`);
    return leg;
  }

  agent(user: UserId): Agent {
    return this.floor.agent(user);
  }

  decision(): Decision {
    return { events: this.events, commands: this.commands, reply: this.reply };
  }

  #emit(event: FloorEvent): void {
    this.floor.apply(event);
    this.events.push(event);
  }
}
