// What consultants ask of a campaign: the next request, its call, its result. Order of writes of a call, so that no crash
// dials twice for one attempt:
//
//   1  the row: calling, with the id that the call will have         (commit)
//   2  the journal: call.created with that id                        (the floor's append)
//   3  the engine is told                                            (the floor, after its append)
//   4  the row: what became of it, by the follower of the journal    (commit)
//
// Dead after 1: the journal does not know the call, so nothing was dialled; the keeper ends that attempt as failed.
// Dead after 2 or 3: the floor finds the call in its journal and ends it if the engine has not got it; never a second dial.
import type { Campaign } from '../../domain/campaigns/campaign.ts';
import { type MayCall, mayCall } from '../../domain/campaigns/schedule.ts';
import type { PlacedAttempt } from '../../domain/campaigns/campaign.ts';
import { zonesOfNumber } from '../../domain/campaigns/zones.ts';
import type { Directory } from '../../domain/directory.ts';
import { type CallId, type Instant, instant, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { Reply } from '../../domain/requests.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import {
  beginAttempt,
  findRequest,
  isSecondReservation,
  lockRequest,
  nextDue,
  type Place,
  release,
  releaseExpired,
  reservedFor,
  undoAttempt,
} from '../../store/campaign-requests.ts';
import { readCampaign } from '../../store/campaigns.ts';
import { forbiddenAmong } from '../../store/dnc.ts';
import { requestOf, type RequestRow } from '../../store/request-rows.ts';
import type { Centre } from '../centre.ts';
import { type Amendment, amendRequest, removeByHand } from './amending.ts';
import { campaignCallOf, trunkOf } from './attempt-facts.ts';
import { callBack, closeRequest, tryAgain } from './endings.ts';
import { pickNext } from './picking.ts';
import { tell } from './telling.ts';

export interface CampaignDeskOptions {
  db: Database;
  journal: Pick<Journal, 'append' | 'readStream'>;
  centre: Pick<Centre, 'request' | 'agent'>;
  directory: (space: SpaceId) => Directory | undefined;
  clock: Clock;
  newCallId: () => CallId;
  /** The follower's: what the journal says by now is in the rows. */
  caughtUp: () => Promise<void>;
  /** The call lives, and its consultant has not hung up. */
  consultantIsIn: (space: SpaceId, call: CallId) => boolean;
  background: Background;
}

const callEndsWithinMs = 2_000;
const lookAgainMs = 20;

export interface Result {
  result: string;
  callbackAt: Instant | null;
  callbackUser: UserId | null;
}

export class CampaignDesk {
  readonly #options: CampaignDeskOptions;
  /** Calls that have been asked for and not answered yet: their journal may still be written. */
  readonly #asking = new Set<CallId>();

  constructor(options: CampaignDeskOptions) {
    this.#options = options;
  }

  isAsking(call: CallId): boolean {
    return this.#asking.has(call);
  }

  /** Reserved for him; the one that he has taken already, if he has not used it. Rejects with `campaign.not_running`,
   *  `campaign.not_consultant`, `campaign.no_callable_contact`. */
  async next(place: Place, user: UserId): Promise<RequestRow> {
    const { db, clock } = this.#options;
    const campaign = await this.#campaign(db, place);
    requireRunning(campaign);
    requireConsultant(campaign, user);
    await releaseExpired(db, clock.now());
    const row = (await reservedFor(db, place, user)) ?? (await this.#pick(place, campaign, user));
    if (row) return row;
    const due = await nextDue(db, place);
    const when = due === null ? 'and none rests' : `the next is due at ${new Date(due).toISOString()}`;
    throw new AppError('campaign.no_callable_contact', `Nobody of this campaign may be called now, ${when}.`);
  }

  /** The consultant's phone rings, then the contact is dialled. Rejects as `callContact` does, and with `campaign.…`. */
  async call(place: Place, request: string, user: UserId): Promise<PlacedAttempt> {
    const { newCallId, db, clock } = this.#options;
    const { space } = place;
    const directory = this.#directory(space);
    const call = newCallId();
    this.#asking.add(call);
    try {
      const { row, campaign } = await this.#begin(place, request, user, call);
      const undo = () => {
        const until = clock.now() + campaign.reservationMs;
        return undoAttempt(db, request, place, { call, until });
      };
      const reply = await this.#ask(space, { user, call, row, campaign, directory }).catch(async (error) => {
        if (isRefusal(error)) await undo();
        throw error;
      });
      if (reply.call === null || reply.leg === null) {
        await undo();
        throw new AppError('server.draining', 'The server takes no more calls.');
      }
      return { call: reply.call, leg: reply.leg };
    } finally {
      this.#asking.delete(call);
    }
  }

  /** The consultant's result. `by` null: an administrator's. Rejects with `campaign.no_result_due`. */
  async close(place: Place, request: string, result: Result, by: UserId | null): Promise<RequestRow> {
    const { db, clock } = this.#options;
    await this.#endOfCall(place, request);
    const row = await db.transaction(async (tx) => {
      const campaign = await this.#campaign(tx, place);
      const locked = await this.#locked(tx, place, request);
      requireResultDue(locked, by);
      if (result.callbackUser !== null) requireConsultant(campaign, result.callbackUser);
      const around = { campaign, directory: this.#directory(place.space), at: clock.now() };
      if (result.result === 'callback' && result.callbackAt !== null) {
        return await callBack(tx, locked, { at: result.callbackAt, user: result.callbackUser });
      }
      if (result.result === 'retry') return await tryAgain(tx, locked, 'retry', around);
      return await closeRequest(tx, locked, result.result, around);
    });
    this.#tell(row);
    return row;
  }

  /** He hangs up and gives his result at once: the end of the call may still be on its way to the row. */
  async #endOfCall(place: Place, request: string): Promise<void> {
    const { db, clock, caughtUp, consultantIsIn } = this.#options;
    const until = clock.now() + callEndsWithinMs;
    for (;;) {
      const row = await findRequest(db, request, place);
      if (row?.state !== 'calling' || row.call_id === null || clock.now() >= until) return;
      const goesOn = consultantIsIn(place.space, row.call_id);
      await caughtUp();
      if (goesOn) return;
      await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve));
    }
  }

  /** Back to the others, without a call. */
  async release(place: Place, request: string, user: UserId): Promise<RequestRow> {
    const { db } = this.#options;
    const released = await release(db, request, place, user);
    const row = await findRequest(db, request, place);
    if (!row) throw notThere();
    if (!released) throw new AppError('campaign.not_reserved', 'The request is not reserved for that user.');
    return row;
  }

  /** Whom to call and when. Rejects with `campaign.request_not_waiting`, and as `given` does. */
  amend(place: Place, request: string, amendment: Amendment): Promise<RequestRow> {
    return amendRequest(this.#options, place, request, amendment);
  }

  /** Without a word to anybody but the audit. Rejects with `campaign.request_not_waiting`. */
  remove(place: Place, request: string, note: Amendment['note']): Promise<void> {
    return removeByHand(this.#options, place, request, note);
  }

  /** Why not now: the answer of the rule that decides. `user` null: whoever it would be. */
  async why(place: Place, request: string, user: UserId | null): Promise<MayCall> {
    const { db } = this.#options;
    const campaign = await this.#campaign(db, place);
    const row = await findRequest(db, request, place);
    if (!row) throw notThere();
    const doNotCall = (await forbiddenAmong(db, place.space, place.campaign, [row.number])).has(row.number);
    return this.#mayCall(row, campaign, user, doNotCall);
  }

  async #pick(place: Place, campaign: Campaign, user: UserId): Promise<RequestRow | undefined> {
    const { db, clock } = this.#options;
    const directory = this.#directory(place.space);
    try {
      const { taken, closed } = await pickNext(db, place, {
        ...{ campaign, directory, user, now: clock.now() },
        may: this.#ruleFor(campaign, user),
      });
      for (const row of closed) this.#tell(row);
      return taken;
    } catch (error) {
      if (isSecondReservation(error)) return await reservedFor(db, place, user);
      throw error;
    }
  }

  /** Steps 2 and 3. */
  async #ask(
    space: SpaceId,
    about: { user: UserId; call: CallId; row: RequestRow; campaign: Campaign; directory: Directory },
  ): Promise<Reply> {
    const { user, call, row, campaign, directory } = about;
    const asked = campaignCallOf(row, campaign, directory, user);
    return await this.#options.centre.request(space, { ask: 'callContact', user, campaign: asked, call });
  }

  /** Step 1. */
  async #begin(
    place: Place,
    request: string,
    user: UserId,
    call: CallId,
  ): Promise<{ row: RequestRow; campaign: Campaign }> {
    const { db, clock } = this.#options;
    const begun = await db.transaction(async (tx) => {
      const campaign = await this.#campaign(tx, place);
      requireConsultant(campaign, user);
      const row = await this.#locked(tx, place, request);
      requireReserved(row, user, clock.now());
      requireRunning(campaign);
      this.#requireLoggedIn(place.space, user);
      const doNotCall = (await forbiddenAmong(tx, place.space, place.campaign, [row.number])).has(row.number);
      if (doNotCall) {
        const around = { campaign, directory: this.#directory(place.space), at: clock.now() };
        return { is: 'forbidden' as const, row: await closeRequest(tx, row, 'do_not_call', around), campaign };
      }
      requireCallable(this.#mayCall(row, campaign, user, doNotCall));
      await beginAttempt(tx, request, place, { call, now: clock.now() });
      return { is: 'begun' as const, row, campaign };
    });
    if (begun.is === 'begun') return begun;
    this.#tell(begun.row);
    throw new AppError('campaign.do_not_call', 'The number is on a do-not-call list; the request is closed.');
  }

  #mayCall(row: RequestRow, campaign: Campaign, user: UserId | null, doNotCall: boolean): MayCall {
    const directory = this.#directory(row.space_id as SpaceId);
    return mayCall(requestOf(row), campaign, {
      now: this.#options.clock.now(),
      user,
      spaceZone: directory.space.timeZone,
      contactZones: contactZonesOf(row, campaign),
      doNotCall,
      sandbox: trunkOf(campaign, directory)?.type === 'sandbox',
    });
  }

  /** For requests that wait, are due, and are not another's: then only the schedule differs, and thousands have the same,
   *  whose next opening takes a while to find. */
  #ruleFor(campaign: Campaign, user: UserId): (row: RequestRow, forbidden: boolean) => MayCall {
    const known = new Map<string, MayCall>();
    return (row, forbidden) => {
      if (forbidden) return this.#mayCall(row, campaign, user, forbidden);
      const { process_date, process_from_date, process_to_date, process_day } = row;
      const { process_time, process_from_time, process_to_time, process_hours } = row;
      const same = JSON.stringify([
        ...[process_date, process_from_date, process_to_date, process_day],
        ...[process_time, process_from_time, process_to_time, process_hours, contactZonesOf(row, campaign)],
      ]);
      const answer = known.get(same) ?? this.#mayCall(row, campaign, user, forbidden);
      known.set(same, answer);
      return answer;
    };
  }

  #requireLoggedIn(space: SpaceId, user: UserId): void {
    const agent = this.#options.centre.agent(space, user);
    if (!agent || agent.state === 'logged_out') {
      throw new AppError('agent.logged_out', 'The consultant is logged out; no call was made.');
    }
  }

  #directory(space: SpaceId): Directory {
    const directory = this.#options.directory(space);
    if (!directory) throw notThere();
    return directory;
  }

  async #campaign(db: Transaction, { space, campaign: id }: Place): Promise<Campaign> {
    const campaign = await readCampaign(db, space, id);
    if (!campaign) throw notThere();
    return campaign;
  }

  async #locked(tx: Transaction, place: Place, request: string): Promise<RequestRow> {
    const row = await lockRequest(tx, request, place);
    if (!row) throw notThere();
    return row;
  }

  #tell(row: RequestRow): void {
    this.#options.background.run('tell the journal of a request', tell(this.#options, row));
  }
}

function contactZonesOf({ number }: RequestRow, { hours }: Campaign): readonly string[] {
  return hours?.clock === 'contact' ? zonesOfNumber(number) : [];
}

const notThere = () => new AppError('request.not_found', 'There is no such thing here.');

/** Refused before anything was written. Whether a call was made before any other error is unknown: the keeper finds out. */
function isRefusal(error: unknown): boolean {
  return isAppError(error) && error.code !== 'database.unavailable' && error.code !== 'internal';
}

function requireRunning({ state }: Campaign): void {
  if (state !== 'running') throw new AppError('campaign.not_running', `The campaign is ${state}; no call was made.`);
}

function requireConsultant({ users }: Campaign, user: UserId): void {
  if (users.includes(user)) return;
  throw new AppError('campaign.not_consultant', `User ${user} is no consultant of this campaign.`, {
    errors: [{ path: 'user_id', message: 'is no consultant of this campaign' }],
  });
}

function requireReserved(row: RequestRow, user: UserId, now: Instant): void {
  if (row.state === 'calling' && row.user_id === user) {
    throw new AppError('campaign.in_call', 'The request is being called already; no second call was made.');
  }
  const his = row.state === 'reserved' && row.user_id === user && row.limit_at! > now;
  if (!his) throw new AppError('campaign.not_reserved', 'The request is not reserved for that user; no call was made.');
}

function requireCallable(answer: MayCall): void {
  if (answer.ok) return;
  const until = answer.until === null ? '' : `, until ${new Date(answer.until).toISOString()}`;
  throw new AppError(
    'campaign.not_now',
    `The contact may not be called now (${answer.why}${until}); no call was made.`,
  );
}

/** After a talk, or instead of a call that he does not want to make. */
function requireResultDue(row: RequestRow, by: UserId | null): void {
  const due = row.state === 'wrap_up' || row.state === 'reserved';
  if (!due) throw new AppError('campaign.no_result_due', `The request waits for no result: it is ${row.state}.`);
  if (by !== null && row.user_id !== by) {
    throw new AppError('request.forbidden', 'The request belongs to another consultant.');
  }
}

export const momentOf = (iso: string): Instant => instant(Date.parse(iso));
