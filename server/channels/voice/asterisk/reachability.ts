// Which phones can be reached: Asterisk knows by their registrations; sandbox phones always can.
import type { ExtensionId, Instant } from '../../../domain/ids.ts';
import type { PhoneSetup, VoiceFact } from '../engine.ts';
import type { Endpoint, PeerStatusChange } from './ari-types.gen.ts';
import type { Directory } from './directory.ts';
import { instantOf } from './translate.ts';

export class Reachability {
  readonly #directory: () => Directory;
  readonly #tell: (fact: VoiceFact) => void;
  readonly #reachable = new Set<ExtensionId>();

  constructor(options: { directory: () => Directory; tell: (fact: VoiceFact) => void }) {
    this.#directory = options.directory;
    this.#tell = options.tell;
  }

  /** The endpoint's state that comes with it may be the one before. */
  changed({ endpoint, peer, timestamp }: PeerStatusChange): void {
    const phone = endpoint.technology === 'PJSIP' ? this.#directory().phoneNamed(endpoint.resource) : null;
    if (phone) this.#found(phone, peer.peer_status === 'Reachable', instantOf(timestamp));
  }

  /**
   * User names of phones whose listed state is not to be believed by itself: Asterisk now and then never learns that an
   * endpoint which was made a moment before its phone registered is online. `all`: also those that seemed away before.
   */
  doubtful(endpoints: readonly Endpoint[], all: boolean): string[] {
    const online = onlineOf(endpoints);
    return this.#directory()
      .phones()
      .filter(({ extension }) => all || this.#reachable.has(extension))
      .flatMap(({ sandbox, username }) => (sandbox || username === null || online.has(username) ? [] : username));
  }

  /** As all of them are now; a phone that Asterisk does not name cannot be reached. `registered`: known to be, whatever
   *  is listed. */
  compare(endpoints: readonly Endpoint[], registered: readonly string[], at: Instant): void {
    const online = new Set([...onlineOf(endpoints), ...registered]);
    const phones = this.#directory().phones();
    const known = new Set(phones.map(({ extension }) => extension));
    for (const extension of this.#reachable) if (!known.has(extension)) this.#reachable.delete(extension);
    for (const phone of phones)
      this.#found(phone, phone.sandbox || (phone.username !== null && online.has(phone.username)), at);
  }

  /** After an `up` every reachable phone is told again. */
  forget(): void {
    this.#reachable.clear();
  }

  #found({ space, extension }: PhoneSetup, reachable: boolean, at: Instant): void {
    if (this.#reachable.has(extension) === reachable) return;
    if (reachable) this.#reachable.add(extension);
    else this.#reachable.delete(extension);
    this.#tell({ type: 'phoneReachable', at, space, extension, reachable });
  }
}

function onlineOf(endpoints: readonly Endpoint[]): Set<string> {
  return new Set(
    endpoints
      .filter(({ technology, state }) => technology === 'PJSIP' && state === 'online')
      .map(({ resource }) => resource),
  );
}
