// Broadcasts as they are administered. Who moves them from state to state: flows/broadcasts/, and the check.
import type { Broadcast, BroadcastInput, BroadcastState } from '../../contract/rest/broadcasts.ts';
import type { BroadcastId, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { removeImports } from './bulk-import.ts';

const moment = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column}`;
const columns = `id, space_id, ${moment('created_at')}, media, name, sender as "from", content, ${moment('starts_at')}, hours,
  rate_per_s::float8, max_attempts, retry, priority, extended, resend_unknown, state, ${moment('started_at')},
  ${moment('ended_at')}, ${moment('start_asked_at')}, start_errors`;

type Content = Pick<Broadcast, 'text' | 'subject' | 'html' | 'document_id' | 'ivr_id' | 'trunk_id'>;
type Row = Omit<Broadcast, keyof Content> & { content: Content };

/** By id. `space` null: of all spaces. */
export async function listBroadcasts(
  db: Transaction,
  space: SpaceId | null,
  slice: { after: string; limit: number; state: BroadcastState | null; media: Broadcast['media'] | null },
): Promise<Broadcast[]> {
  const text = `select ${columns} from broadcasts
                 where ($1::int is null or space_id = $1) and id > $2
                   and ($4::text is null or state = $4) and ($5::text is null or media = $5)
                 order by id limit $3`;
  const values = [space, slice.after, slice.limit, slice.state, slice.media];
  return (await db.query<Row>({ name: 'broadcasts-list', text }, values)).rows.map(shown);
}

export async function findBroadcast(db: Transaction, id: string): Promise<Broadcast | undefined> {
  const sql = { name: 'broadcasts-find', text: `select ${columns} from broadcasts where id = $1` };
  const { rows } = await db.query<Row>(sql, [id]);
  return rows[0] && shown(rows[0]);
}

export async function insertBroadcast(
  tx: Transaction,
  space: SpaceId,
  created: { id: string; at: number },
  input: BroadcastInput,
): Promise<Broadcast> {
  const text = `insert into broadcasts (space_id, id, created_at, media, state, name, sender, content, starts_at, hours,
                  rate_per_s, max_attempts, retry, priority, extended, resend_unknown)
                values ($1, $2, to_timestamp($3::bigint / 1000.0), $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                returning ${columns}`;
  const all = [space, created.id, created.at, input.media, ...values(input)];
  const { rows } = await tx.query<Row>({ name: 'broadcasts-insert', text }, all);
  await tx.query('insert into broadcast_intakes (space_id, broadcast_id) values ($1, $2)', [space, created.id]);
  return shown(rows[0]!);
}

/** All but its media and state; one that was ready is a draft again, unless its start is asked. */
export async function replaceBroadcast(
  tx: Transaction,
  space: SpaceId,
  id: string,
  input: BroadcastInput,
): Promise<Broadcast | undefined> {
  const text = `update broadcasts set name = $3, sender = $4, content = $5, starts_at = $6, hours = $7, rate_per_s = $8,
                  max_attempts = $9, retry = $10, priority = $11, extended = $12, resend_unknown = $13,
                  start_errors = null,
                  state = case when state in ('ready', 'validating') and start_asked_at is null then 'draft' else state end
                 where space_id = $1 and id = $2 returning ${columns}`;
  const { rows } = await tx.query<Row>({ name: 'broadcasts-replace', text }, [space, id, ...values(input)]);
  return rows[0] && shown(rows[0]);
}

/** With its contacts. What became of its attempts stays: reports and replies name them. */
export async function removeBroadcast(tx: Transaction, space: SpaceId, id: string): Promise<boolean> {
  await removeImports(tx, { space, owner: id });
  for (const table of ['broadcast_columns', 'broadcast_intakes', 'broadcast_contacts']) {
    await tx.query(`delete from ${table} where space_id = $1 and broadcast_id = $2`, [space, id]);
  }
  const text = 'delete from broadcasts where space_id = $1 and id = $2';
  return (await tx.query({ name: 'broadcasts-remove', text }, [space, id])).rowCount === 1;
}

/** The state as it is until the transaction ends; undefined: it is gone. */
export async function lockState(
  tx: Transaction,
  space: SpaceId,
  id: BroadcastId | string,
): Promise<BroadcastState | undefined> {
  const text = 'select state from broadcasts where space_id = $1 and id = $2 for no key update';
  const { rows } = await tx.query<{ state: BroadcastState }>({ name: 'broadcasts-lock', text }, [space, id]);
  return rows[0]?.state;
}

/** Of those not started yet. False: it is in none of the states `from`, or its start is asked. */
export async function moveState(
  db: Transaction,
  space: SpaceId,
  id: string,
  { from, to }: { from: readonly BroadcastState[]; to: BroadcastState },
): Promise<boolean> {
  const text = `update broadcasts set state = $4, start_errors = null
                 where space_id = $1 and id = $2 and state = any($3) and start_asked_at is null`;
  return (await db.query({ name: 'broadcasts-move', text }, [space, id, from, to])).rowCount === 1;
}

function values(input: BroadcastInput) {
  const { text, subject, html, document_id, ivr_id, trunk_id } = input;
  const content: Content = { text, subject, html, document_id, ivr_id, trunk_id };
  return [
    input.name,
    input.from,
    JSON.stringify(content),
    input.starts_at,
    input.hours && JSON.stringify(input.hours),
    input.rate_per_s,
    input.max_attempts,
    JSON.stringify(input.retry),
    input.priority,
    input.extended,
    input.resend_unknown,
  ];
}

function shown({ content, ...row }: Row): Broadcast {
  return { ...row, ...content };
}
