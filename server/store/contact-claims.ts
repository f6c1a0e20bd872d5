// Contacts that are due, claimed for their attempt, and moved on when it is known what became of it. Several processes
// may claim: a claimed row is locked, then `taken`, and whoever looks meanwhile skips it.
import type { Media } from '../domain/contacts/events.ts';
import type { AttemptId, BroadcastId, ContactId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { plainArray, textArray } from '../platform/pg-array.ts';

/** Whose contacts: a broadcast's, or single sends of a media. */
export type ContactSource = { broadcast: BroadcastId } | { media: Media };

export interface DueContact {
  id: ContactId;
  broadcast: BroadcastId | null;
  media: Media;
  address: string;
  refExterne: string | null;
  fields: Record<string, string> | null;
  /** Of a single send. */
  content: SendContent | null;
  priority: number;
  attempts: number;
  /** Chosen already: of a single send, or one that has not been submitted after all. */
  attempt: AttemptId | null;
  /** The stream of `attempt` has begun. */
  begun: boolean;
  /** Why it must not be sent. */
  forbidden: 'opted_out' | 'do_not_call' | null;
}

export interface SendContent {
  text: string;
  from: string | null;
}

interface DueRow {
  id: ContactId;
  broadcast_id: BroadcastId | null;
  media: Media;
  address: string;
  ref_externe: string | null;
  fields: Record<string, string> | null;
  content: { text?: string; from?: string | null } | null;
  priority: number;
  attempts: number;
  attempt_id: AttemptId | null;
  begun: boolean;
  opted_out: boolean;
  do_not_call: boolean;
}

const columns = `c.id, c.broadcast_id, c.media, c.address, c.ref_externe, c.fields, c.content, c.priority, c.attempts,
  c.attempt_id, c.begun,
  exists (select from optouts o where o.space_id = c.space_id and o.number = c.address and o.media = c.media) as opted_out,
  c.address like '+%' and exists (select from do_not_call d where d.space_id = c.space_id and d.campaign_id = ''
                                    and d.number = substr(c.address, 2)) as do_not_call`;

const instantOf = (parameter: string) => `to_timestamp(${parameter}::bigint / 1000.0)`;

const ofBroadcast = `c.space_id = $1 and c.broadcast_id = $2 and c.state = 'waiting'`;
const claimSql = {
  name: 'contact_claims.broadcast',
  text: `select ${columns} from broadcast_contacts c
          where ${ofBroadcast} and c.priority = $3 and c.due_at <= ${instantOf('$4')}
          order by c.due_at, c.id limit $5 for update of c skip locked`,
};
const claimSendsSql = {
  name: 'contact_claims.sends',
  text: `select ${columns} from broadcast_contacts c
          where c.space_id = $1 and c.broadcast_id is null and c.state = 'waiting' and c.media = $2
            and c.due_at <= ${instantOf('$3')}
          order by c.due_at, c.id limit $4 for update of c skip locked`,
};
/** By jumps from one to the next: a million contacts have a handful of priorities. */
const prioritiesSql = {
  name: 'contact_claims.priorities',
  text: `with recursive level as (
           (select c.priority from broadcast_contacts c where ${ofBroadcast} order by c.priority desc limit 1)
           union all
           select (select c.priority from broadcast_contacts c where ${ofBroadcast} and c.priority < level.priority
                    order by c.priority desc limit 1)
             from level where level.priority is not null)
         select priority from level where priority is not null`,
};

/** Those due by `now`, locked until the transaction ends: of a broadcast the highest priority first, then the longest due. */
export async function lockDue(
  tx: Transaction,
  space: SpaceId,
  source: ContactSource,
  { now, limit }: { now: Instant; limit: number },
): Promise<DueContact[]> {
  if (!('broadcast' in source)) {
    return (await tx.query<DueRow>(claimSendsSql, [space, source.media, now, limit])).rows.map(dueOf);
  }
  const { rows } = await tx.query<{ priority: number }>(prioritiesSql, [space, source.broadcast]);
  const due: DueContact[] = [];
  for (const { priority } of rows) {
    if (due.length >= limit) break;
    const values = [space, source.broadcast, priority, now, limit - due.length];
    due.push(...(await tx.query<DueRow>(claimSql, values)).rows.map(dueOf));
  }
  return due;
}

/** When the first contact of the broadcast that waits is due; null: none waits. */
export async function nextDueAt(db: Transaction, space: SpaceId, broadcast: BroadcastId): Promise<Instant | null> {
  const { rows: levels } = await db.query<{ priority: number }>(prioritiesSql, [space, broadcast]);
  let first: Instant | null = null;
  for (const { priority } of levels) {
    const { rows } = await db.query<{ due_at: Instant }>(
      {
        name: 'contact_claims.next_due',
        text: `select (extract(epoch from c.due_at) * 1000)::bigint as due_at from broadcast_contacts c
                where ${ofBroadcast} and c.priority = $3 order by c.due_at limit 1`,
      },
      [space, broadcast, priority],
    );
    const due = rows[0]?.due_at;
    if (due !== undefined && (first === null || due < first)) first = due;
  }
  return first;
}

export interface Taking {
  contact: ContactId;
  attempt: AttemptId;
}

/** `lookAfterAt`: somebody looks what became of them, should nobody have said so by then. */
export async function take(
  tx: Transaction,
  space: SpaceId,
  taking: readonly Taking[],
  lookAfterAt: Instant,
): Promise<void> {
  if (taking.length === 0) return;
  await tx.query(
    {
      name: 'contact_claims.take',
      text: `update broadcast_contacts c
                set state = 'taken', attempts = c.attempts + (not c.begun)::int, attempt_id = given.attempt,
                    due_at = ${instantOf('$4')}
               from unnest($2::text[], $3::text[]) as given (contact, attempt)
              where c.space_id = $1 and c.id = given.contact`,
    },
    [
      space,
      textArray(taking.map(({ contact }) => contact)),
      textArray(taking.map(({ attempt }) => attempt)),
      lookAfterAt,
    ],
  );
}

/**
 * Those that nobody else has looked after since `heldUntil` was set are held until `until`; which they are. Beyond its
 * time a contact is somebody else's to look after.
 */
export async function holdLonger(
  db: Transaction,
  space: SpaceId,
  held: readonly (Taking & { heldUntil: Instant })[],
  until: Instant,
): Promise<Set<AttemptId>> {
  const { rows } = await db.query<{ attempt: AttemptId }>(
    {
      name: 'contact_claims.hold',
      text: `update broadcast_contacts c set due_at = ${instantOf('$5')}
               from unnest($2::text[], $3::text[], $4::bigint[]) as given (contact, attempt, held_until)
              where c.space_id = $1 and c.id = given.contact and c.state = 'taken' and c.attempt_id = given.attempt
                and c.due_at = ${instantOf('given.held_until')}
             returning c.attempt_id as attempt`,
    },
    [
      space,
      held.map(({ contact }) => contact),
      held.map(({ attempt }) => attempt),
      held.map(({ heldUntil }) => heldUntil),
      until,
    ],
  );
  return new Set(rows.map(({ attempt }) => attempt));
}

/** They wait until then: outside their calling hours. */
export async function putOff(
  tx: Transaction,
  space: SpaceId,
  rests: readonly { contact: ContactId; until: Instant }[],
): Promise<void> {
  if (rests.length === 0) return;
  await tx.query(
    {
      name: 'contact_claims.put_off',
      text: `update broadcast_contacts c set due_at = to_timestamp(given.until / 1000.0)
               from unnest($2::text[], $3::bigint[]) as given (contact, until)
              where c.space_id = $1 and c.id = given.contact`,
    },
    [space, rests.map(({ contact }) => contact), rests.map(({ until }) => until)],
  );
}

/**
 * Of a broadcast's next `limit` contacts by id, those who were put off before any attempt are due. Up to whom; null: no more
 * follow.
 */
export async function putForward(
  db: Transaction,
  { space, id }: { space: SpaceId; id: BroadcastId },
  { now, after, limit }: { now: Instant; after: ContactId | ''; limit: number },
): Promise<ContactId | null> {
  // Not named: its plan would be that of the small table on which it was first used.
  const page = await db.query<{ id: ContactId; is_put_off: boolean }>(
    `select c.id, c.state = 'waiting' and c.attempts = 0 and c.due_at > ${instantOf('$4')} as is_put_off
       from broadcast_contacts c where c.space_id = $1 and c.broadcast_id = $2 and c.id > $3 order by c.id limit $5`,
    [space, id, after, now, limit],
  );
  const putOffOnes = page.rows.flatMap((row) => (row.is_put_off ? row.id : []));
  await db.query(
    `update broadcast_contacts set due_at = ${instantOf('$3')}
      where space_id = $1 and id in (
        select c.id from broadcast_contacts c
         where c.space_id = $1 and c.id = any($2) and c.state = 'waiting' and c.attempts = 0 and c.due_at > ${instantOf('$3')}
           for update skip locked)`,
    [space, textArray(putOffOnes), now],
  );
  return page.rows.length === limit ? page.rows.at(-1)!.id : null;
}

/**
 * What becomes of a taken contact. `waits`: for another attempt, from then on. `put_back`: for the same one, `begun` if
 * its stream has; nothing was sent. `under_way`: looked after again then.
 */
export type ContactMove = {
  space: SpaceId;
  contact: ContactId;
  attempt: AttemptId;
  /** The carrier or the contact has said so since: one who is done by that attempt is so for this reason. */
  heard?: true;
} & (
  | { to: 'done'; reason: DoneReason }
  | { to: 'waits' | 'under_way'; at: Instant }
  | { to: 'put_back'; at: Instant; begun: boolean }
);

/** After an attempt: sent, failed, unknown; else why none was made. */
export type DoneReason =
  | 'sent'
  | 'failed'
  | 'unknown'
  | 'cancelled'
  | 'opted_out'
  | 'do_not_call'
  | 'forbidden_number'
  | 'empty_text'
  | 'text_too_long';

/** Only if they are still taken by that attempt, or what was heard changes why they are done; who got it after all is not tried again. */
export async function moveContacts(db: Transaction, moves: readonly ContactMove[]): Promise<void> {
  if (moves.length === 0) return;
  await db.query(
    {
      name: 'contact_claims.move',
      text: `update broadcast_contacts c
                set state = case given.move when 'done' then 'done' when 'under_way' then 'taken' else 'waiting' end,
                    due_at = coalesce(to_timestamp(given.at / 1000.0), c.due_at),
                    attempt_id = case given.move when 'waits' then null else c.attempt_id end,
                    attempts = c.attempts - (given.move = 'put_back' and not given.begun)::int,
                    begun = given.move = 'put_back' and given.begun,
                    done_reason = given.reason
               from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bool[], $7::text[], $8::bool[])
                 as given (space, contact, attempt, move, at, begun, reason, heard)
              where c.space_id = given.space and c.id = given.contact
                and ((c.state = 'taken' and c.attempt_id = given.attempt)
                     or (given.heard and given.move = 'done' and c.state = 'done' and c.attempt_id = given.attempt
                         and c.done_reason <> given.reason)
                     or (given.reason = 'sent' and c.state = 'waiting' and c.attempt_id is null and c.attempts > 0))`,
    },
    [
      plainArray(moves.map(({ space }) => space)),
      textArray(moves.map(({ contact }) => contact)),
      textArray(moves.map(({ attempt }) => attempt)),
      textArray(moves.map(({ to }) => to)),
      plainArray(moves.map((move) => (move.to === 'done' ? null : move.at))),
      plainArray(moves.map((move) => move.to === 'put_back' && move.begun)),
      textArray(moves.map((move) => (move.to === 'done' ? move.reason : null))),
      plainArray(moves.map(({ heard }) => heard === true)),
    ],
  );
}

export interface TakenContact {
  space: SpaceId;
  contact: ContactId;
  broadcast: BroadcastId | null;
  attempt: AttemptId;
}

/**
 * Taken ones of which nobody has said in time what became of them, and nobody else looks after them before `until`.
 * Of live broadcasts, and of single sends.
 */
export async function lookAfter(
  db: Transaction,
  space: SpaceId,
  broadcast: BroadcastId | null,
  { now, until, limit }: { now: Instant; until: Instant; limit: number },
): Promise<TakenContact[]> {
  const { rows } = await db.query<TakenContact>(
    `update broadcast_contacts c set due_at = ${instantOf('$4')}
      where c.space_id = $1 and c.id in (
        select t.id from broadcast_contacts t
         where t.space_id = $1 and t.broadcast_id is not distinct from $2 and t.state = 'taken'
           and t.due_at <= ${instantOf('$3')}
         order by t.due_at limit $5 for update skip locked)
      returning c.space_id as space, c.id as contact, c.broadcast_id as broadcast, c.attempt_id as attempt`,
    [space, broadcast, now, until, limit],
  );
  return rows;
}

/** Which of them are still under way by that attempt, so that another one may follow it. */
export async function underWay(db: Transaction, space: SpaceId, taking: readonly Taking[]): Promise<Set<AttemptId>> {
  const { rows } = await db.query<{ attempt: AttemptId }>(
    {
      name: 'contact_claims.under_way',
      text: `select c.attempt_id as attempt from broadcast_contacts c
               join unnest($2::text[], $3::text[]) as given (contact, attempt)
                 on c.id = given.contact and c.attempt_id = given.attempt
              where c.space_id = $1 and c.state = 'taken'`,
    },
    [space, taking.map(({ contact }) => contact), taking.map(({ attempt }) => attempt)],
  );
  return new Set(rows.map(({ attempt }) => attempt));
}

/** A single send that waits, taken so that nobody submits it. `left`: it does not wait any more. */
export async function takeSend(
  tx: Transaction,
  space: SpaceId,
  attempt: AttemptId,
  lookAfterAt: Instant,
): Promise<DueContact | 'left' | undefined> {
  const { rows } = await tx.query<DueRow & { state: string }>(
    `select ${columns}, c.state from broadcast_contacts c
      where c.space_id = $1 and c.attempt_id = $2 and c.broadcast_id is null for update of c`,
    [space, attempt],
  );
  const row = rows[0];
  if (!row) return undefined;
  if (row.state !== 'waiting') return 'left';
  const contact = dueOf(row);
  await take(tx, space, [{ contact: contact.id, attempt }], lookAfterAt);
  return contact;
}

function dueOf(row: DueRow): DueContact {
  const { id, media, address, fields, priority, attempts, begun } = row;
  return {
    ...{ id, media, address, fields, priority, attempts, begun },
    broadcast: row.broadcast_id,
    refExterne: row.ref_externe,
    content: row.content && { text: row.content.text ?? '', from: row.content.from ?? null },
    attempt: row.attempt_id,
    forbidden: row.opted_out ? 'opted_out' : row.do_not_call ? 'do_not_call' : null,
  };
}
