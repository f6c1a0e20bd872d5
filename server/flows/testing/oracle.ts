// What must hold after every event of a space, judged from the events alone and by its own bookkeeping: nothing here
// uses the rules or the fold that it judges.
import type { Directory, QueueSettings } from '../../domain/directory.ts';
import type { Event } from '../../domain/events.ts';
import type { CallId, LegId, QueueId, UserId } from '../../domain/ids.ts';

interface KnownLeg {
  call: CallId;
  user: UserId | null;
  side: 'caller' | 'callee';
  open: boolean;
  released: boolean;
  closes: number;
}

interface Waiting {
  call: CallId;
  served: LegId;
  queue: QueueId;
  priority: number;
  vipRate: number;
  since: number;
  number: number;
  offered: Set<UserId>;
  refused: Map<UserId, number>;
}

interface KnownAgent {
  session: 'available' | 'paused' | 'logged_out';
  reachable: boolean;
  phone: 'free' | 'reserved' | 'ringing' | 'busy' | 'wrap_up';
  idleSince: number;
}

/** Who did not take a call is asked again when nobody fresh is there; until then not within this time. */
const restMs = 5_000;

export class Oracle {
  readonly faults: string[] = [];
  readonly #directory: Directory;
  readonly #legs = new Map<LegId, KnownLeg>();
  readonly #waiting = new Map<CallId, Waiting>();
  readonly #agents = new Map<UserId, KnownAgent>();
  readonly #transferred = new Set<CallId>();
  readonly #inQueueCare = new Set<CallId>();
  readonly #live = new Set<CallId>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  hear(event: Event): void {
    switch (event.type) {
      case 'call.created':
        this.#live.add(event.call);
        return;
      case 'leg.created': {
        const user = event.party.kind === 'agent' ? event.party.user : null;
        const { call, side } = event;
        if (this.#legs.has(event.leg)) this.#fault(event, 'a leg is created twice');
        this.#legs.set(event.leg, { call, user, side, open: true, released: false, closes: 0 });
        return;
      }
      case 'leg.release_asked':
        this.#leg(event.leg).released = true;
        return;
      case 'leg.closed': {
        const leg = this.#leg(event.leg);
        if (++leg.closes > 1) this.#fault(event, 'a leg closes twice');
        leg.open = false;
        return;
      }
      case 'call.queued':
        this.#waiting.set(event.call, {
          ...event,
          since: event.at,
          offered: new Set(),
          refused: new Map(),
        });
        return;
      case 'call.offered':
        return this.#offered(event);
      case 'call.offer_ended': {
        const waiting = this.#waiting.get(event.call);
        waiting?.offered.delete(event.user);
        if (event.outcome !== 'lost') waiting?.refused.set(event.user, event.at);
        return;
      }
      case 'call.connected':
        if (this.#inQueueCare.has(event.call)) this.#fault(event, 'a call is connected to a second agent');
        this.#inQueueCare.add(event.call);
        this.#waiting.delete(event.call);
        return;
      case 'call.left_queue':
        this.#inQueueCare.delete(event.call);
        this.#waiting.delete(event.call);
        return;
      case 'transfer.started':
        this.#transferred.add(event.call);
        return;
      case 'call.talking': {
        const agents = event.legs
          .map((leg) => this.#leg(leg))
          .filter(({ user, side }) => user !== null && side === 'callee');
        if (!this.#transferred.has(event.call) && event.legs.length > 2)
          this.#fault(event, 'three talk without a transfer');
        if (this.#inQueueCare.has(event.call) && !this.#transferred.has(event.call) && agents.length > 1)
          this.#fault(event, 'a caller talks to two agents');
        return;
      }
      case 'leg.talking':
        return this.#expectSilence(event);
      case 'call.ended':
        for (const leg of this.#legs.values())
          if (leg.call === event.call && leg.open) this.#fault(event, 'a call ends with an open leg');
        if (!this.#live.delete(event.call)) this.#fault(event, 'a call ends that does not live');
        if (this.#waiting.has(event.call)) this.#fault(event, 'a call ends in a queue');
        return;
      default:
        if (event.type.startsWith('agent.')) this.#agentEvent(event as Extract<Event, { user: UserId }>);
    }
  }

  /** Somebody has the call: nobody else's phone rings on for it, but for one who is consulted. */
  #expectSilence(event: Extract<Event, { type: 'leg.talking' }>): void {
    if (this.#transferred.has(event.call)) return;
    const rings = (leg: KnownLeg) => leg.call === event.call && leg.side === 'callee' && leg.open && !leg.released;
    if ([...this.#legs.values()].filter(rings).length > 1)
      this.#fault(event, 'a phone rings on for a call that is taken');
  }

  /** Nothing may be left. */
  end(): void {
    for (const call of this.#live) this.faults.push(`call ${call} never ended`);
    for (const [id, leg] of this.#legs) if (leg.closes !== 1) this.faults.push(`leg ${id} closed ${leg.closes} times`);
    for (const [user, { phone }] of this.#agents) {
      if (phone !== 'free' && phone !== 'wrap_up') this.faults.push(`agent ${user} is stuck ${phone}`);
    }
  }

  #agentEvent(event: Extract<Event, { user: UserId }>): void {
    const agent = this.#agent(event.user);
    switch (event.type) {
      case 'agent.logged_in':
      case 'agent.resumed':
        agent.session = 'available';
        agent.idleSince = event.at;
        return;
      case 'agent.logged_out':
        agent.session = 'logged_out';
        return;
      case 'agent.paused':
        agent.session = 'paused';
        return;
      case 'agent.phone_reachable':
      case 'agent.phone_unreachable':
        agent.reachable = event.type === 'agent.phone_reachable';
        return;
      case 'agent.reserved':
        agent.phone = 'reserved';
        return;
      case 'agent.ringing':
        agent.phone = 'ringing';
        return;
      case 'agent.calling':
      case 'agent.connected':
        agent.phone = 'busy';
        return;
      case 'agent.released':
        if (agent.phone !== 'ringing' || event.missed) agent.idleSince = event.at;
        agent.phone = event.wrapUpUntil === null ? 'free' : 'wrap_up';
        return;
      case 'agent.wrap_up_ended':
        agent.phone = 'free';
        agent.idleSince = event.at;
        return;
      default:
        return;
    }
  }

  #offered(event: Extract<Event, { type: 'call.offered' }>): void {
    const { user, call } = event;
    const waiting = this.#waiting.get(call);
    const queue = waiting && this.#directory.queues.get(waiting.queue);
    if (!waiting || !queue) return this.#fault(event, 'a call is offered that does not wait');
    if (!queue.users.includes(user)) this.#fault(event, 'an agent is offered a call of a queue that is not his');
    if (!this.#isFree(user)) this.#fault(event, 'an agent is offered a call who is not free');
    for (const [id, leg] of this.#legs) {
      if (id !== event.leg && leg.user === user && leg.open && !leg.released)
        this.#fault(event, 'an agent is offered a call while he has another');
    }
    if (queue.strategy !== 'ring_all' && waiting.offered.size > 0) this.#fault(event, 'a call rings at two agents');
    this.#expectUrgency(event, waiting);
    if (queue.strategy === 'longest_idle') this.#expectLongestIdle(event, waiting, queue);
    waiting.offered.add(user);
  }

  #expectUrgency(event: Extract<Event, { type: 'call.offered' }>, chosen: Waiting): void {
    for (const other of this.#waiting.values()) {
      if (other === chosen || !isBefore(other, chosen) || other.offered.size > 0 || other.refused.has(event.user))
        continue;
      const served = this.#leg(other.served);
      if (!served.open || served.released) continue;
      if (this.#directory.queues.get(other.queue)?.users.includes(event.user))
        this.#fault(event, `call ${other.call} was to be served first`);
    }
  }

  #expectLongestIdle(event: Extract<Event, { type: 'call.offered' }>, waiting: Waiting, queue: QueueSettings): void {
    const chosen = event.user;
    const mayRing = (user: UserId) => {
      const refusedAt = waiting.refused.get(user);
      if (refusedAt === undefined) return true;
      return waiting.refused.has(chosen) && event.at - refusedAt >= restMs;
    };
    for (const other of queue.users) {
      if (other === chosen || !this.#isFree(other) || !mayRing(other)) continue;
      if (this.#agent(other).idleSince < this.#agent(chosen).idleSince || !this.#isFresher(waiting, chosen, other))
        this.#fault(event, `agent ${other} has been idle longer`);
    }
  }

  /** Nobody who refused this call is asked while somebody is there who has not. */
  #isFresher({ refused }: Waiting, chosen: UserId, other: UserId): boolean {
    return !refused.has(chosen) || refused.has(other);
  }

  #isFree(user: UserId): boolean {
    const agent = this.#agent(user);
    return agent.session === 'available' && agent.phone === 'free' && agent.reachable;
  }

  #agent(user: UserId): KnownAgent {
    const known = this.#agents.get(user);
    if (known) return known;
    const agent: KnownAgent = { session: 'logged_out', reachable: false, phone: 'free', idleSince: 0 };
    this.#agents.set(user, agent);
    return agent;
  }

  #leg(id: LegId): KnownLeg {
    const leg = this.#legs.get(id);
    if (!leg) throw new Error(`Leg ${id} was never created.`);
    return leg;
  }

  #fault(event: Event, what: string): void {
    this.faults.push(`${what}: ${JSON.stringify(event)}`);
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.vipRate !== b.vipRate) return a.vipRate > b.vipRate;
  return a.since < b.since;
}
