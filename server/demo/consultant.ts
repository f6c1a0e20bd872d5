// The demo's consultant works the campaign off as a person would: takes the next contact, calls, talks a while, hangs up,
// gives a result, and again.
import type { LegId, SpaceId, UserId } from '../domain/ids.ts';
import { isAppError } from '../errors.ts';
import type { CampaignDesk } from '../flows/campaigns/desk.ts';
import type { Centre } from '../flows/centre.ts';
import type { Background } from '../platform/background.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { findRequest } from '../store/campaign-requests.ts';

const looksEveryMs = 3_000;
const talksForMs = 9_000;

export interface DemoConsultantOptions {
  db: Database;
  desk: CampaignDesk;
  centre: Centre;
  space: SpaceId;
  campaign: string;
  user: UserId;
  clock: Clock;
  background: Background;
  log: Log;
}

export class DemoConsultant {
  readonly #options: DemoConsultantOptions;
  #timer: Timer | null = null;
  #current: { request: string; leg: LegId } | null = null;

  constructor(options: DemoConsultantOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, background } = this.#options;
    this.#timer = clock.after(looksEveryMs, () => {
      this.start();
      background.run('work as the demo consultant', this.#look());
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Nothing due, the campaign paused, the database or Asterisk away, something deleted: the next look comes. */
  async #look(): Promise<void> {
    try {
      await (this.#current === null ? this.#begin() : this.#goOn(this.#current));
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#options.log.debug({ code: error.code }, 'the demo consultant was refused');
    }
  }

  async #begin(): Promise<void> {
    const { desk, space, campaign, user } = this.#options;
    const { id } = await desk.next({ space, campaign }, user);
    const { leg } = await desk.call({ space, campaign }, id, user);
    this.#current = { request: id, leg };
  }

  async #goOn({ request, leg }: { request: string; leg: LegId }): Promise<void> {
    const { db, desk, centre, space, campaign, user, clock } = this.#options;
    const row = await findRequest(db, request, { space, campaign });
    if (row?.state === 'calling') {
      const agent = centre.agent(space, user);
      const talksEnough = agent?.phone === 'connected' && clock.now() - agent.since >= talksForMs;
      if (talksEnough) await centre.request(space, { ask: 'hangUp', leg });
      return;
    }
    this.#current = null;
    if (row?.state !== 'wrap_up') return;
    await desk.close({ space, campaign }, request, { result: 'retry', callbackAt: null, callbackUser: null }, user);
  }
}
