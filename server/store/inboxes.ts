// The built-in receiver: a space at most one, whose address nobody can guess.
import { randomBytes } from 'node:crypto';
import type { InboxRequest } from '../../contract/rest/inbox.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** What was received before is dropped. */
export const MOST_INBOX_REQUESTS = 1_000;

/** null: it is off. */
export async function inboxTokenOf(db: Transaction, space: SpaceId): Promise<string | null> {
  const { rows } = await db.query<{ token: string }>('select token from inboxes where space_id = $1', [space]);
  return rows[0]?.token ?? null;
}

/** The token it has already, or a new one. */
export async function openInbox(tx: Transaction, space: SpaceId): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  const { rows } = await tx.query<{ token: string }>(
    `insert into inboxes (space_id, token) values ($1, $2)
         on conflict (space_id) do update set token = inboxes.token returning token`,
    [space, token],
  );
  return rows[0]!.token;
}

/** With all that it has received. */
export async function closeInbox(tx: Transaction, space: SpaceId): Promise<void> {
  await tx.query('delete from inboxes where space_id = $1', [space]);
  await tx.query('delete from inbox_requests where space_id = $1', [space]);
}

export async function spaceOfInbox(db: Transaction, token: string): Promise<SpaceId | undefined> {
  const { rows } = await db.query<{ space_id: SpaceId }>(
    { name: 'inbox-space', text: 'select space_id from inboxes where token = $1' },
    [token],
  );
  return rows[0]?.space_id;
}

export async function receive(
  db: Transaction,
  space: SpaceId,
  request: { headers: Readonly<Record<string, string>>; body: string },
): Promise<void> {
  await db.query(
    {
      name: 'inbox-receive',
      text: `
        with received as (
          insert into inbox_requests (space_id, headers, body) values ($1, $2, $3)
        )
        delete from inbox_requests where space_id = $1 and id <= (
          select id from inbox_requests where space_id = $1 order by id desc offset $4 - 1 limit 1)`,
    },
    [space, JSON.stringify(request.headers), request.body.replaceAll('\0', '\uFFFD'), MOST_INBOX_REQUESTS],
  );
}

/** Newest first; `before`: only older ones than this id. */
export async function listInbox(
  db: Transaction,
  space: SpaceId,
  slice: { before: number | null; limit: number },
): Promise<InboxRequest[]> {
  const { rows } = await db.query<InboxRequest>(
    {
      name: 'inbox-list',
      text: `select id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, headers, body
               from inbox_requests
              where space_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
    },
    [space, slice.before, slice.limit],
  );
  return rows;
}
