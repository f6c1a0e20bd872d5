// What every space has been set up with, in memory: loaded at start, replaced whole when a change has committed, in
// this process (refresh) or another (notice and poll).
import type { VoiceSetup } from '../channels/voice/engine.ts';
import type { Directory, IvrSettings, IvrVersion } from '../domain/directory.ts';
import type { ExtensionId, QueueId, SpaceId, TrunkId, UserId } from '../domain/ids.ts';
import { type Clock, realClock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { DIRECTORY_CHANNEL } from './changes.ts';
import {
  type DirectoryRow,
  directoryOf,
  phoneSetupOf,
  readDirectories,
  readVersions,
  trunkSetupOf,
} from './directory-rows.ts';
import { IvrVersions } from './ivr-versions.ts';
import { Watch } from './watch.ts';

export interface Directories {
  /** undefined: no such space (any more). */
  of(space: SpaceId): Directory | undefined;
  spaces(): SpaceId[];
  spaceOfTrunk(trunk: TrunkId): SpaceId | undefined;
  spaceOfExtension(extension: ExtensionId): SpaceId | undefined;
  spaceOfUser(user: UserId): SpaceId | undefined;
  spaceOfQueue(queue: QueueId): SpaceId | undefined;
  /** Resolves when what was committed before is seen here. Never rejects: while PostgreSQL is away the poll sees to it. */
  refresh(space: SpaceId): Promise<void>;
  /** Told after a space was replaced, added or removed. */
  onChange(listener: (space: SpaceId) => void): () => void;
  /** Calls of the space run these versions of IVRs: they are in `of(space)` when this resolves, and others than these
   *  and the current ones no more. One of an IVR that is deleted is not. */
  keepIvrVersions(space: SpaceId, inUse: () => readonly IvrVersion[]): Promise<void>;
  /** All trunks and phones of all spaces, with the SIP passwords: for the engine only, never for a log. */
  voiceSetup(): VoiceSetup;
  close(): Promise<void>;
}

export interface DirectoriesOptions {
  db: Database;
  log: Log;
  clock?: Clock;
}

const POLL_MS = 2_000;

export async function openDirectories(options: DirectoriesOptions): Promise<Directories> {
  const directories = new StoredDirectories(options);
  await directories.start();
  return directories;
}

interface Held {
  version: number;
  directory: Directory;
  voice: VoiceSetup;
}

class StoredDirectories implements Directories {
  readonly #db: Database;
  readonly #log: Log;
  readonly #watch: Watch;
  readonly #ivrVersions = new IvrVersions();
  readonly #held = new Map<SpaceId, Held>();
  /** Versions of spaces that are gone, so that they are not read again and again. */
  readonly #gone = new Map<SpaceId, number>();
  readonly #listeners = new Set<(space: SpaceId) => void>();

  constructor({ db, log, clock }: DirectoriesOptions) {
    this.#db = db;
    this.#log = log;
    this.#watch = new Watch({
      db,
      log,
      clock: clock ?? realClock,
      channel: DIRECTORY_CHANNEL,
      everyMs: POLL_MS,
      look: () => this.#catchUp(),
    });
  }

  async start(): Promise<void> {
    await this.#watch.start(); // First, so that no change falls between reading and listening.
    await this.#catchUp();
  }

  of(space: SpaceId): Directory | undefined {
    return this.#held.get(space)?.directory;
  }

  spaces(): SpaceId[] {
    return [...this.#held.keys()];
  }

  spaceOfTrunk(trunk: TrunkId): SpaceId | undefined {
    return this.#spaceWhere((directory) => directory.trunks.has(trunk));
  }

  spaceOfExtension(extension: ExtensionId): SpaceId | undefined {
    return this.#spaceWhere((directory) => directory.extensions.has(extension));
  }

  spaceOfUser(user: UserId): SpaceId | undefined {
    return this.#spaceWhere((directory) => directory.users.has(user));
  }

  spaceOfQueue(queue: QueueId): SpaceId | undefined {
    return this.#spaceWhere((directory) => directory.queues.has(queue));
  }

  async refresh(space: SpaceId): Promise<void> {
    try {
      await this.#read([space]);
    } catch (error) {
      this.#log.warn({ err: error, space }, 'space not refreshed yet');
    }
  }

  onChange(listener: (space: SpaceId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async keepIvrVersions(space: SpaceId, inUse: () => readonly IvrVersion[]): Promise<void> {
    const wanted = () => [...inUse(), ...currentVersions(this.of(space)?.ivrs.values() ?? [])];
    await this.#ivrVersions.load(this.#db, space, wanted());
    // Asked again: meanwhile calls have begun, and versions were published.
    this.#ivrVersions.keepOnly(space, wanted());
  }

  voiceSetup(): VoiceSetup {
    const all = [...this.#held.values()].map((held) => held.voice);
    return { trunks: all.flatMap((setup) => setup.trunks), phones: all.flatMap((setup) => setup.phones) };
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #catchUp(): Promise<void> {
    const versions = await readVersions(this.#db);
    const stale = versions.filter(({ space_id, version }) => this.#versionOf(space_id) < version);
    if (stale.length > 0) await this.#read(stale.map(({ space_id }) => space_id));
  }

  async #read(spaces: readonly SpaceId[]): Promise<void> {
    const rows = await readDirectories(this.#db, spaces);
    for (const row of rows) await this.#ivrVersions.load(this.#db, row.space_id, currentVersions(row.ivrs));
    this.#take(rows);
  }

  #versionOf(space: SpaceId): number {
    return this.#held.get(space)?.version ?? this.#gone.get(space) ?? 0;
  }

  /** An answer that was overtaken by a newer one is dropped. */
  #take(rows: readonly DirectoryRow[]): void {
    for (const row of rows) {
      if (row.version <= this.#versionOf(row.space_id)) continue;
      if (row.space)
        this.#held.set(row.space_id, heldOf(row, directoryOf(row, row.space, this.#ivrVersions.of(row.space_id))));
      else {
        this.#held.delete(row.space_id);
        this.#ivrVersions.forget(row.space_id);
        this.#gone.set(row.space_id, row.version);
      }
      for (const listener of this.#listeners) listener(row.space_id);
    }
  }

  #spaceWhere(holds: (directory: Directory) => boolean): SpaceId | undefined {
    for (const [space, { directory }] of this.#held) if (holds(directory)) return space;
    return undefined;
  }
}

function currentVersions(ivrs: Iterable<IvrSettings>): IvrVersion[] {
  return [...ivrs].map(({ id, version }) => ({ ivr: id, version }));
}

function heldOf(row: DirectoryRow, directory: Directory): Held {
  const space = row.space_id;
  // A phone that is no sandbox any more and has not got credentials yet is not reachable.
  const phones = row.extensions.filter((it) => it.type === 'phone' && (it.sandbox || it.sip_username !== null));
  return {
    version: row.version,
    directory,
    voice: {
      trunks: row.trunks.map((trunk) => trunkSetupOf(space, trunk)),
      phones: phones.map((phone) => {
        const holder = phone.user_id === null ? undefined : directory.users.get(phone.user_id);
        return phoneSetupOf(space, phone, holder);
      }),
    },
  };
}
