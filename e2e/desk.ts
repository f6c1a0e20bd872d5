// A small contact centre in a running Parley, set up through REST alone.
import type { Parley } from './parley.ts';
import { aPhone, type Phone } from './peers/phone.ts';
import { freeUdpPort } from './peers/ports.ts';

export interface DeskOptions {
  /** First names; each gets a user and a phone extension: 101, 102 … */
  agents?: readonly string[];
  /** Those whose phone nobody holds (it answers by itself). */
  sandboxAgents?: readonly string[];
  queue?: Readonly<Record<string, unknown>>;
  space?: Readonly<Record<string, unknown>>;
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
  spaceId = 0;
  queueId = 0;
  trunkId = 0;
  sandboxTrunkId = 0;
  /** Where the trunk's calls come from: SIPp's own port. */
  trunkPort = 0;
  supervisor = { username: '', password: 'supervisor-password' };
  readonly agents = new Map<string, DeskAgent>();

  constructor(parley: Parley) {
    this.parley = parley;
  }

  static async open(parley: Parley, options: DeskOptions = {}): Promise<Desk> {
    const desk = new Desk(parley);
    const { agents = ['Ana'], sandboxAgents = [], queue = {}, space = {} } = options;
    const { id } = await desk.post('/spaces', {
      name: 'Desk',
      code: '000',
      username: `desk-${Date.now()}`,
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
        dids: [{ number: did, extension_number: '200' }],
      })
    ).id;
    desk.sandboxTrunkId = (
      await desk.post('/trunks', {
        name: 'Sandbox',
        type: 'sandbox',
        outbound: true,
        calls_per_second: 100,
        dids: [{ number: '33199000000', extension_number: '200' }],
      })
    ).id;
    return desk;
  }

  async #hire(name: string, sandbox: boolean): Promise<void> {
    const number = String(101 + this.agents.size);
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

  agentState(name: string): Promise<{ state: string; pause_id: string | null; phone: string; call_id: string | null }> {
    return this.parley.rest('GET', `/agents/${this.agent(name).userId}/state`);
  }

  async calls(): Promise<RestCall[]> {
    return (await this.parley.rest<{ items: RestCall[] }>('GET', `/calls?space_id=${this.spaceId}`)).items;
  }

  async timeline(call: string): Promise<{ type: string; at: string }[]> {
    return (await this.parley.rest<{ items: { type: string; at: string }[] }>('GET', `/calls/${call}/timeline`)).items;
  }

  /** A sandbox caller rings in. */
  async ringIn(call: { from?: string; to?: string; hang_up_after_s?: number } = {}): Promise<string> {
    const { call_id } = await this.post<{ call_id: string }>('/sandbox/calls', {
      from: '33611223344',
      to: '33199000000',
      ...call,
    });
    return call_id;
  }
}

export interface RestCall {
  id: string;
  number: number;
  state: string;
  queue_id: number | null;
  user_id: number | null;
  outcome: string | null;
  legs: { dialog_uuid: string; side: string; party: string; state: string; close_cause: string | null }[];
}
