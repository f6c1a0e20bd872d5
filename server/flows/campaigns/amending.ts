// A request that somebody changes or removes by hand: only while nobody works on it, so that a consultant calls whom he
// has seen.
import { AppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import {
  findRequest,
  type GivenRequest,
  lockRequest,
  type Place,
  removeRequest,
  replaceRequest,
} from '../../store/campaign-requests.ts';
import type { RequestRow } from '../../store/request-rows.ts';
import { tell } from './telling.ts';

export interface AmendingParts {
  db: Database;
  journal: Pick<Journal, 'append' | 'readStream'>;
  clock: Clock;
}

export interface Amendment {
  /** Asked under the row's lock; nothing is changed when it rejects. */
  given(tx: Transaction, row: RequestRow): Promise<GivenRequest>;
  /** Of a request that names no other: its campaign's. */
  priority: number;
  /** Commits together with the change. */
  note(tx: Transaction): Promise<void>;
}

export async function amendRequest(
  { db, clock }: AmendingParts,
  place: Place,
  request: string,
  { given, priority, note }: Amendment,
): Promise<RequestRow> {
  return await db.transaction(async (tx) => {
    const row = await lockedRequest(tx, place, request);
    if (row.state !== 'waiting') throw notWaiting(row);
    const changed = await replaceRequest(tx, row, await given(tx, row), { now: clock.now(), priority });
    await note(tx);
    return changed;
  });
}

/** Also a closed one, once the journal has all that became of it. */
export async function removeByHand(
  parts: AmendingParts,
  place: Place,
  request: string,
  note: Amendment['note'],
): Promise<void> {
  const { db } = parts;
  const before = await findRequest(db, request, place);
  if (before) await tell(parts, before);
  await db.transaction(async (tx) => {
    const row = await lockedRequest(tx, place, request);
    if (row.state !== 'waiting' && row.state !== 'closed') throw notWaiting(row);
    if (row.untold) {
      throw new AppError('request.conflict', 'What became of the request is just being written down; ask again.');
    }
    await removeRequest(tx, row);
    await note(tx);
  });
}

async function lockedRequest(tx: Transaction, place: Place, request: string): Promise<RequestRow> {
  const row = await lockRequest(tx, request, place);
  if (!row) throw new AppError('request.not_found', 'There is no such thing here.');
  return row;
}

function notWaiting({ state, user_id }: RequestRow): AppError {
  const why =
    state === 'closed'
      ? 'closed; what has been told of it stays as it is'
      : `${state} by user ${user_id}; it can be changed when it waits again`;
  return new AppError('campaign.request_not_waiting', `The request is ${why}.`);
}
