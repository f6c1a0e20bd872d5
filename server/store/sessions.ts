import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../domain/directory.ts';
import type { Instant, SpaceId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface SessionOwner {
  user: UserId;
  space: SpaceId;
  role: Role;
  username: string;
  expiresAt: Instant;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** Returns the token, which is known to nobody but its holder from now on. Old sessions are swept on the way. */
export async function insertSession(
  tx: Transaction,
  owner: { user: UserId; space: SpaceId },
  now: Instant,
  expiresAt: Instant,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await tx.query({ name: 'sessions-sweep', text: 'delete from sessions where expires_at <= $1' }, [new Date(now)]);
  await tx.query(
    {
      name: 'sessions-insert',
      text: `insert into sessions (token_hash, space_id, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
    },
    [hashOf(token), owner.space, owner.user, new Date(now), new Date(expiresAt)],
  );
  return token;
}

/** undefined: no such session, or it is over. The role is the user's of today. */
export async function findSession(db: Transaction, token: string, now: Instant): Promise<SessionOwner | undefined> {
  const { rows } = await db.query<Omit<SessionOwner, 'expiresAt'> & { expiresAt: Date }>(
    {
      name: 'sessions-find',
      text: `select s.user_id as "user", s.space_id as space, u.role, u.username, s.expires_at as "expiresAt"
               from sessions s join users u on u.space_id = s.space_id and u.id = s.user_id
              where s.token_hash = $1 and s.expires_at > $2 and not u.disabled`,
    },
    [hashOf(token), new Date(now)],
  );
  const row = rows[0];
  return row && { ...row, expiresAt: row.expiresAt.getTime() as Instant };
}

export async function removeSession(db: Transaction, token: string): Promise<void> {
  await db.query({ name: 'sessions-remove', text: 'delete from sessions where token_hash = $1' }, [hashOf(token)]);
}
