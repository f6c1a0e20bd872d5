import type { AuditEntry } from '../../contract/rest/audit.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** Who asks. `address`: where from; null for the server itself. */
export interface Actor {
  type: AuditEntry['actor_type'];
  id: number | null;
  name: string | null;
  address: string | null;
}

export interface AuditNote {
  space: SpaceId | null;
  actor: Actor;
  action: string;
  resource: string;
  resourceId: string | null;
  /** The fields as given; what is secret is left out here. */
  changes: object | null;
}

const secret = new Set(['password']);
/** Of these the names stay: their values are often somebody's keys. */
const namesOnly = new Set(['headers']);

export async function noteAudit(tx: Transaction, note: AuditNote): Promise<void> {
  const { actor } = note;
  const changes = note.changes === null ? null : JSON.stringify(note.changes, withoutSecrets);
  await tx.query(
    {
      name: 'audit-note',
      text: `insert into audit (space_id, actor_type, actor_id, actor_name, address, action, resource, resource_id, changes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    },
    [note.space, actor.type, actor.id, actor.name, actor.address, note.action, note.resource, note.resourceId, changes],
  );
}

function withoutSecrets(key: string, value: unknown): unknown {
  if (secret.has(key)) return undefined;
  return namesOnly.has(key) && value !== null && typeof value === 'object' ? Object.keys(value) : value;
}

/** Newest first; `before`: only older ones than this id, null: from the newest. */
export async function listAudit(
  db: Transaction,
  space: SpaceId | null,
  slice: { before: number | null; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>(
    {
      name: 'audit-list',
      text: `select id, space_id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, actor_type, actor_id,
                    actor_name, address, action, resource, resource_id, changes
               from audit
              where ($1::int is null or space_id = $1) and ($2::bigint is null or id < $2)
              order by id desc limit $3`,
    },
    [space, slice.before, slice.limit],
  );
  return rows;
}
