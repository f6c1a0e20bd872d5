// Who follows the journal, on connections of their own: a page never waits behind a request, nor a request behind pages.
import { type Following, follow, type Rest } from '../journal/follow.ts';
import type { Follower, Journal, JournalLag } from '../journal/journal.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, type DatabaseAddress, openDatabase } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import type { StopList } from '../platform/shutdown.ts';

export interface FollowersOptions {
  address: DatabaseAddress;
  journal: Journal;
  clock: Clock;
  log: Log;
  stops: StopList;
}

export class Followers {
  readonly #options: FollowersOptions;
  readonly #database: Database;
  readonly #followings: Following[] = [];

  constructor(options: FollowersOptions) {
    this.#options = options;
    this.#database = openDatabase(options.address, { log: options.log, max: 6 });
    options.stops.add('connections of followers', () => this.#database.close());
  }

  /**
   * Begins at once and ends with the stop. `restMs`: how long events gather after each page; `pageSize`: most events in
   * one (journal/follow.ts).
   */
  add(follower: Follower, restMs: Rest, pageSize = 500): Following {
    const { journal, clock, log, stops } = this.#options;
    const following = follow({ database: this.#database, journal, follower, log, clock, restMs, pageSize });
    stops.add(`follower ${follower.name}`, () => following.stop());
    this.#followings.push(following);
    return following;
  }

  lag(): Promise<JournalLag[]> {
    return Promise.all(this.#followings.map((following) => following.lag()));
  }
}
