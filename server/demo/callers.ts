// The demo's life: sandbox callers ring in, agents take pauses and place calls, so that the stream moves. A fixed round
// of scenes, a few live calls at most, until the server stops.
import type { Directory } from '../domain/directory.ts';
import type { SpaceId, UserId } from '../domain/ids.ts';
import type { Request } from '../domain/requests.ts';
import { isAppError } from '../errors.ts';
import type { Centre } from '../flows/centre.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { demo } from './space.ts';

const sceneEveryMs = 4_000;
const mostLiveCalls = 8;

export interface DemoLifeOptions {
  space: SpaceId;
  centre: Centre;
  directory: () => Directory | undefined;
  clock: Clock;
  background: Background;
  log: Log;
}

type Scene =
  /** `digits`: pressed so long after he was answered. */
  | { do: 'ring'; to: string; from: string; name: string; forS: number; digits?: { atMs: number; digits: string }[] }
  | { do: 'pause' | 'resume' | 'call'; agent: string };

const scenes: readonly Scene[] = [
  { do: 'ring', to: demo.did, from: '33612345601', name: 'Camille Roux', forS: 25 },
  { do: 'ring', to: demo.did, from: '33612345602', name: 'Jan Nowak', forS: 35 },
  { do: 'ring', to: '33140000001', from: '442071234503', name: 'Grace Hill', forS: 20 },
  { do: 'ring', to: demo.did, from: '33612345604', name: 'Léa Martin', forS: 3 },
  { do: 'pause', agent: 'demo-pawel' },
  {
    do: 'ring',
    to: demo.ivrDid,
    from: '33612345609',
    name: 'Yara Costa',
    forS: 35,
    digits: [{ atMs: 6_000, digits: '2' }],
  },
  { do: 'ring', to: demo.routeDid, from: '33612345605', name: 'Nora Berg', forS: 15 },
  { do: 'ring', to: demo.did, from: '48221234506', name: 'Zofia Wójcik', forS: 30 },
  { do: 'call', agent: 'demo-sam' },
  { do: 'ring', to: demo.did, from: '33612345607', name: 'Omar Diallo', forS: 40 },
  { do: 'resume', agent: 'demo-pawel' },
  {
    do: 'ring',
    to: demo.ivrDid,
    from: '48221234510',
    name: 'Marek Lis',
    forS: 40,
    digits: [
      { atMs: 4_000, digits: '31234' },
      { atMs: 20_000, digits: '1' },
    ],
  },
  { do: 'ring', to: '33140000001', from: '33612345608', name: 'Inès Petit', forS: 20 },
];

export class DemoLife {
  readonly #options: DemoLifeOptions;
  #scene = 0;
  #stopped = false;

  constructor(options: DemoLifeOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const user of this.#agents()) await this.#try({ ask: 'setAgentState', user, state: 'available', pause: null });
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): void {
    if (this.#stopped) return;
    const scene = scenes[this.#scene++ % scenes.length];
    if (scene) this.#options.background.run('play a demo scene', this.#play(scene));
    this.#options.clock.after(sceneEveryMs, () => this.#next());
  }

  async #play(scene: Scene): Promise<void> {
    const { centre, space } = this.#options;
    if (scene.do === 'ring') {
      if (centre.liveCalls(space) >= mostLiveCalls) return;
      const { to, from, name, forS, digits = [] } = scene;
      await this.#unlessRefused(
        centre.ringIn(space, { from, fromName: name, to, digits, hangUpAfterMs: forS * 1_000 }),
      );
      return;
    }
    const user = this.#userNamed(scene.agent);
    if (user === undefined) return;
    if (scene.do === 'call') await this.#try({ ask: 'placeCall', user, to: '33170000008', origin: 'pushcall' });
    else if (scene.do === 'pause') await this.#try({ ask: 'setAgentState', user, state: 'paused', pause: 'user0' });
    else await this.#try({ ask: 'setAgentState', user, state: 'available', pause: null });
  }

  async #try(request: Request): Promise<void> {
    await this.#unlessRefused(this.#options.centre.request(this.#options.space, request));
  }

  /** The database or Asterisk may be away, an agent busy, a phone deleted by a curious newcomer: the show goes on. */
  async #unlessRefused(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#options.log.debug({ code: error.code }, 'a demo scene was refused');
    }
  }

  #agents(): UserId[] {
    const directory = this.#options.directory();
    return directory
      ? [...directory.users.values()].filter((user) => user.role === 'agent').map((user) => user.id)
      : [];
  }

  #userNamed(username: string): UserId | undefined {
    for (const user of this.#options.directory()?.users.values() ?? []) if (user.username === username) return user.id;
    return undefined;
  }
}
