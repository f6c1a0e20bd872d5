// Twenty calls at once in every state, for the stories in which something is killed: two pairs of real telephones and
// six of the sandbox talk, one agent's telephone rings, eleven callers wait, one of them with a real telephone.
import type { Desk } from './desk.ts';
import { eventually } from './parley.ts';
import type { Phone } from './peers/phone.ts';
import type { Story } from './story.ts';
import { type Dashboard, openDashboard, type Update } from './stream-client.ts';

export const crowdSize = 20;
const sandboxAgents = ['Sam', 'Sid', 'Sue', 'Sol', 'Sia', 'Sky'] as const;
export const crowdAgents = ['Ana', 'Ben', 'Cleo', ...sandboxAgents] as const;

export interface Crowd {
  desk: Desk;
  /** She (600 Hz) talks with `caller` (1000 Hz). */
  ana: Phone;
  caller: Phone;
  /** His telephone rings (700 Hz). */
  ben: Phone;
  /** She (800 Hz) talks with `other` (1200 Hz). */
  cleo: Phone;
  other: Phone;
  /** Waits in the queue. */
  waiting: Phone;
}

export async function aCrowd(story: Story): Promise<Crowd> {
  const desk = await story.desk({ agents: ['Ana', 'Ben', 'Cleo'], sandboxAgents, queue: { ring_timeout_s: 60 } });
  const [ana, ben, cleo, caller, other, waiting] = await Promise.all([
    story.phone(desk, 'Ana', { toneHz: 600 }),
    story.phone(desk, 'Ben', { toneHz: 700 }),
    story.phone(desk, 'Cleo', { toneHz: 800 }),
    story.outsider('33611000001', 1_000),
    story.outsider('33611000002', 1_200),
    story.outsider('33611000003', 1_400),
  ]);
  await talk(desk, 'Ana', ana, caller);
  await talk(desk, 'Cleo', cleo, other);
  for (const name of sandboxAgents) {
    await desk.state(name, 'available');
    await desk.ringIn();
    await desk.sees(name, 'connected');
  }
  await desk.state('Ben', 'available');
  await desk.ringIn();
  await ben.rings();
  await waiting.dials(desk.did);
  await waiting.talks(); // A queued call is answered, with music.
  for (let more = 0; more < 10; more++) await desk.ringIn();
  await eventually('all wait', async () => (await live(desk)).length === crowdSize);
  return { desk, ana, caller, ben, cleo, other, waiting };
}

async function talk(desk: Desk, name: string, agent: Phone, caller: Phone): Promise<void> {
  await desk.state(name, 'available');
  await caller.dials(desk.did);
  await agent.answers();
  await caller.talks();
}

export async function live(desk: Desk) {
  return (await desk.calls()).filter((call) => call.state !== 'ended');
}

/** Everybody logs out and all calls are hung up by REST; then nobody is in a call, and no call lives. */
export async function endAll(desk: Desk): Promise<void> {
  for (const name of desk.agents.keys()) await desk.state(name, 'logged_out');
  for (const { legs } of await live(desk)) {
    const leg = legs.find((one) => one.close_cause === null);
    // 404: it has ended by itself meanwhile.
    if (leg) await desk.parley.ask('PUT', `/dialogs/${leg.dialog_uuid}/hangup`);
  }
  await eventually('all calls have ended', async () => (await live(desk)).length === 0);
  for (const name of desk.agents.keys()) {
    await eventually(`${name} has no call`, async () => (await desk.agentState(name)).call_id === null);
  }
}

/** A supervisor who comes back with `since` whenever the stream was lost. */
export class Follower {
  readonly #desk: Desk;
  readonly #client: 2 | 4;
  #dashboard: Dashboard | null = null;
  readonly #before: Update[] = [];

  constructor(desk: Desk, client: 2 | 4) {
    this.#desk = desk;
    this.#client = client;
  }

  /** All that was told so far, over all connections. */
  get updates(): Update[] {
    return [...this.#before, ...(this.#dashboard?.updates ?? [])];
  }

  async connect(): Promise<void> {
    this.leave();
    const since = this.updates.at(-1)?.cpt ?? 0;
    const how = { client: this.#client, transport: this.#client === 2 ? 'polling' : 'websocket', since } as const;
    this.#dashboard = await openDashboard(this.#desk.parley.url, this.#desk.supervisor, how);
  }

  leave(): void {
    const dashboard = this.#dashboard;
    this.#dashboard = null;
    dashboard?.close();
    this.#before.push(...(dashboard?.updates ?? []));
  }
}

/** What a follower got over all its connections, against the whole story read anew: a sentence for each difference. */
export async function streamFaults(desk: Desk, followers: readonly Follower[]): Promise<string[]> {
  const anew = new Follower(desk, 4);
  await anew.connect();
  const faults: string[] = [];
  await eventually('all were told as much as one who reads the whole story anew', async () =>
    [...followers, anew].every(({ updates }) => updates.length > 0 && updates.length === anew.updates.length),
  );
  for (const follower of [...followers, anew]) {
    const told = follower.updates;
    told.forEach(({ cpt, event }, at) => {
      if (cpt !== at + 1) faults.push(`update ${at + 1} is numbered ${cpt}`);
      const original = anew.updates.find((update) => update.cpt === cpt);
      if (JSON.stringify(original?.event) !== JSON.stringify(event)) faults.push(`update ${cpt} was another one`);
    });
  }
  anew.leave();
  return faults;
}
