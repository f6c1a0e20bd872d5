// IVRs: a draft that is worked on, and versions that are published and never changed.
import type { IvrDocument } from '../../contract/ivr.ts';
import type { IvrVersion } from '../../contract/rest/ivrs.ts';
import type { SoundRef } from '../domain/ivr/definition.ts';
import type { Known } from '../domain/ivr/validate.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Slice } from './table.ts';

export interface StoredIvr {
  id: number;
  space_id: number;
  /** The draft if there is one, else what is published. */
  document: IvrDocument;
  isDraft: boolean;
  /** The published one; null: none yet. */
  version: number | null;
}

const columns = `i.id, i.space_id, coalesce(i.draft, v.document) as document, i.draft is not null as "isDraft", i.version`;
const withVersion = `ivrs i left join ivr_versions v
  on v.space_id = i.space_id and v.ivr_id = i.id and v.version = i.version`;

/** `space` null: of all spaces. */
export async function listIvrs(db: Transaction, space: SpaceId | null, { after, limit }: Slice): Promise<StoredIvr[]> {
  const text = `select ${columns} from ${withVersion}
                 where ($1::int is null or i.space_id = $1) and i.id > $2::bigint order by i.id limit $3`;
  return (await db.query<StoredIvr>({ name: 'ivrs-list', text }, [space, after, limit])).rows;
}

export async function findIvr(db: Transaction, id: number): Promise<StoredIvr | undefined> {
  const text = `select ${columns} from ${withVersion} where i.id = $1`;
  return (await db.query<StoredIvr>({ name: 'ivrs-find', text }, [id])).rows[0];
}

export async function createIvr(tx: Transaction, space: SpaceId, document: IvrDocument): Promise<StoredIvr> {
  const text = 'insert into ivrs (space_id, name, draft) values ($1, $2, $3) returning id';
  const { rows } = await tx.query<{ id: number }>({ name: 'ivrs-insert', text }, [space, document.name, document]);
  return (await findIvr(tx, rows[0]!.id))!;
}

/** undefined: it is gone meanwhile. */
export async function saveDraft(
  tx: Transaction,
  space: SpaceId,
  id: number,
  document: IvrDocument,
): Promise<StoredIvr | undefined> {
  const text = 'update ivrs set draft = $3, name = $4 where space_id = $1 and id = $2';
  const { rowCount } = await tx.query({ name: 'ivrs-draft', text }, [space, id, document, document.name]);
  return rowCount === 0 ? undefined : await findIvr(tx, id);
}

/** The draft becomes the next version. Without a draft nothing changes. undefined: the IVR is gone. */
export async function publishDraft(tx: Transaction, space: SpaceId, id: number): Promise<StoredIvr | undefined> {
  const text = `
    with published as (
      insert into ivr_versions (space_id, ivr_id, version, document)
      select i.space_id, i.id,
             1 + coalesce((select max(v.version) from ivr_versions v where v.space_id = $1 and v.ivr_id = $2), 0), i.draft
        from ivrs i where i.space_id = $1 and i.id = $2 and i.draft is not null
      returning version)
    update ivrs set draft = null, version = published.version from published where space_id = $1 and id = $2`;
  await tx.query({ name: 'ivrs-publish', text }, [space, id]);
  return await findIvr(tx, id);
}

export async function removeIvr(tx: Transaction, space: SpaceId, id: number): Promise<boolean> {
  const text = 'delete from ivrs where space_id = $1 and id = $2';
  return (await tx.query({ name: 'ivrs-remove', text }, [space, id])).rowCount === 1;
}

const versionColumns = `v.version, to_char(v.published_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as published_at,
  v.version = i.version as current, v.document`;

/** The newest first. `before` null: from the newest. */
export async function listVersions(
  db: Transaction,
  id: number,
  { before, limit }: { before: number | null; limit: number },
): Promise<IvrVersion[]> {
  const text = `select ${versionColumns} from ivr_versions v join ivrs i on i.space_id = v.space_id and i.id = v.ivr_id
                 where i.id = $1 and ($2::int is null or v.version < $2) order by v.version desc limit $3`;
  return (await db.query<IvrVersion>({ name: 'ivr-versions-list', text }, [id, before, limit])).rows;
}

export async function findVersion(db: Transaction, id: number, version: number): Promise<IvrVersion | undefined> {
  const text = `select ${versionColumns} from ivr_versions v join ivrs i on i.space_id = v.space_id and i.id = v.ivr_id
                 where i.id = $1 and v.version = $2`;
  return (await db.query<IvrVersion>({ name: 'ivr-versions-find', text }, [id, version])).rows[0];
}

/** What IVRs of that space can refer to, as it is now. */
export async function knownToIvrs(db: Transaction, space: SpaceId): Promise<Known> {
  const sounds = new Set<SoundRef>();
  const named = await db.query<{ id: number; filename: string }>(
    { name: 'ivrs-sounds', text: 'select id, filename from sounds where space_id = $1' },
    [space],
  );
  for (const { id, filename } of named.rows) sounds.add(id).add(filename);
  const queues = await db.query<{ id: number }>(
    { name: 'ivrs-queues', text: 'select id from queues where space_id = $1' },
    [space],
  );
  const queueIds = new Set(queues.rows.map(({ id }) => id));
  return { hasSound: (sound) => sounds.has(sound), hasQueue: (queue) => queueIds.has(queue) };
}
