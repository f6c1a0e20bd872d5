// id_session of POST /ws/: in PostgreSQL, so that any process knows it and a restart does not end it; only its hash, so
// that nobody who reads the database can use it.
import { createHash, randomBytes } from 'node:crypto';
import { after, type Instant, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';

export const SESSION_MS = 2 * 3_600_000;

export interface SessionOwner {
  space: SpaceId;
  user: UserId;
}

export interface StreamSessions {
  open(owner: SessionOwner, address: string): Promise<{ token: string; expires: Instant }>;
  /** null: no such session, another address, another target, expired, or the user's access was revoked meanwhile. */
  check(token: string, target: number, address: string): Promise<SessionOwner | null>;
  end(user: UserId): Promise<void>;
  deleteExpired(): Promise<void>;
}

export function streamSessions({ database, clock }: { database: Database; clock: Clock }): StreamSessions {
  return {
    async open({ space, user }, address) {
      const token = randomBytes(24).toString('hex');
      const expires = after(clock.now(), SESSION_MS);
      await database.query(
        `insert into supervision_sessions (token_hash, space_id, user_id, address, expires_at)
         values ($1, $2, $3, $4, $5)`,
        [hashOf(token), space, user, address, new Date(expires)],
      );
      return { token, expires };
    },

    async check(token, target, address) {
      const { rows } = await database.query<SessionOwner>(
        {
          name: 'supervision.check_session',
          // `end` may not have come yet, or have failed.
          text: `select space_id as space, user_id as user from supervision_sessions as session
                  where token_hash = $1 and user_id = $2 and address = $3 and expires_at > $4
                    and not exists (select from revocations
                                     where user_id = session.user_id and at > session.expires_at - $5 * interval '1 ms')`,
        },
        [hashOf(token), target, address, new Date(clock.now()), SESSION_MS],
      );
      return rows[0] ?? null;
    },

    async end(user) {
      await database.query('delete from supervision_sessions where user_id = $1', [user]);
    },

    async deleteExpired() {
      await database.query('delete from supervision_sessions where expires_at <= $1', [new Date(clock.now())]);
    },
  };
}

const hashOf = (token: string) => createHash('sha256').update(token).digest();
