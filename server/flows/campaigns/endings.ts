// The steps by which a request's attempt ends, each a change of its row, in the transaction that holds its lock. What the
// journal must be told of it is kept in the same row (`untold`) and appended after the commit (telling.ts).
import type { AttemptEnd } from '../../domain/campaigns/attempt.ts';
import type { AttemptOutcome, Campaign } from '../../domain/campaigns/campaign.ts';
import { afterAttempt } from '../../domain/campaigns/retries.ts';
import type { Directory } from '../../domain/directory.ts';
import { after as later, type Instant, type SpaceId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import { callsOfRequest } from '../../store/campaign-calls.ts';
import { changeRequest, type RequestChange } from '../../store/campaign-requests.ts';
import { requestOf, type RequestRow } from '../../store/request-rows.ts';
import { consultantRetryOf, requestClosedOf } from './attempt-facts.ts';

export interface Surroundings {
  campaign: Campaign;
  directory: Directory;
  at: Instant;
}

const free: RequestChange = { user_id: null, limit_at: null };
const restingUntil = (at: Instant): RequestChange => ({ state: 'waiting', parked: true, due_at: at, rest_until: at });

export async function endAttempt(
  tx: Transaction,
  row: RequestRow,
  ended: AttemptEnd,
  around: Surroundings,
): Promise<RequestRow> {
  const { campaign, at } = around;
  switch (ended.end) {
    case 'talked':
      return await changeRequest(tx, row, { state: 'wrap_up', limit_at: later(at, campaign.dispositionMs) });
    case 'consultant_not_reached':
      return await consultantNotReached(tx, row, around);
    case 'contact_not_reached':
      return await tryAgain(tx, row, ended.outcome, around);
    default:
      return ended satisfies never;
  }
}

/** By the retry rules: later, or never more. */
export async function tryAgain(
  tx: Transaction,
  row: RequestRow,
  outcome: AttemptOutcome | 'retry',
  around: Surroundings,
): Promise<RequestRow> {
  const after = afterAttempt(around.campaign.retry, requestOf(row), outcome, around.at);
  const { outcomes } = after;
  if (after.next === 'close') return await closeRequest(tx, row, after.result, around, { outcomes });
  return await changeRequest(tx, row, {
    ...free,
    ...restingUntil(after.at),
    ...{ outcomes, contact_try: row.contact_try + 1 },
    ...{ callback_at: null, callback_user_id: null },
  });
}

export async function callBack(
  tx: Transaction,
  row: RequestRow,
  promise: { at: Instant; user: number | null },
): Promise<RequestRow> {
  return await changeRequest(tx, row, {
    ...free,
    ...restingUntil(promise.at),
    callback_at: promise.at,
    callback_user_id: promise.user as RequestRow['callback_user_id'],
    // Without a talk before it, the next attempt is still the same one.
    contact_try: row.contact_try + (row.state === 'wrap_up' ? 1 : 0),
  });
}

export async function closeRequest(
  tx: Transaction,
  row: RequestRow,
  result: string,
  { campaign, directory, at }: Surroundings,
  change: RequestChange = {},
): Promise<RequestRow> {
  const calls = await callsOfRequest(tx, row.space_id as SpaceId, row.id);
  const closed = requestClosedOf(row, { campaign, directory, user: row.user_id, calls, at });
  return await changeRequest(tx, row, {
    ...change,
    ...{ state: 'closed', parked: false, result, closed_at: at, limit_at: null },
    untold: [...(row.untold ?? []), closed],
  });
}

async function consultantNotReached(tx: Transaction, row: RequestRow, around: Surroundings): Promise<RequestRow> {
  const { campaign, directory, at } = around;
  const calls = await callsOfRequest(tx, row.space_id as SpaceId, row.id);
  const next: RequestRow = { ...row, consultant_try: row.consultant_try + 1 };
  const event = consultantRetryOf(next, { campaign, directory, user: row.user_id!, calls, at });
  return await changeRequest(tx, row, {
    ...free,
    ...restingUntil(later(at, campaign.retry.consultantDelayMs)),
    ...{ consultant_try: next.consultant_try, untold: [...(row.untold ?? []), event] },
  });
}
