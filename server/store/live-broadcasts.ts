// Broadcasts as the sender sees them: those of which something is still to be sent or cancelled.
import type { Hours } from '../../contract/rest/hours.ts';
import type { CallingHours } from '../domain/campaigns/campaign.ts';
import type { Media } from '../domain/contacts/events.ts';
import type { Pace } from '../domain/contacts/pacing.ts';
import type { RetryRules } from '../domain/contacts/retry.ts';
import type { BroadcastId, Instant, SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { hoursOf } from './hours.ts';

export type LiveState = 'scheduled' | 'running' | 'paused' | 'cancelled';

export interface LiveBroadcast {
  id: BroadcastId;
  space: SpaceId;
  media: Media;
  state: LiveState;
  sender: string | null;
  text: string;
  hours: CallingHours | null;
  /** By which hours its contacts were put off last; null: nobody has looked at them yet. */
  putOffBy: string | null;
  priority: number;
  /** It has a rate: one process at a time claims its contacts. */
  paced: boolean;
  /** Reports may tell RECEIVED and ANSWERED of its MMS and mails. */
  extended: boolean;
  retry: RetryRules;
}

interface LiveRow {
  id: BroadcastId;
  space_id: SpaceId;
  media: Media;
  state: LiveState;
  sender: string | null;
  content: { text: string | null };
  hours: Hours | null;
  put_off_by: string | null;
  paced: boolean;
  priority: number;
  max_attempts: number;
  retry: { delays_s: number[]; undelivered: boolean };
  extended: boolean;
  resend_unknown: boolean;
}

const columns = `b.id, b.space_id, b.media, b.state, b.sender, b.content, b.hours, b.put_off_by, b.priority, b.max_attempts, b.retry,
  b.extended, b.resend_unknown, b.rate_per_s is not null as paced`;
const live = `b.ended_at is null and b.state in ('scheduled', 'running', 'paused', 'cancelled')`;

/** Of the highest priority first. */
export async function liveBroadcasts(db: Transaction): Promise<LiveBroadcast[]> {
  const sql = {
    name: 'broadcasts.live',
    text: `select ${columns} from broadcasts b where ${live} order by b.priority desc, b.started_at, b.id`,
  };
  return (await db.query<LiveRow>(sql)).rows.map(liveOf);
}

/** In whatever state. Those that there are. */
export async function broadcastsOfIds(
  db: Transaction,
  space: SpaceId,
  ids: readonly BroadcastId[],
): Promise<Map<BroadcastId, LiveBroadcast>> {
  const sql = {
    name: 'broadcasts.of_ids',
    text: `select ${columns} from broadcasts b where b.space_id = $1 and b.id = any($2)`,
  };
  const { rows } = await db.query<LiveRow>(sql, [space, ids]);
  return new Map(rows.map((row) => [row.id, liveOf(row)]));
}

/** Its state and pace; nobody pauses or cancels it before the transaction has ended. */
export async function holdLive(
  tx: Transaction,
  { space, id, paced }: LiveBroadcast,
): Promise<({ state: string } & Pace) | undefined> {
  const text = `select b.state, b.rate_per_s as "ratePerS",
                       (extract(epoch from b.paced_until) * 1000)::float8 as "pacedUntil"
                  from broadcasts b where b.space_id = $1 and b.id = $2`;
  const sql = paced
    ? { name: 'broadcasts.hold_alone', text: `${text} for no key update` }
    : { name: 'broadcasts.hold', text: `${text} for share` };
  return (await tx.query<{ state: string } & Pace>(sql, [space, id])).rows[0];
}

export async function setPace(
  tx: Transaction,
  { space, id }: { space: SpaceId; id: BroadcastId },
  pacedUntil: Instant,
): Promise<void> {
  const text = `update broadcasts set paced_until = to_timestamp($3::float8 / 1000.0) where space_id = $1 and id = $2`;
  await tx.query({ name: 'broadcasts.pace', text }, [space, id, pacedUntil]);
}

export async function setPutOffBy(
  db: Transaction,
  { space, id }: { space: SpaceId; id: BroadcastId },
  hours: string,
): Promise<void> {
  const text = 'update broadcasts set put_off_by = $3 where space_id = $1 and id = $2';
  await db.query({ name: 'broadcasts.put_off_by', text }, [space, id, hours]);
}

/** Those whose time has come run. */
export async function startScheduled(db: Transaction, now: Instant): Promise<number> {
  const text = `update broadcasts set state = 'running', started_at = coalesce(started_at, to_timestamp($1::bigint / 1000.0))
                 where state = 'scheduled' and starts_at <= to_timestamp($1::bigint / 1000.0)`;
  return (await db.query({ name: 'broadcasts.start_scheduled', text }, [now])).rowCount ?? 0;
}

/** A running one of which nothing waits or is under way is done; a cancelled one has ended. True: it has. */
export async function endIfFinished(
  db: Database,
  { space, id }: { space: SpaceId; id: BroadcastId },
  now: Instant,
): Promise<boolean> {
  const left = (state: 'waiting' | 'taken') =>
    `exists (select from broadcast_contacts c where c.space_id = $1 and c.broadcast_id = $2 and c.state = '${state}')`;
  const text = `update broadcasts b
                   set state = case b.state when 'running' then 'done' else b.state end,
                       ended_at = to_timestamp($3::bigint / 1000.0)
                 where b.space_id = $1 and b.id = $2 and b.state in ('running', 'cancelled') and b.ended_at is null
                   and not ${left('waiting')} and not ${left('taken')}`;
  return await db.transaction(async (tx) => {
    // First the lock, then the look: an import that held it has committed its contacts.
    await lockBroadcast(tx, space, id);
    return (await tx.query({ name: 'broadcasts.end', text }, [space, id, now])).rowCount === 1;
  });
}

export interface LockedBroadcast {
  state: string;
  media: Media;
  startsAt: Instant | null;
  startAskedAt: Instant | null;
}

/** Locked until the transaction ends. */
export async function lockBroadcast(
  tx: Transaction,
  space: SpaceId,
  id: BroadcastId,
): Promise<LockedBroadcast | undefined> {
  const text = `select state, media, (extract(epoch from starts_at) * 1000)::bigint as "startsAt",
                       (extract(epoch from start_asked_at) * 1000)::bigint as "startAskedAt"
                  from broadcasts where space_id = $1 and id = $2 for no key update`;
  const sql = { name: 'broadcasts.lock', text };
  return (await tx.query<LockedBroadcast>(sql, [space, id])).rows[0];
}

/** A start that was asked is not asked any more. */
export async function setBroadcastState(
  tx: Transaction,
  space: SpaceId,
  id: BroadcastId,
  { state, now }: { state: 'draft' | LiveState; now: Instant },
): Promise<void> {
  const text = `update broadcasts
                   set state = $3, start_asked_at = null, start_held_until = null,
                       started_at = case when $3 = 'running' then coalesce(started_at, to_timestamp($4::bigint / 1000.0))
                                         else started_at end
                 where space_id = $1 and id = $2`;
  await tx.query({ name: 'broadcasts.state', text }, [space, id, state, now]);
}

export async function hasWaiting(db: Transaction, space: SpaceId, id: BroadcastId): Promise<boolean> {
  const text = `select from broadcast_contacts where space_id = $1 and broadcast_id = $2 and state = 'waiting' limit 1`;
  return (await db.query({ name: 'broadcasts.has_waiting', text }, [space, id])).rowCount === 1;
}

function liveOf(row: LiveRow): LiveBroadcast {
  const { id, media, state, sender, hours, priority, extended, retry } = row;
  return {
    ...{ id, media, state, sender, priority, extended, paced: row.paced },
    space: row.space_id,
    text: row.content.text ?? '',
    hours: hours && hoursOf(hours),
    putOffBy: row.put_off_by,
    retry: {
      maxAttempts: row.max_attempts,
      delaysMs: retry.delays_s.map((seconds) => seconds * 1_000),
      undelivered: retry.undelivered,
      resendUnknown: row.resend_unknown,
    },
  };
}
