// Whose access ended or changed. A row and a notice: whoever missed the notice finds the row.
import type { SpaceId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export const REVOKED_CHANNEL = 'parley_revoked';

/** Ends the user's sessions; the notice leaves with the commit. */
export async function revokeAccess(tx: Transaction, space: SpaceId, user: UserId): Promise<void> {
  const sessions = 'delete from sessions where space_id = $1 and user_id = $2';
  await tx.query({ name: 'sessions-remove-of-user', text: sessions }, [space, user]);
  await tx.query(
    {
      name: 'revocations-raise',
      text: `insert into revocations (user_id, version) values ($1, 1)
             on conflict (user_id) do update set version = revocations.version + 1, at = now()`,
    },
    [user],
  );
  await tx.query({ name: 'revocations-notify', text: `select pg_notify($1, '')` }, [REVOKED_CHANNEL]);
}

/** Those of the last two minutes: longer than any transaction lives, and any loss of connection goes unnoticed. */
export async function recentRevocations(db: Transaction): Promise<{ user_id: UserId; version: number }[]> {
  const text = `select user_id, version from revocations where at > now() - interval '2 minutes'`;
  return (await db.query<{ user_id: UserId; version: number }>({ name: 'revocations-recent', text })).rows;
}
