// Requests of campaigns: found in the order in which they are to be called, and moved from state to state. Every move
// says which state it expects, so that of two who want the same one gets it.
import pg from 'pg';
import type { NewRequest } from '../../contract/rest/requests.ts';
import type { SpaceId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { type RequestRow, requestColumns } from './request-rows.ts';

export interface Place {
  space: SpaceId;
  campaign: string;
}

const instantOf = (parameter: string) => `to_timestamp(${parameter}::bigint / 1000.0)`;

export async function findRequest(db: Transaction, id: string, campaign: Place): Promise<RequestRow | undefined> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = $3`;
  return (await db.query<RequestRow>({ name: 'requests-find', text }, [campaign.space, campaign.campaign, id])).rows[0];
}

/** Locked until the transaction ends. */
export async function lockRequest(tx: Transaction, id: string, campaign: Place): Promise<RequestRow | undefined> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = $3 for update`;
  return (await tx.query<RequestRow>({ name: 'requests-lock', text }, [campaign.space, campaign.campaign, id])).rows[0];
}

/** By id. `user`: only those that he holds, or that only he may take. */
export async function listRequests(
  db: Transaction,
  { space, campaign }: Place,
  slice: { after: string; limit: number; state: string | null; user: UserId | null },
): Promise<RequestRow[]> {
  const { rows } = await db.query<RequestRow>(
    `select ${requestColumns} from campaign_requests r
      where r.space_id = $1 and r.campaign_id = $2 and r.id > $3
        and ($4::text is null or r.state = $4) and ($5::int is null or r.user_id = $5 or r.assigned_user_id = $5)
      order by r.id limit $6`,
    [space, campaign, slice.after, slice.state, slice.user, slice.limit],
  );
  return rows;
}

/** Those whose rest is over wait like the others from now on. Some thousand at a time. */
export async function unpark(db: Transaction, { space, campaign }: Place, now: number): Promise<number> {
  const text = `update campaign_requests set parked = false
                 where space_id = $1 and campaign_id = $2 and id in (
                   select id from campaign_requests
                    where space_id = $1 and campaign_id = $2 and state = 'waiting' and parked and due_at <= ${instantOf('$3')}
                    order by due_at limit 5000 for update skip locked)`;
  return (await db.query({ name: 'requests-unpark', text }, [space, campaign, now])).rowCount ?? 0;
}

export interface Candidate extends RequestRow {
  /** On a list of the space or the campaign. */
  forbidden: boolean;
}

const candidate = (where: string, order: string) =>
  `(select r.*, ${order.startsWith('callback') ? 0 : 1} as rank from campaign_requests r
     where r.space_id = $1 and r.campaign_id = $2 and r.state = 'waiting' and not r.parked and ${where}
     order by ${order} limit $4)`;

const byAge = 'priority desc, created_at, id';
const byPromise = 'callback_at, id';
const candidatesSql = `
  select ${requestColumns}, exists (select from do_not_call d where d.space_id = r.space_id and d.number = r.number
                                       and d.campaign_id in ('', r.campaign_id)) as forbidden
    from (${[
      candidate('r.callback_at is not null and coalesce(r.callback_user_id, 0) = $3', byPromise),
      candidate('r.callback_at is not null and coalesce(r.callback_user_id, 0) = 0', byPromise),
      candidate('r.callback_at is null and coalesce(r.assigned_user_id, 0) = $3', byAge),
      candidate('r.callback_at is null and coalesce(r.assigned_user_id, 0) = 0', byAge),
    ].join(' union all ')}) r
   order by r.rank, (r.rank = 0 and r.callback_user_id is null), case when r.rank = 0 then r.callback_at end,
            r.priority desc, r.created_at, r.id
   limit $4`;

/** The next ones for that user: call-backs promised by him, then anyone's, then by priority and age. */
export async function nextCandidates(
  db: Transaction,
  { space, campaign }: Place,
  user: UserId,
  limit: number,
): Promise<Candidate[]> {
  const sql = { name: 'requests-candidates', text: candidatesSql };
  return (await db.query<Candidate>(sql, [space, campaign, user, limit])).rows;
}

/** The first of `ids` that still waits and that nobody else is taking. A second one of that user breaks
 *  campaign_requests_reserved. */
export async function reserveFirst(
  tx: Transaction,
  { space, campaign }: Place,
  { ids, user, until }: { ids: readonly string[]; user: UserId; until: number },
): Promise<RequestRow | undefined> {
  const text = `update campaign_requests r
                   set state = 'reserved', user_id = $4, limit_at = ${instantOf('$5')}, reservation_try = r.reservation_try + 1
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = (
                   select id from campaign_requests
                    where space_id = $1 and campaign_id = $2 and id = any($3) and state = 'waiting'
                    order by array_position($3, id) limit 1 for update skip locked)
                 returning ${requestColumns}`;
  const { rows } = await tx.query<RequestRow>({ name: 'requests-reserve', text }, [space, campaign, ids, user, until]);
  return rows[0];
}

/** What he has taken and not used yet. */
export async function reservedFor(
  db: Transaction,
  { space, campaign }: Place,
  user: UserId,
): Promise<RequestRow | undefined> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = $1 and r.campaign_id = $2 and r.user_id = $3 and r.state = 'reserved'`;
  return (await db.query<RequestRow>({ name: 'requests-reserved', text }, [space, campaign, user])).rows[0];
}

/** Those of the space who hold a request in any state between: they get no other call. */
export async function usersWithRequests(db: Transaction, space: SpaceId): Promise<Set<UserId>> {
  const text = `select distinct user_id from campaign_requests
                 where space_id = $1 and state in ('reserved', 'calling', 'wrap_up')`;
  const { rows } = await db.query<{ user_id: UserId }>({ name: 'requests-holders', text }, [space]);
  return new Set(rows.map((row) => row.user_id));
}

/** They wait, and are looked at again at `dueAt`. */
export async function park(
  db: Transaction,
  { space, campaign }: Place,
  rests: readonly { id: string; dueAt: number }[],
): Promise<void> {
  const text = `update campaign_requests r set parked = true, due_at = to_timestamp(rest.due_at / 1000.0)
                  from unnest($3::text[], $4::bigint[]) as rest (id, due_at)
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = rest.id and r.state = 'waiting' and not r.parked`;
  const values = [space, campaign, rests.map(({ id }) => id), rests.map(({ dueAt }) => dueAt)];
  await db.query({ name: 'requests-park', text }, values);
}

/** Reservations that were not used in time go back, of all spaces. */
export async function releaseExpired(db: Transaction, now: number): Promise<number> {
  const text = `update campaign_requests set state = 'waiting', user_id = null, limit_at = null
                 where state = 'reserved' and limit_at <= ${instantOf('$1')}`;
  return (await db.query({ name: 'requests-release-expired', text }, [now])).rowCount ?? 0;
}

export async function release(db: Transaction, id: string, { space, campaign }: Place, user: UserId): Promise<boolean> {
  const text = `update campaign_requests set state = 'waiting', user_id = null, limit_at = null
                 where space_id = $1 and campaign_id = $2 and id = $3 and state = 'reserved' and user_id = $4`;
  return (await db.query({ name: 'requests-release', text }, [space, campaign, id, user])).rowCount === 1;
}

/** Under the lock of the row: an attempt begins, with the call that it will have. */
export async function beginAttempt(
  tx: Transaction,
  id: string,
  { space, campaign }: Place,
  attempt: { call: string; now: number },
): Promise<void> {
  const text = `update campaign_requests
                   set state = 'calling', attempt = attempt + 1, call_id = $4, calling_since = ${instantOf('$5')}, limit_at = null
                 where space_id = $1 and campaign_id = $2 and id = $3`;
  await tx.query({ name: 'requests-begin-attempt', text }, [space, campaign, id, attempt.call, attempt.now]);
}

/** The attempt never came to be: it is reserved as before. */
export async function undoAttempt(
  db: Transaction,
  id: string,
  { space, campaign }: Place,
  attempt: { call: string; until: number },
): Promise<void> {
  const text = `update campaign_requests
                   set state = 'reserved', attempt = attempt - 1, call_id = null, calling_since = null, limit_at = ${instantOf('$5')}
                 where space_id = $1 and campaign_id = $2 and id = $3 and state = 'calling' and call_id = $4`;
  await db.query({ name: 'requests-undo-attempt', text }, [space, campaign, id, attempt.call, attempt.until]);
}

/** Attempts begun before `before`, whose outcome is not known yet. */
export async function attemptsSince(
  db: Transaction,
  spaces: readonly SpaceId[],
  before: number,
): Promise<RequestRow[]> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = any($1) and r.state = 'calling' and r.calling_since <= ${instantOf('$2')}`;
  return (await db.query<RequestRow>({ name: 'requests-attempts', text }, [spaces, before])).rows;
}

export async function lockRequestOfCall(
  tx: Transaction,
  space: SpaceId,
  call: string,
): Promise<RequestRow | undefined> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = $1 and r.call_id = $2 and r.state = 'calling' for update`;
  return (await tx.query<RequestRow>({ name: 'requests-lock-of-call', text }, [space, call])).rows[0];
}

/** Conversations whose result did not come in time. */
export async function withoutResult(db: Transaction, spaces: readonly SpaceId[], now: number): Promise<RequestRow[]> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = any($1) and r.state = 'wrap_up' and r.limit_at <= ${instantOf('$2')} limit 500`;
  return (await db.query<RequestRow>({ name: 'requests-without-result', text }, [spaces, now])).rows;
}

/** What a step of a request's life changes, under the lock of its row. `untold`: events for its stream. */
export type RequestChange = Partial<
  Pick<
    RequestRow,
    | 'state'
    | 'parked'
    | 'due_at'
    | 'rest_until'
    | 'callback_at'
    | 'callback_user_id'
    | 'consultant_try'
    | 'contact_try'
    | 'outcomes'
    | 'user_id'
    | 'limit_at'
    | 'result'
    | 'closed_at'
    | 'untold'
  >
>;

export async function changeRequest(tx: Transaction, row: RequestRow, change: RequestChange): Promise<RequestRow> {
  const next = { ...row, ...change };
  const text = `update campaign_requests r
                   set state = $4, parked = $5, due_at = ${instantOf('$6')}, callback_at = ${instantOf('$7')},
                       callback_user_id = $8, consultant_try = $9, contact_try = $10, outcomes = $11, user_id = $12,
                       limit_at = ${instantOf('$13')}, result = $14, closed_at = ${instantOf('$15')}, untold = $16,
                       rest_until = ${instantOf('$17')}
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = $3
                 returning ${requestColumns}`;
  const { rows } = await tx.query<RequestRow>({ name: 'requests-change', text }, [
    ...[row.space_id, row.campaign_id, row.id],
    ...[next.state, next.parked, next.due_at, next.callback_at, next.callback_user_id],
    ...[next.consultant_try, next.contact_try, JSON.stringify(next.outcomes), next.user_id],
    ...[next.limit_at, next.result, next.closed_at, next.untold && JSON.stringify(next.untold)],
    next.rest_until,
  ]);
  return rows[0]!;
}

/** What somebody says of a request, once it is checked. */
export interface GivenRequest {
  request: NewRequest;
  /** E.164 digits. */
  number: string;
}

/** Under the lock of a row that waits: whom to call, and when. It is looked at again as soon as it does not rest. */
export async function replaceRequest(
  tx: Transaction,
  row: RequestRow,
  { request, number }: GivenRequest,
  about: { now: number; priority: number },
): Promise<RequestRow> {
  const notBefore = request.process_not_before === undefined ? row.created_at : Date.parse(request.process_not_before);
  const dueAt = Math.max(notBefore, row.rest_until ?? 0);
  const text = `update campaign_requests r
                   set contact_number = $4, number = $5, name = $6, contact_info = $7, contact_identifier = $8, case_id = $9,
                       case_group = $10, case_state = $11, priority = $12, process_not_before = ${instantOf('$13')},
                       process_date = $14, process_from_date = $15, process_to_date = $16, process_day = $17,
                       process_time = $18, process_from_time = $19, process_to_time = $20, process_hours = $21,
                       assigned_user_id = $22, custom = $23, due_at = ${instantOf('$24')}, parked = $25
                 where r.space_id = $1 and r.campaign_id = $2 and r.id = $3
                 returning ${requestColumns}`;
  const { rows } = await tx.query<RequestRow>({ name: 'requests-replace', text }, [
    ...[row.space_id, row.campaign_id, row.id],
    ...[request.contact_number, number, request.name, request.contact_info, request.contact_identifier],
    ...[request.case_id, request.case_group, request.case_state, request.priority ?? about.priority, notBefore],
    ...[request.process_date, request.process_from_date, request.process_to_date, request.process_day],
    ...[request.process_time, request.process_from_time, request.process_to_time, request.process_hours],
    ...[request.assigned_user_id, request.custom === null ? null : JSON.stringify(request.custom)],
    ...[dueAt, dueAt > about.now],
  ]);
  return rows[0]!;
}

/** With what is known of its calls. */
export async function removeRequest(tx: Transaction, row: RequestRow): Promise<void> {
  const { space_id, campaign_id, id } = row;
  await tx.query(
    { name: 'requests-remove-calls', text: 'delete from campaign_calls where space_id = $1 and request_id = $2' },
    [space_id, id],
  );
  await tx.query(
    {
      name: 'requests-remove',
      text: 'delete from campaign_requests where space_id = $1 and campaign_id = $2 and id = $3',
    },
    [space_id, campaign_id, id],
  );
}

/** Rows with an event that the journal has not got yet. */
export async function untoldRequests(db: Transaction, spaces: readonly SpaceId[]): Promise<RequestRow[]> {
  const text = `select ${requestColumns} from campaign_requests r
                 where r.space_id = any($1) and r.untold is not null limit 500`;
  return (await db.query<RequestRow>({ name: 'requests-untold', text }, [spaces])).rows;
}

/** The journal has the first `count` of them, after version `before` of the request's stream. */
export async function markTold(db: Transaction, row: RequestRow, before: number, count: number): Promise<void> {
  const text = `update campaign_requests
                   set stream_version = $4 + $5,
                       untold = (select jsonb_agg(event order by place)
                                   from jsonb_array_elements(untold) with ordinality as told (event, place) where place > $5)
                 where space_id = $1 and campaign_id = $2 and id = $3 and stream_version = $4`;
  await db.query({ name: 'requests-told', text }, [row.space_id, row.campaign_id, row.id, before, count]);
}

/** When the next of those that rest is to be looked at again; null: none rests. Epoch ms. */
export async function nextDue(db: Transaction, { space, campaign }: Place): Promise<number | null> {
  const text = `select (extract(epoch from min(due_at)) * 1000)::bigint as due_at from campaign_requests
                 where space_id = $1 and campaign_id = $2 and state = 'waiting' and parked`;
  return (await db.query<{ due_at: number | null }>({ name: 'requests-next-due', text }, [space, campaign])).rows[0]!
    .due_at;
}

/** Has the same user just been given another one? */
export function isSecondReservation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'campaign_requests_reserved';
}
