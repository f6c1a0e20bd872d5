// A running Parley and all who take part in a file's stories. Each story has a desk (a space) of its own, so that
// stories run side by side.
import { Desk, type DeskOptions } from './desk.ts';
import { type Parley, type ParleyOptions, startParley } from './parley.ts';
import { aPhone, type Phone } from './peers/phone.ts';
import { type Callees, type Callers, callees, callers, type SippRun } from './peers/sipp.ts';
import { type Dashboard, openDashboard } from './stream-client.ts';

export class Story {
  readonly parley: Parley;
  readonly #guests: { close(): Promise<void> | void }[] = [];
  #desks = 0;

  private constructor(parley: Parley) {
    this.parley = parley;
  }

  static async begin(options: ParleyOptions): Promise<Story> {
    return new Story(await startParley(options));
  }

  /** All who came go, then the server. */
  async end(): Promise<void> {
    const gone = await Promise.allSettled(this.#guests.map((guest) => guest.close()));
    await this.parley.close();
    for (const leaving of gone) if (leaving.status === 'rejected') throw leaving.reason;
  }

  desk(options: DeskOptions = {}): Promise<Desk> {
    this.#desks += 1;
    return Desk.open(this.parley, { did: `331400000${String(this.#desks).padStart(2, '0')}`, ...options });
  }

  /** The agent's own softphone, registered. */
  phone(desk: Desk, name: string, options: { toneHz?: number; autoAnswer?: boolean } = {}): Promise<Phone> {
    return this.#welcome(desk.phoneOf(name, options));
  }

  /** As `phone`, and the agent is available. */
  async agentAtDesk(desk: Desk, name: string, options: { toneHz?: number; autoAnswer?: boolean } = {}): Promise<Phone> {
    const phone = await this.phone(desk, name, options);
    await desk.state(name, 'available');
    await desk.sees(name, 'free');
    return phone;
  }

  /** Somebody outside with a telephone of his own, whose calls come by the trunk. With `reachedFrom` the desk's SIP
   *  trunk leads to him, and he picks up by himself. */
  outsider(number: string, toneHz: number, reachedFrom?: Desk): Promise<Phone> {
    const reached = reachedFrom ? { port: reachedFrom.trunkPort, autoAnswer: true } : {};
    const server = { port: this.parley.sipPort };
    return this.#welcome(aPhone({ server, username: number, password: null, toneHz, ...reached }));
  }

  /** Somebody outside calls the desk; unless said otherwise he waits for the other side to hang up. */
  caller(desk: Desk, options: Partial<Callers> = {}): Promise<SippRun> {
    const to = { port: this.parley.sipPort, number: desk.did };
    return this.#welcome(callers({ to, from: '33611223344', talkForMs: null, ...options }));
  }

  /** People outside whom the desk's SIP trunk leads to. */
  callees(desk: Desk, options: Callees = {}): Promise<SippRun> {
    return this.#welcome(callees({ port: desk.trunkPort, ...options }));
  }

  dashboard(
    desk: Desk,
    kind: { client: 2 | 4; transport: 'websocket' | 'polling'; since?: number } = { client: 4, transport: 'websocket' },
  ): Promise<Dashboard> {
    return this.#welcome(openDashboard(this.parley.url, desk.supervisor, kind));
  }

  async #welcome<Guest extends { close(): Promise<void> | void }>(coming: Promise<Guest>): Promise<Guest> {
    const guest = await coming;
    this.#guests.push(guest);
    return guest;
  }
}
