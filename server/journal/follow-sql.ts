// What a follower asks of PostgreSQL. A space's events become visible in the order of seq (the head row's lock), so
// `seq > cursor` never skips one.
import type { Instant, SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';
import type { JournalLag, Recorded } from './journal.ts';
import { frozen } from './recent-events.ts';

const lock = {
  name: 'journal.lock_cursor',
  text: 'select seq from journal_cursors where space_id = $1 and name = $2 for update skip locked',
};

/** Where the cursor stands, its row locked. `held`: another process moves it, or it does not exist. */
export async function lockCursor(tx: Transaction, name: string, space: SpaceId): Promise<'held' | number> {
  const { rows } = await tx.query<{ seq: number }>(lock, [space, name]);
  return rows[0]?.seq ?? 'held';
}

const readPage = {
  name: 'journal.read_page',
  text: 'select seq, stream, version, event from journal_events where space_id = $1 and seq > $2 order by seq limit $3',
};

export async function readNextPage(
  tx: Transaction,
  space: SpaceId,
  afterSeq: number,
  limit: number,
): Promise<readonly Recorded[]> {
  const { rows } = await tx.query<Omit<Recorded, 'space'>>(readPage, [space, afterSeq, limit]);
  return rows.map((row) => frozen({ space, ...row }));
}

export async function moveCursor(tx: Transaction, name: string, space: SpaceId, seq: number): Promise<void> {
  await tx.query(
    { name: 'journal.move_cursor', text: 'update journal_cursors set seq = $3 where space_id = $1 and name = $2' },
    [space, name, seq],
  );
}

/** Creates what is missing. */
export async function ensureCursor(database: Database, name: string, space: SpaceId): Promise<void> {
  await database.query('insert into journal_cursors (space_id, name, seq) values ($1, $2, 0) on conflict do nothing', [
    space,
    name,
  ]);
}

/** Spaces whose cursor is behind their head, and that head. `spaces` null: of all. */
export async function spacesBehind(
  database: Database,
  name: string,
  spaces: readonly SpaceId[] | null,
): Promise<Map<SpaceId, number>> {
  const { rows } = await database.query<{ space_id: SpaceId; seq: number }>(
    {
      name: 'journal.spaces_behind',
      text: `
        select head.space_id, head.seq from journal_heads head
          left join journal_cursors cursor on cursor.space_id = head.space_id and cursor.name = $1
         where head.seq > coalesce(cursor.seq, 0) and ($2::int[] is null or head.space_id = any($2))`,
    },
    [name, spaces],
  );
  return new Map(rows.map((row) => [row.space_id, row.seq]));
}

/** Cursor of each space that has one. */
export async function cursorsOf(database: Database, name: string): Promise<Map<SpaceId, number>> {
  const { rows } = await database.query<{ space_id: SpaceId; seq: number }>(
    'select space_id, seq from journal_cursors where name = $1',
    [name],
  );
  return new Map(rows.map((row) => [row.space_id, row.seq]));
}

export async function lagOf(
  database: Database,
  name: string,
  spaces: readonly SpaceId[] | null,
  now: Instant,
): Promise<JournalLag> {
  const { rows } = await database.query<{ events: number; oldest_ms: number }>(
    {
      name: 'journal.lag',
      text: `
        select coalesce(sum(head.seq - coalesce(cursor.seq, 0)), 0)::bigint as events,
               coalesce(max(extract(epoch from clock_timestamp() - next.at) * 1000), 0)::bigint as oldest_ms
          from journal_heads head
          left join journal_cursors cursor on cursor.space_id = head.space_id and cursor.name = $1
          left join lateral (
            select at from journal_events event
             where event.space_id = head.space_id and event.seq > coalesce(cursor.seq, 0) order by event.seq limit 1
          ) next on true
         where head.seq > coalesce(cursor.seq, 0) and ($2::int[] is null or head.space_id = any($2))`,
    },
    [name, spaces],
  );
  const { events, oldest_ms: oldestMs } = rows[0]!;
  return { name, events, oldestMs: Math.max(0, oldestMs), asOf: now };
}
