// Published versions of IVRs in memory. They never change, so that each is read once, however often a space changes.
import { type Directory, type IvrVersion, ivrVersionKey } from '../domain/directory.ts';
import type { IvrDefinition } from '../domain/ivr/definition.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export class IvrVersions {
  readonly #bySpace = new Map<SpaceId, Map<string, IvrDefinition>>();

  of(space: SpaceId): Directory['ivrVersions'] {
    return this.#mapOf(space);
  }

  /** Reads those that are not here yet. One that is deleted stays unknown. */
  async load(db: Transaction, space: SpaceId, wanted: readonly IvrVersion[]): Promise<void> {
    const known = this.#mapOf(space);
    const missing = wanted.filter((version) => !known.has(ivrVersionKey(version)));
    if (missing.length === 0) return;
    const text = `select v.ivr_id as ivr, v.version, v.document as definition
                    from unnest($2::int[], $3::int[]) as wanted (ivr, version)
                    join ivr_versions v on v.space_id = $1 and v.ivr_id = wanted.ivr and v.version = wanted.version`;
    const { rows } = await db.query<IvrVersion & { definition: IvrDefinition }>({ name: 'ivr-versions-load', text }, [
      space,
      missing.map(({ ivr }) => ivr),
      missing.map(({ version }) => version),
    ]);
    for (const { definition, ...version } of rows) known.set(ivrVersionKey(version), definition);
  }

  keepOnly(space: SpaceId, versions: readonly IvrVersion[]): void {
    const known = this.#mapOf(space);
    const kept = new Set(versions.map(ivrVersionKey));
    for (const key of known.keys()) if (!kept.has(key)) known.delete(key);
  }

  forget(space: SpaceId): void {
    this.#bySpace.delete(space);
  }

  #mapOf(space: SpaceId): Map<string, IvrDefinition> {
    const known = this.#bySpace.get(space) ?? new Map<string, IvrDefinition>();
    this.#bySpace.set(space, known);
    return known;
  }
}
