// What the worker asks of PostgreSQL. The statements are functions there (0075-outbox-plans.sql).
import type { Instant, SpaceId } from '../domain/ids.ts';
import type { Database } from '../platform/db.ts';

export interface LaneId {
  space: SpaceId;
  endpoint: number;
}

/** A push that waits, as it is held in memory. */
export interface WaitingPush {
  position: number;
  key: string;
  pushId: number;
  webhookId: string;
  contentType: string;
  body: string;
  /** Before a replay. */
  earlierTries: number;
}

interface PushRow {
  position: number;
  key: string;
  earlier_tries: number;
  push_id: number;
  webhook_id: string;
  content_type: string;
  body: string;
}

/** All lanes of these partitions. `waiting`: whether anything is in them. */
export async function readLanes(
  database: Database,
  partitions: readonly number[],
): Promise<{ lane: LaneId; head: number; waiting: boolean; failingSince: number | null }[]> {
  const { rows } = await database.query<{
    space_id: SpaceId;
    endpoint_id: number;
    position: number;
    waiting: boolean;
    failing_since: Date | null;
  }>(
    {
      name: 'outbox.lanes',
      text: `
        select space_id, endpoint_id, position, failing_since,
               exists (select from outbox o where o.space_id = l.space_id and o.endpoint_id = l.endpoint_id) as waiting
          from outbox_lanes l where l.endpoint_id % 32 = any($1::int[])`,
    },
    [partitions],
  );
  return rows.map((row) => ({
    lane: { space: row.space_id, endpoint: row.endpoint_id },
    head: row.position,
    waiting: row.waiting,
    failingSince: row.failing_since?.getTime() ?? null,
  }));
}

/** How far the lanes of these partitions have grown. */
export async function readHeads(
  database: Database,
  partitions: readonly number[],
): Promise<{ lane: LaneId; head: number }[]> {
  const { rows } = await database.query<{ space_id: SpaceId; endpoint_id: number; position: number }>(
    {
      name: 'outbox.heads',
      text: 'select space_id, endpoint_id, position from outbox_lanes where endpoint_id % 32 = any($1::int[])',
    },
    [partitions],
  );
  return rows.map((row) => ({ lane: { space: row.space_id, endpoint: row.endpoint_id }, head: row.position }));
}

/** Pushes after `cursor` whose key is not parked, in order. `head`: the lane's last position. */
export async function readNext(
  database: Database,
  { space, endpoint }: LaneId,
  cursor: number,
  limit: number,
): Promise<{ head: number; pushes: WaitingPush[] }> {
  const { rows } = await database.query<PushRow & { head: number; push_id: number | null }>(
    { name: 'outbox.read', text: 'select * from outbox_read($1, $2, $3, $4)' },
    [space, endpoint, cursor, limit],
  );
  return { head: rows[0]?.head ?? 0, pushes: rows.filter(({ push_id }) => push_id !== null).map(waitingPush) };
}

/** Of each key, what waits after its own position, in order; at most `limit` each. */
export async function readOfKeys(
  database: Database,
  { space, endpoint }: LaneId,
  keys: readonly { key: string; after: number }[],
  limit: number,
): Promise<WaitingPush[]> {
  const { rows } = await database.query<PushRow>(
    { name: 'outbox.read_keys', text: 'select * from outbox_read_keys($1, $2, $3, $4, $5)' },
    [space, endpoint, keys.map(({ key }) => key), keys.map(({ after }) => after), limit],
  );
  return rows.map(waitingPush);
}

export interface ParkedKey {
  key: string;
  tries: number;
  dueAt: number;
}

/** Those that are due first, also in the future; `except`: those in memory. */
export async function readParked(
  database: Database,
  { space, endpoint }: LaneId,
  except: readonly string[],
  limit: number,
): Promise<ParkedKey[]> {
  const { rows } = await database.query<{ key: string; tries: number; due_at: Date }>(
    {
      name: 'outbox.parked',
      text: `select key, tries, due_at from outbox_parked
              where space_id = $1 and endpoint_id = $2 and key <> all($3::text[]) order by due_at limit $4`,
    },
    [space, endpoint, except, limit],
  );
  return rows.map((row) => ({ key: row.key, tries: row.tries, dueAt: row.due_at.getTime() }));
}

/** A try that was made, and what became of the push by it. */
export interface Outcome {
  lane: LaneId;
  partition: number;
  /** Of the partition, when the push was taken. */
  token: number;
  push: WaitingPush;
  at: Instant;
  /** null: no answer. */
  status: number | null;
  ms: number;
  answer: string | null;
  error: string | null;
  /** In this life of the push, this one included. */
  tries: number;
  fate: { is: 'delivered' } | { is: 'dead' } | { is: 'parked'; dueAt: Instant };
}

export interface LaneHealth {
  lane: LaneId;
  failingSince: Instant | null;
}

/** All or nothing. Returns the partitions that are still ours; of others nothing was written. May be repeated. */
export async function settle(
  database: Database,
  outcomes: readonly Outcome[],
  healths: readonly LaneHealth[],
): Promise<Set<number>> {
  const tokens = new Map(outcomes.map(({ partition, token }) => [partition, token]));
  const { rows } = await database.query<{ outbox_settle: number }>(
    {
      name: 'outbox.settle',
      text: 'select outbox_settle($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19)',
    },
    [
      [...tokens.keys()],
      [...tokens.values()],
      outcomes.map(({ lane }) => lane.space),
      outcomes.map(({ lane }) => lane.endpoint),
      outcomes.map(({ push }) => push.position),
      outcomes.map(({ push }) => push.key),
      outcomes.map(({ push }) => push.pushId),
      outcomes.map(({ push, tries }) => push.earlierTries + tries),
      outcomes.map(({ at }) => new Date(at)),
      outcomes.map(({ status }) => status),
      outcomes.map(({ ms }) => ms),
      outcomes.map(({ answer }) => answer),
      outcomes.map(({ error }) => error),
      outcomes.map(({ fate }) => fate.is),
      outcomes.map(({ tries }) => tries),
      outcomes.map(({ fate }) => (fate.is === 'parked' ? new Date(fate.dueAt) : null)),
      healths.map(({ lane }) => lane.space),
      healths.map(({ lane }) => lane.endpoint),
      healths.map(({ failingSince }) => (failingSince === null ? null : new Date(failingSince))),
    ],
  );
  return new Set(rows.map((row) => row.outbox_settle));
}

function waitingPush(row: PushRow): WaitingPush {
  return {
    position: row.position,
    key: row.key,
    pushId: row.push_id,
    webhookId: row.webhook_id,
    contentType: row.content_type,
    body: row.body,
    earlierTries: row.earlier_tries,
  };
}

/** Keys that are parked although nothing of them waits any more: their pushes were removed. */
export async function forgetParked(
  database: Database,
  { space, endpoint }: LaneId,
  keys: readonly string[],
): Promise<void> {
  await database.query(
    `delete from outbox_parked k where space_id = $1 and endpoint_id = $2 and key = any($3)
        and not exists (select from outbox o where o.key = k.key and o.endpoint_id + 0 = k.endpoint_id)`,
    [space, endpoint, keys],
  );
}
