// What time brings to campaigns, once a second: reservations and results that are overdue, attempts whose call never
// came to be, events that the journal has not got, and the calls that the server starts by itself.
import { callsToStart } from '../../domain/campaigns/pacing.ts';
import type { Directory } from '../../domain/directory.ts';
import type { CallId, SpaceId, UserId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { readCampaignCalls } from '../../store/campaign-calls.ts';
import {
  attemptsSince,
  lockRequest,
  releaseExpired,
  untoldRequests,
  usersWithRequests,
  withoutResult,
} from '../../store/campaign-requests.ts';
import { readCampaign, runningProgressive } from '../../store/campaigns.ts';
import type { RequestRow } from '../../store/request-rows.ts';
import type { Centre } from '../centre.ts';
import type { CampaignDesk } from './desk.ts';
import { closeRequest, type Surroundings, tryAgain } from './endings.ts';
import { tell } from './telling.ts';

const everyMs = 1_000;
/** A call that was asked for is in the journal by then, or never will be: an append's statement ends after 5 s, with the
 *  server that asked for it alive or not. */
const journalledWithinMs = 20_000;

export interface CampaignKeeperOptions {
  db: Database;
  journal: Pick<Journal, 'append' | 'readStream'>;
  centre: Pick<Centre, 'request' | 'agent'>;
  desk: CampaignDesk;
  directories: { of(space: SpaceId): Directory | undefined; spaces(): SpaceId[] };
  clock: Clock;
  background: Background;
  log: Log;
}

type Campaigning = Awaited<ReturnType<typeof runningProgressive>>[number];

export class CampaignKeeper {
  readonly #options: CampaignKeeperOptions;
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: CampaignKeeperOptions) {
    this.#options = options;
  }

  /** A round every second from now on. */
  start(): void {
    const { clock, background } = this.#options;
    this.#timer = clock.after(everyMs, () => {
      this.#running = this.#round();
      background.run('look after campaigns', this.#running);
    });
  }

  async #round(): Promise<void> {
    await this.look();
    if (!this.#stopped) this.start();
  }

  /** Begins nothing more; resolves when what has begun is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await Promise.allSettled([this.#running]);
  }

  /** Soon, because something has ended. */
  wake(): void {
    this.#options.background.run(
      'tell the journal of requests',
      this.#unless(() => this.#tellUntold()),
    );
  }

  /** One round. What fails in it does not keep the rest from its turn. */
  async look(): Promise<void> {
    const { db, clock } = this.#options;
    await this.#unless(() => releaseExpired(db, clock.now()));
    await this.#unless(() => this.#closeOverdue());
    await this.#unless(() => this.#endLost());
    await this.#unless(() => this.#tellUntold());
    await this.#unless(() => this.#startCalls());
  }

  /** The database may be away; the next round comes. A bug is told and does not end the rounds. */
  async #unless(work: () => Promise<unknown>): Promise<void> {
    if (this.#stopped) return;
    try {
      await work();
    } catch (error) {
      const { log } = this.#options;
      if (isAppError(error, 'database.unavailable')) log.debug({ err: error }, 'campaigns wait for the database');
      else log.error({ err: error }, 'looking after campaigns failed');
    }
  }

  /** They have talked, and nobody has said what came of it: it is not called again. */
  async #closeOverdue(): Promise<void> {
    const { db, directories, clock } = this.#options;
    for (const row of await withoutResult(db, directories.spaces(), clock.now())) {
      await this.#end(row, 'wrap_up', (tx, locked, around) => closeRequest(tx, locked, 'no_result', around));
    }
  }

  async #endLost(): Promise<void> {
    const { db, directories, clock, journal, desk, log } = this.#options;
    const attempts = await attemptsSince(db, directories.spaces(), clock.now() - journalledWithinMs);
    for (const space of new Set(attempts.map((row) => row.space_id as SpaceId))) {
      const here = attempts.filter((row) => row.space_id === space && !desk.isAsking(row.call_id as CallId));
      const followed = await readCampaignCalls(
        db,
        space,
        here.map((row) => row.call_id as CallId),
      );
      const known = new Set(followed.map((call) => call.call_id));
      for (const row of here) {
        if (known.has(row.call_id as CallId)) continue;
        if ((await journal.readStream(space, `call:${row.call_id}`)).length > 0) continue;
        log.warn({ request: row.id, call: row.call_id }, 'an attempt whose call never came to be');
        await this.#end(row, 'calling', (tx, locked, around) => tryAgain(tx, locked, 'failed', around));
      }
    }
  }

  /** If it is still as it was seen. */
  async #end(
    seen: RequestRow,
    state: RequestRow['state'],
    change: (tx: Transaction, row: RequestRow, around: Surroundings) => Promise<RequestRow>,
  ): Promise<void> {
    const { db, directories, clock } = this.#options;
    const space = seen.space_id as SpaceId;
    const directory = directories.of(space);
    const ended = await db.transaction(async (tx) => {
      const campaign = await readCampaign(tx, space, seen.campaign_id);
      const row = await lockRequest(tx, seen.id, { space, campaign: seen.campaign_id });
      if (!campaign || !directory || row?.state !== state || row.call_id !== seen.call_id) return undefined;
      return await change(tx, row, { campaign, directory, at: clock.now() });
    });
    if (ended) await tell(this.#options, ended);
  }

  async #tellUntold(): Promise<void> {
    const { db, directories } = this.#options;
    for (const row of await untoldRequests(db, directories.spaces())) await tell(this.#options, row);
  }

  async #startCalls(): Promise<void> {
    const { db, directories } = this.#options;
    const running = await runningProgressive(db, directories.spaces());
    for (const space of new Set(running.map((one) => one.space))) {
      const busy = await usersWithRequests(db, space);
      for (const one of running.filter((each) => each.space === space)) await this.#startCallsOf(one, busy);
    }
  }

  /** The longest idle first. Whoever got a call is busy for the campaigns after this one. */
  async #startCallsOf({ space, campaign }: Campaigning, busy: Set<UserId>): Promise<void> {
    const { centre, desk } = this.#options;
    const free = campaign.users
      .map((user) => centre.agent(space, user))
      .filter((agent) => agent !== undefined)
      .filter((agent) => agent.state === 'available' && agent.phone === 'free' && !busy.has(agent.user))
      .sort((one, other) => one.since - other.since);
    const place = { space, campaign: campaign.id };
    for (const { user } of free.slice(0, callsToStart(campaign.dialingMethod, { freeAgents: free.length }))) {
      try {
        const { id } = await desk.next(place, user);
        busy.add(user);
        await desk.call(place, id, user).catch(async (error: unknown) => {
          if (isAppError(error)) await desk.release(place, id, user).catch(ignoreRefusal);
          throw error;
        });
      } catch (error) {
        if (!isAppError(error)) throw error;
        // Of the campaign, not of the agent: the others would be told the same.
        if (ofCampaign.has(error.code)) return;
      }
    }
  }
}

const ofCampaign: ReadonlySet<string> = new Set([
  'campaign.no_callable_contact',
  'campaign.not_running',
  'voice.engine_down',
  'database.unavailable',
  'call.no_trunk',
  'server.draining',
]);

/** It was closed, or is being looked after: not reserved any more. */
function ignoreRefusal(error: unknown): void {
  if (!isAppError(error)) throw error;
}
