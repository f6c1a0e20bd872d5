// One row an attempt to reach a contact: written by the follower `reports`, read by whoever asks what became of it.
import type { Status, StatusType } from '../../contract/reports.ts';
import type { AttemptFacts, Media } from '../domain/contacts/events.ts';
import {
  type AttemptId,
  type BroadcastId,
  type ChannelId,
  type ContactId,
  instant,
  type Instant,
  type SpaceId,
} from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** As reports show it, with its moment in place of the date. */
export type KnownStatus = Omit<Status, 'date'> & { at: Instant };

export interface ContactAttempt {
  id: AttemptId;
  about: AttemptFacts;
  begunAt: Instant;
  /** null: begun, nothing known yet; `unknown`: it may have been sent. */
  status: StatusType | 'unknown' | null;
  /** Oldest first. */
  statuses: readonly KnownStatus[];
  /** Of its stream in the journal. */
  version: number;
}

interface AttemptRow {
  id: AttemptId;
  contact_id: ContactId;
  broadcast_id: BroadcastId | null;
  media: Media;
  address: string;
  sender: string | null;
  ref_externe: string | null;
  number: number;
  channel_id: ChannelId | null;
  username: string;
  time_zone: string;
  extended: boolean;
  begun_at: Date;
  status: ContactAttempt['status'];
  statuses: KnownStatus[];
  version: number;
}

const columns = `id, contact_id, broadcast_id, media, address, sender, ref_externe, number, channel_id, username, time_zone,
  extended, begun_at, status, statuses, version`;

export async function readAttempt(db: Transaction, space: SpaceId, id: AttemptId): Promise<ContactAttempt | undefined> {
  const text = `select ${columns} from contact_attempts where space_id = $1 and id = $2`;
  const { rows } = await db.query<AttemptRow>({ name: 'contact_attempts.one', text }, [space, id]);
  return rows[0] && attemptOf(rows[0]);
}

/** Those of them that there are. */
export async function attemptsOfIds(
  db: Transaction,
  space: SpaceId,
  ids: readonly AttemptId[],
): Promise<Map<AttemptId, ContactAttempt>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<AttemptRow>(
    // One probe of the primary key each, also while PostgreSQL has no statistics of a table that has just grown.
    `select a.* from unnest($2::text[]) as wanted (wanted_id) cross join lateral
       (select ${columns} from contact_attempts where space_id = $1 and id = wanted_id limit 1) a`,
    [space, ids],
  );
  return new Map(rows.map((row) => [row.id, attemptOf(row)]));
}

/**
 * What somebody at `address` who writes to `sender` may be answering: the attempts begun since then that were not given up
 * before they left, newest first, ten at most. Attempts under the carrier's own sender (null) count as well.
 */
export async function attemptsByAddress(
  db: Transaction,
  space: SpaceId,
  { media, address, sender, since }: { media: Media; address: string; sender: string; since: Instant },
): Promise<ContactAttempt[]> {
  const { rows } = await db.query<AttemptRow>(
    {
      name: 'contact_attempts.by_address',
      text: `select ${columns} from contact_attempts
              where space_id = $1 and media = $2 and address = $3 and begun_at >= $5
                and (ltrim(sender, '+') = ltrim($4, '+') or sender is null)
                and status is distinct from 'ABORTED'
              order by begun_at desc limit 10`,
    },
    [space, media, address, sender, new Date(since)],
  );
  return rows.map(attemptOf);
}

/** Attempts of a broadcast in the order of their ids, after `after`. */
export async function attemptsOfBroadcast(
  db: Transaction,
  space: SpaceId,
  broadcast: BroadcastId,
  slice: { after: AttemptId | null; limit: number },
): Promise<ContactAttempt[]> {
  const { rows } = await db.query<AttemptRow>(
    `select ${columns} from contact_attempts where space_id = $1 and broadcast_id = $2 and id > $3 order by id limit $4`,
    [space, broadcast, slice.after ?? '', slice.limit],
  );
  return rows.map(attemptOf);
}

/** `begun`: attempts of which nothing is known yet; `unknown`: those that may have been sent. */
export type AttemptCount = StatusType | 'begun' | 'unknown';

/** How many attempts of the broadcast are in which status now; what is not named is none. */
export async function countsOf(
  db: Transaction,
  space: SpaceId,
  broadcast: BroadcastId,
): Promise<Partial<Record<AttemptCount, number>>> {
  const { rows } = await db.query<{ status: AttemptCount; count: number }>(
    {
      name: 'broadcast_counts.of',
      text: 'select status, count from broadcast_counts where space_id = $1 and broadcast_id = $2 and count > 0',
    },
    [space, broadcast],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

function attemptOf(row: AttemptRow): ContactAttempt {
  return {
    id: row.id,
    about: {
      media: row.media,
      broadcast: row.broadcast_id,
      contact: row.contact_id,
      to: row.address,
      from: row.sender,
      refExterne: row.ref_externe,
      number: row.number,
      channel: row.channel_id,
      username: row.username,
      timeZone: row.time_zone,
      ...(!row.extended && { extended: false }),
    },
    begunAt: instant(row.begun_at.getTime()),
    status: row.status,
    statuses: row.statuses,
    version: row.version,
  };
}
