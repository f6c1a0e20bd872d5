// Every administrative change: the change itself, the space's new version and the audit line commit together or not at
// all. The version's row lock puts the changes of a space in one order.
import type { SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { type AuditNote, noteAudit } from './audit.ts';
import { explained } from './constraints.ts';

/** Other processes look at once, instead of at their next poll. */
export const DIRECTORY_CHANNEL = 'parley_directory';

export interface Change<T> {
  doing: 'save' | 'remove';
  work(tx: Transaction): Promise<T>;
  /** What the audit says of it; called with what `work` has made. */
  note(result: T): AuditNote;
}

/** Rejects with `request.conflict` or `request.invalid` naming the field where a constraint says no. */
export async function commitChange<T>(db: Database, space: SpaceId, change: Change<T>): Promise<T> {
  try {
    return await db.transaction(async (tx) => {
      await raiseVersion(tx, space);
      const result = await change.work(tx);
      await noteAudit(tx, change.note(result));
      return result;
    });
  } catch (error) {
    throw explained(error, change.doing);
  }
}

/** The notice leaves with the commit. */
export async function raiseVersion(tx: Transaction, space: SpaceId): Promise<void> {
  await tx.query(
    {
      name: 'directory-version-raise',
      text: `insert into directory_versions (space_id, version) values ($1, 1)
             on conflict (space_id) do update set version = directory_versions.version + 1`,
    },
    [space],
  );
  await tx.query({ name: 'directory-notify', text: `select pg_notify($1, $2::text)` }, [DIRECTORY_CHANNEL, space]);
}
