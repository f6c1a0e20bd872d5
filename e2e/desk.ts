// A small contact centre in a running Parley, set up through REST alone.
import { eventually, type Parley } from './parley.ts';
import { aPhone, type Phone } from './peers/phone.ts';
import { freeUdpPort } from './peers/ports.ts';

export interface DeskOptions {
  /** First names; each gets a user and a phone extension: 101, 102 … */
  agents?: readonly string[];
  /** Those whose phone nobody holds (it answers by itself). */
  sandboxAgents?: readonly string[];
  queue?: Readonly<Record<string, unknown>>;
  space?: Readonly<Record<string, unknown>>;
  /** The trunk by which calls to outside leave. */
  outboundBy?: 'sandbox' | 'carrier';
  /** By which the SIP trunk's calls come in; in one Parley each desk needs its own. */
  did?: string;
}

export interface DeskAgent {
  userId: number;
  extensionId: number;
  number: string;
  sip: { username: string; password: string } | null;
}

export const did = '33140000000';

/** One space with a queue behind a SIP trunk (our own SIPp) and a sandbox trunk. */
export class Desk {
  readonly parley: Parley;
  readonly did: string;
  spaceId = 0;
  queueId = 0;
  trunkId = 0;
  sandboxTrunkId = 0;
  /** Where the trunk's calls come from: SIPp's own port. */
  trunkPort = 0;
  supervisor = { username: '', password: 'supervisor-password' };
  readonly agents = new Map<string, DeskAgent>();

  constructor(parley: Parley, ownDid: string) {
    this.parley = parley;
    this.did = ownDid;
  }

  static async open(parley: Parley, options: DeskOptions = {}): Promise<Desk> {
    const desk = new Desk(parley, options.did ?? did);
    const { agents = ['Ana'], sandboxAgents = [], queue = {}, space = {}, outboundBy = 'sandbox' } = options;
    const { id } = await desk.post('/spaces', {
      name: 'Desk',
      code: '000',
      username: `desk-${desk.did}`,
      time_zone: 'Europe/Paris',
      ...space,
    });
    desk.spaceId = id;
    for (const name of [...agents, ...sandboxAgents]) await desk.#hire(name, sandboxAgents.includes(name));
    desk.supervisor.username = `supervisor-${id}`;
    await desk.post('/users', { ...desk.supervisor, firstname: 'Sofia', surname: 'Lind', role: 'supervisor' });
    const userIds = [...desk.agents.values()].map((agent) => agent.userId);
    desk.queueId = (await desk.post('/queues', { name: 'Support', user_ids: userIds, ...queue })).id;
    await desk.post('/extensions', { number: '200', type: 'queue', queue_id: desk.queueId });
    desk.trunkPort = await freeUdpPort();
    desk.trunkId = (
      await desk.post('/trunks', {
        name: 'Carrier',
        type: 'sip',
        host: '127.0.0.1',
        port: desk.trunkPort,
        outbound: outboundBy === 'carrier',
        calls_per_second: 100,
        dids: [{ number: desk.did, extension_number: '200' }],
      })
    ).id;
    desk.sandboxTrunkId = (
      await desk.post('/trunks', {
        name: 'Sandbox',
        type: 'sandbox',
        outbound: outboundBy === 'sandbox',
        calls_per_second: 100,
        dids: [{ number: '33199000000', extension_number: '200' }],
      })
    ).id;
    return desk;
  }

  async #hire(name: string, sandbox: boolean): Promise<void> {
    // 101, 102 … as far as the queue’s 200, then 1101 …
    const number = String(this.agents.size < 90 ? 101 + this.agents.size : 1_011 + this.agents.size);
    const username = `${name.toLowerCase()}-${this.spaceId}`;
    const user = { username, password: 'agent-password', firstname: name, surname: 'Agent', role: 'agent' };
    const { id: userId } = await this.post('/users', user);
    const phone = await this.post<{ id: number; username: string; password: string }>('/extensions', {
      number,
      type: 'phone',
      user_id: userId,
      sandbox,
    });
    const sip = sandbox ? null : { username: phone.username, password: phone.password };
    this.agents.set(name, { userId, extensionId: phone.id, number, sip });
  }

  post<Body = { id: number }>(path: string, body: object): Promise<Body> {
    return this.parley.rest<Body>('POST', path, { space_id: this.spaceId || undefined, ...body });
  }

  agent(name: string): DeskAgent {
    const agent = this.agents.get(name);
    if (!agent) throw new Error(`No agent ${name}.`);
    return agent;
  }

  /** A softphone, registered with the agent's own credentials. */
  async phoneOf(name: string, options: { toneHz?: number; autoAnswer?: boolean } = {}): Promise<Phone> {
    const { sip } = this.agent(name);
    if (!sip) throw new Error(`${name}'s phone is a sandbox phone.`);
    return aPhone({ server: { port: this.parley.sipPort }, ...sip, ...options });
  }

  async state(name: string, state: 'available' | 'paused' | 'logged_out', pauseId?: string): Promise<void> {
    const body = pauseId === undefined ? { state } : { state, pause_id: pauseId };
    await this.parley.rest('PUT', `/agents/${this.agent(name).userId}/state`, body);
  }

  agentState(name: string): Promise<AgentState> {
    return this.parley.rest('GET', `/agents/${this.agent(name).userId}/state`);
  }

  /** Waits until the agent's phone is so. */
  async sees(name: string, phone: AgentState['phone'], limitMs = 10_000): Promise<AgentState> {
    return eventually(
      `${name}'s phone is ${phone}`,
      async () => {
        const state = await this.agentState(name);
        return state.phone === phone && state;
      },
      limitMs,
    );
  }

  /** Waits until there is a call that is so; what is listed follows what happens. */
  async call(is: (call: RestCall) => boolean, limitMs = 15_000): Promise<RestCall> {
    return eventually(`there is a call of which ${is.toString()}`, async () => (await this.calls()).find(is), limitMs);
  }

  /** Waits for the call's end. Without `id`: the only call there has been. */
  async endOf(id?: string, limitMs = 15_000): Promise<RestCall> {
    return this.call((call) => call.state === 'ended' && (id === undefined || call.id === id), limitMs);
  }

  /** Live and past ones, the newest first. */
  async calls(): Promise<RestCall[]> {
    return (await this.parley.rest<{ items: RestCall[] }>('GET', `/calls?space_id=${this.spaceId}`)).items;
  }

  async timeline(call: string): Promise<TimelineItem[]> {
    return (await this.parley.rest<{ items: TimelineItem[] }>('GET', `/calls/${call}/timeline`)).items;
  }

  /** A sandbox caller rings in. */
  async ringIn(call: SandboxCall = {}): Promise<string> {
    const { call_id } = await this.post<{ call_id: string }>('/sandbox/calls', {
      from: '33611223344',
      to: '33199000000',
      ...call,
    });
    return call_id;
  }
}

/** As POST /sandbox/calls takes it. */
export interface SandboxCall {
  from?: string;
  from_name?: string;
  to?: string;
  digits?: { at_ms: number; digits: string }[];
  hang_up_after_s?: number;
}

export interface AgentState {
  state: 'available' | 'paused' | 'logged_out';
  pause_id: string | null;
  phone: 'free' | 'ringing' | 'calling' | 'connected' | 'wrap_up' | 'unreachable';
  call_id: string | null;
}

/** An event of the call, with its data. */
export interface TimelineItem extends Record<string, unknown> {
  type: string;
  at: string;
}

export interface RestCall {
  id: string;
  number: number;
  direction: string;
  origin: string;
  from: string;
  to: string;
  state: string;
  queue_id: number | null;
  user_id: number | null;
  outcome: string | null;
  recording: string | null;
  legs: RestLeg[];
}

export interface RestLeg {
  dialog_uuid: string;
  side: 'caller' | 'callee';
  party: 'external' | 'agent' | 'phone';
  number: string;
  user_id: number | null;
  state: string;
  close_cause: string | null;
  talk_s: number | null;
}
