// How many failed logins are borne: a fixed window that begins with the first failure.
import { AppError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';

/** After so long a blocked login or address is free again. */
const WINDOW_S = 5 * 60;
const WINDOW_MS = WINDOW_S * 1_000;
const MOST_PER_LOGIN = 10;
const MOST_PER_ADDRESS = 50;
/** Bounds the memory that an attacker with many names can take. */
const MOST_REMEMBERED = 50_000;
/** Of what is tried as a login no more is remembered than a user's name can be long. */
const LONGEST_NAME = 64;

export class LoginLimit {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { since: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `request.too_many` while this login or address has failed too often. */
  check(username: string, address: string): void {
    if (this.#count(loginKey(username)) < MOST_PER_LOGIN && this.#count(addressKey(address)) < MOST_PER_ADDRESS) return;
    const retryAfterS = WINDOW_S;
    throw new AppError('request.too_many', 'Too many failed logins; try again in some minutes.', { retryAfterS });
  }

  failed(username: string, address: string): void {
    this.#add(loginKey(username));
    this.#add(addressKey(address));
  }

  /** The login is its owner's again; the address stays suspect. */
  succeeded(username: string): void {
    this.#failures.delete(loginKey(username));
  }

  #count(key: string): number {
    const entry = this.#failures.get(key);
    return entry && this.#clock.now() - entry.since < WINDOW_MS ? entry.count : 0;
  }

  #add(key: string): void {
    const count = this.#count(key);
    const since = count === 0 ? this.#clock.now() : this.#failures.get(key)!.since;
    this.#failures.delete(key);
    this.#failures.set(key, { since, count: count + 1 });
    if (this.#failures.size > MOST_REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
  }
}

const loginKey = (username: string) => `login ${username.slice(0, LONGEST_NAME).toLowerCase()}`;
const addressKey = (address: string) => `address ${address}`;
