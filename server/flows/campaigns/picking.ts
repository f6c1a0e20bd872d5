// Finds the next request that may be called and reserves it. Those that may not are put to rest until they may, so that
// each is looked at once and not at every question.
import type { Campaign } from '../../domain/campaigns/campaign.ts';
import type { MayCall } from '../../domain/campaigns/schedule.ts';
import type { Directory } from '../../domain/directory.ts';
import { type Instant, instant, type UserId } from '../../domain/ids.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import {
  type Candidate,
  lockRequest,
  nextCandidates,
  park,
  type Place,
  reserveFirst,
  unpark,
} from '../../store/campaign-requests.ts';
import type { RequestRow } from '../../store/request-rows.ts';
import { closeRequest } from './endings.ts';

/** At first few, for usually the very first one is callable; more when it was not. */
const firstLook = 20;
const furtherLooks = 500;
/** Nobody waits longer: the next question goes on from there. */
const mostLooks = 40;
/** Each is a step of its own: a million that have expired are not closed at one question. */
const mostClosed = 500;
/** For a request that may never be called as it stands, unless somebody changes the campaign. */
const restMs = 86_400_000;

export interface Picking {
  campaign: Campaign;
  directory: Directory;
  user: UserId;
  now: Instant;
  may: (row: RequestRow, forbidden: boolean) => MayCall;
}

export async function pickNext(
  db: Database,
  place: Place,
  picking: Picking,
): Promise<{ taken: RequestRow | undefined; closed: RequestRow[] }> {
  await unpark(db, place, picking.now);
  const closed: RequestRow[] = [];
  for (let look = 0; look < mostLooks; look++) {
    const candidates = await nextCandidates(db, place, picking.user, look === 0 ? firstLook : furtherLooks);
    if (candidates.length === 0) break;
    const sorted = sort(candidates, picking);
    const step = await db.transaction(async (tx) => {
      await park(tx, place, sorted.resting);
      return {
        closed: await closeAll(tx, place, sorted.closing, picking),
        taken: await reserveFirst(tx, place, {
          ids: sorted.callable,
          user: picking.user,
          until: picking.now + picking.campaign.reservationMs,
        }),
      };
    });
    closed.push(...step.closed);
    if (step.taken || closed.length >= mostClosed) return { taken: step.taken, closed };
  }
  return { taken: undefined, closed };
}

interface Sorted {
  callable: string[];
  resting: { id: string; dueAt: Instant }[];
  closing: { id: string; result: 'do_not_call' | 'expired' }[];
}

function sort(candidates: readonly Candidate[], { may, now }: Picking): Sorted {
  const sorted: Sorted = { callable: [], resting: [], closing: [] };
  for (const row of candidates) {
    const { id } = row;
    const answer = may(row, row.forbidden);
    if (answer.ok) sorted.callable.push(id);
    else if (answer.why === 'do_not_call') sorted.closing.push({ id, result: 'do_not_call' });
    else if (answer.over) sorted.closing.push({ id, result: 'expired' });
    else sorted.resting.push({ id, dueAt: answer.until ?? instant(now + restMs) });
  }
  return sorted;
}

async function closeAll(
  tx: Transaction,
  place: Place,
  closing: Sorted['closing'],
  { campaign, directory, now }: Picking,
): Promise<RequestRow[]> {
  const closed: RequestRow[] = [];
  for (const { id, result } of closing) {
    const row = await lockRequest(tx, id, place);
    if (row?.state === 'waiting') closed.push(await closeRequest(tx, row, result, { campaign, directory, at: now }));
  }
  return closed;
}
