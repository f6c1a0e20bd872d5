// Contacts of broadcasts and of single sends, as REST shows and makes them. Who takes them to send: flows/broadcasts/.
import type { Contact } from '../../contract/rest/contacts.ts';
import type { Media } from '../domain/contacts/events.ts';
import type { AttemptId, ContactId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

const columns = `id, broadcast_id, media, address as "to", ref_externe, coalesce(fields, '{}') as fields, priority, state,
  to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as due_at, attempts, attempt_id as call_id, done_reason`;

export async function listContacts(
  db: Transaction,
  space: SpaceId,
  broadcast: string,
  slice: { after: string; limit: number; state: Contact['state'] | null },
): Promise<Contact[]> {
  // Not named: its plan would be that of the small table on which it was first used.
  const text = `select ${columns} from broadcast_contacts
                 where space_id = $1 and broadcast_id = $2 and id > $3 and ($5::text is null or state = $5)
                 order by id limit $4`;
  return (await db.query<Contact>(text, [space, broadcast, slice.after, slice.limit, slice.state])).rows;
}

export interface ContactCounts {
  contacts: number;
  waiting: number;
  not_due: number;
  under_way: number;
  done: number;
}

export async function countContacts(
  db: Transaction,
  space: SpaceId,
  broadcast: string,
  now: Instant,
): Promise<ContactCounts> {
  const text = `select i.contacts, w.waiting, w.not_due, t.under_way
      from broadcast_intakes i,
           lateral (select count(*) as waiting, count(*) filter (where due_at > to_timestamp($3::bigint / 1000.0)) as not_due
                      from broadcast_contacts where space_id = $1 and broadcast_id = $2 and state = 'waiting') w,
           lateral (select count(*) as under_way from broadcast_contacts
                     where space_id = $1 and broadcast_id = $2 and state = 'taken') t
     where i.space_id = $1 and i.broadcast_id = $2`;
  const { rows } = await db.query<Omit<ContactCounts, 'done'>>(text, [space, broadcast, now]);
  const counts = rows[0] ?? { contacts: 0, waiting: 0, not_due: 0, under_way: 0 };
  return { ...counts, done: counts.contacts - counts.waiting - counts.under_way };
}

/** How many contacts of the broadcast have a value in each of its columns. */
export async function columnsOfContacts(
  db: Transaction,
  space: SpaceId,
  broadcast: string,
): Promise<Map<string, number>> {
  const text = 'select name, contacts from broadcast_columns where space_id = $1 and broadcast_id = $2';
  const { rows } = await db.query<{ name: string; contacts: number }>({ name: 'broadcast-columns', text }, [
    space,
    broadcast,
  ]);
  return new Map(rows.map(({ name, contacts }) => [name, contacts]));
}

export interface CheckedContact {
  id: ContactId;
  state: Contact['state'];
  address: string;
  refExterne: string | null;
  fields: Readonly<Record<string, string>> | null;
  optedOut: boolean;
  doNotCall: boolean;
}

/** In the order of their ids, in whatever state: asked for those that wait, PostgreSQL would sort a million for each page. */
export async function contactsInOrder(
  db: Transaction,
  space: SpaceId,
  broadcast: string,
  slice: { after: string; limit: number },
): Promise<CheckedContact[]> {
  const { rows } = await db.query<CheckedContact>(
    `select c.id, c.state, c.address, c.ref_externe as "refExterne", c.fields,
            exists (select from optouts o
                     where o.space_id = c.space_id and o.number = c.address and o.media = c.media) as "optedOut",
            exists (select from do_not_call d
                     where d.space_id = c.space_id and d.campaign_id = '' and d.number = substr(c.address, 2)) as "doNotCall"
       from (select * from broadcast_contacts
              where space_id = $1 and broadcast_id = $2 and id > $3 order by id limit $4) c
      order by c.id`,
    [space, broadcast, slice.after, slice.limit],
  );
  return rows;
}

/** What one send is made of, as it is kept with its contact. */
export interface SingleContent {
  from: string | null;
  text: string | null;
  subject: string | null;
  html: string | null;
  document_id: number | null;
}

export interface SingleSend {
  contact: ContactId;
  /** The one that its first attempt will have. */
  attempt: AttemptId;
  media: Media;
  address: string;
  refExterne: string | null;
  priority: number;
  content: SingleContent;
  at: Instant;
}

export async function insertSingle(tx: Transaction, space: SpaceId, send: SingleSend): Promise<void> {
  await tx.query(
    {
      name: 'contacts-single',
      text: `insert into broadcast_contacts (space_id, id, media, address, ref_externe, content, priority, due_at, attempt_id)
             values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::bigint / 1000.0), $9)`,
    },
    [
      ...[space, send.contact, send.media, send.address, send.refExterne, JSON.stringify(send.content)],
      ...[send.priority, send.at, send.attempt],
    ],
  );
}

export interface KnownSingle {
  space: SpaceId;
  contact: ContactId;
  media: Media;
  address: string;
  refExterne: string | null;
  content: SingleContent;
  state: Contact['state'];
}

/** Of those spaces; undefined: none of its id. */
export async function findSingle(
  db: Transaction,
  spaces: readonly SpaceId[],
  attempt: AttemptId,
): Promise<KnownSingle | undefined> {
  const text = `select space_id as space, id as contact, media, address, ref_externe as "refExterne", content, state
                  from broadcast_contacts where space_id = any($1) and attempt_id = $2 and broadcast_id is null`;
  return (await db.query<KnownSingle>({ name: 'contacts-find-single', text }, [spaces, attempt])).rows[0];
}
