// One server at a time runs the floors of a database: the calls that its voice engine does not know it would close. The
// embedded PostgreSQL is guarded by the home's lock already; this is for PARLEY_DATABASE_URL.
//
//   free, run out, or held by our own home ──► ours ──renewed every third──► … ──► given back
//                                    │ renewal finds another holder ──► lost
import { AppError, isAppError } from '../errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Background } from '../platform/background.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';

const leaseMs = 15_000;
/** A stop does not wait longer for a database that is away. */
const answerLimitMs = 500;

export interface FloorLeaseOptions {
  database: Database;
  /** Stays the same over restarts of one home, whose lock lets only one server in: it need not wait for its own lease. */
  holder: string;
  clock: Clock;
  background: Background;
  log: Log;
  /** Another server has taken it, after we could not renew it in time. */
  lost: () => void;
}

export class FloorLease {
  readonly #options: FloorLeaseOptions;
  #timer: Timer | null = null;
  #ended = false;

  constructor(options: FloorLeaseOptions) {
    this.#options = options;
  }

  /** Rejects with `setup.failed` while another server holds it. */
  async take(): Promise<void> {
    if (!(await this.#claim())) {
      throw new AppError(
        'setup.failed',
        'Another Parley runs the calls of this database: stop it first, or set PARLEY_DATABASE_URL to a database of its own.',
      );
    }
    this.#renewLater();
  }

  /** Lets the next server in at once. */
  async giveBack(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    const { database, holder } = this.#options;
    // While the database is away it runs out by itself; who comes from this home need not wait for that.
    if (!(await database.answers(answerLimitMs))) return;
    try {
      await database.query('delete from floor_lease where holder = $1', [holder]);
    } catch (error) {
      if (!isAppError(error, 'database.unavailable')) throw error;
    }
  }

  #renewLater(): void {
    const { clock, background } = this.#options;
    this.#timer = clock.after(leaseMs / 3, () => background.run('renew the floor lease', this.#renew()));
  }

  async #renew(): Promise<void> {
    const { log, lost } = this.#options;
    try {
      if (!(await this.#claim()) && !this.#ended) return lost();
    } catch (error) {
      // Nobody else can take it while the database is away.
      if (!isAppError(error, 'database.unavailable')) throw error;
      log.debug({ err: error }, 'the floor lease could not be renewed; it is tried again');
    }
    if (!this.#ended) this.#renewLater();
  }

  async #claim(): Promise<boolean> {
    const { database, holder } = this.#options;
    const { rowCount } = await database.query(
      {
        name: 'floor-lease-claim',
        text: `insert into floor_lease (holder, until) values ($1, now() + $2 * interval '1 ms')
               on conflict (singleton) do update set holder = excluded.holder, until = excluded.until
                where floor_lease.holder = excluded.holder or floor_lease.until < now()`,
      },
      [holder, leaseMs],
    );
    return rowCount === 1;
  }
}
