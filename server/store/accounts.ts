// Who may come in: logins, sessions, and the news that somebody may no longer.
import { verify } from '@node-rs/argon2';
import type { Role } from '../domain/directory.ts';
import { after, asId, type Instant, type SpaceId, type UserId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { type Actor, noteAudit } from './audit.ts';
import { LoginLimit } from './login-limit.ts';
import { recentRevocations, REVOKED_CHANNEL } from './revocations.ts';
import { findSession, insertSession, removeSession, type SessionOwner } from './sessions.ts';
import { findCredentials, hashPassword } from './users.ts';
import { Watch } from './watch.ts';

export interface Account {
  user: UserId;
  space: SpaceId;
  role: Role;
}

export interface Accounts {
  /**
   * null: wrong password, unknown or disabled user; the work is the same for all. Rejects with `request.too_many` after
   * too many failures of this login or from this address. Any role passes: the caller judges it.
   */
  verifyLogin(username: string, password: string, address: string): Promise<Account | null>;
  /** The token goes into the cookie; only its hash is kept. */
  openSession(account: Account, actor: Actor): Promise<{ token: string; expiresAt: Instant }>;
  session(token: string): Promise<SessionOwner | undefined>;
  endSession(token: string): Promise<void>;
  /** The user was disabled, deleted, got another role or another password, in this or another process. */
  onRevoked(listener: (user: UserId) => void): () => void;
  close(): Promise<void>;
}

export interface AccountsOptions {
  db: Database;
  clock: Clock;
  log: Log;
}

const SESSION_MS = 12 * 3_600_000;
const POLL_MS = 5_000;
/** Each takes 19 MiB and a core for some 20 ms. */
const VERIFICATIONS_AT_ONCE = 4;
const MOST_WAITING = 2_000;
/** Then those who wait have had their turn. */
const QUEUE_PASSES_IN_S = 20;

export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  const accounts = new StoredAccounts(options, await hashPassword('nobody has this password'));
  await accounts.start();
  return accounts;
}

class StoredAccounts implements Accounts {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limit: LoginLimit;
  readonly #watch: Watch;
  readonly #nobodysHash: string;
  readonly #listeners = new Set<(user: UserId) => void>();
  /** Versions of recent revocations that have been told. */
  #told = new Map<UserId, number>();
  #verifying = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({ db, clock, log }: AccountsOptions, nobodysHash: string) {
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    this.#limit = new LoginLimit(clock);
    this.#nobodysHash = nobodysHash;
    this.#watch = new Watch({
      db,
      log,
      clock,
      channel: REVOKED_CHANNEL,
      everyMs: POLL_MS,
      look: () => this.#tellRevocations(),
    });
  }

  async start(): Promise<void> {
    for (const { user_id, version } of await recentRevocations(this.#db)) this.#told.set(user_id, version);
    await this.#watch.start();
  }

  async verifyLogin(username: string, password: string, address: string): Promise<Account | null> {
    this.#limit.check(username, address);
    await this.#takeTurn();
    try {
      this.#limit.check(username, address); // Others may have failed while this one waited.
      // A name with U+0000 is nobody's, and PostgreSQL takes no such text.
      const found = username.includes('\0') ? undefined : await findCredentials(this.#db, username);
      const matches = await verify(found?.password_hash ?? this.#nobodysHash, password);
      if (!found || !matches || found.disabled) {
        this.#limit.failed(username, address);
        return null;
      }
      this.#limit.succeeded(username);
      return { user: asId<UserId>(found.user), space: asId<SpaceId>(found.space_id), role: found.role };
    } finally {
      this.#endTurn();
    }
  }

  async openSession(account: Account, actor: Actor): Promise<{ token: string; expiresAt: Instant }> {
    const now = this.#clock.now();
    const expiresAt = after(now, SESSION_MS);
    const token = await this.#db.transaction(async (tx) => {
      await noteAudit(tx, {
        space: account.space,
        actor,
        action: 'login',
        resource: 'sessions',
        resourceId: null,
        changes: null,
      });
      return await insertSession(tx, account, now, expiresAt);
    });
    return { token, expiresAt };
  }

  session(token: string): Promise<SessionOwner | undefined> {
    return findSession(this.#db, token, this.#clock.now());
  }

  endSession(token: string): Promise<void> {
    return removeSession(this.#db, token);
  }

  onRevoked(listener: (user: UserId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #tellRevocations(): Promise<void> {
    const recent = await recentRevocations(this.#db);
    const told = this.#told;
    this.#told = new Map(recent.map(({ user_id, version }) => [user_id, version]));
    for (const { user_id, version } of recent) {
      if (told.get(user_id) === version) continue;
      this.#log.info({ user: user_id }, 'access revoked');
      for (const listener of this.#listeners) listener(user_id);
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#verifying < VERIFICATIONS_AT_ONCE) {
      this.#verifying++;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      throw new AppError('request.too_many', 'Too many logins at once.', { retryAfterS: QUEUE_PASSES_IN_S });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The turn passes to the next one who waits. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#verifying--;
  }
}
