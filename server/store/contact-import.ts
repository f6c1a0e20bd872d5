// Contacts come into a broadcast. One import at a time of a broadcast: its row in broadcast_intakes is locked, so that no
// number comes in twice, be it by two files at once.
import pg from 'pg';
import type { Import } from '../../contract/rest/imports.ts';
import { holdsContacts, newAddressSet } from '../domain/contacts/address-set.ts';
import type { Media } from '../domain/contacts/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { lockState } from './broadcasts.ts';
import { copyText, idsAt, type ImportBatch, importRows } from './bulk-import.ts';

/** Ready to be kept. */
export interface GivenContact {
  /** E.164 with plus; mail: the address. */
  address: string;
  refExterne: string | null;
  priority: number;
  /** JSON of the other columns, all of them text; null: none. */
  fields: string | null;
}

/** What an import asks and tells while it reads. */
export interface ContactIntake {
  /** False: the broadcast has it already, or this import does. */
  isNew(address: string): boolean;
  /** How many of the contacts have a value in each column. */
  columns: Map<string, number>;
}

export interface BroadcastPlace {
  space: SpaceId;
  broadcast: string;
  media: Media;
}

export const copyContactsSql = `copy broadcast_contacts (space_id, id, broadcast_id, media, address, ref_externe, fields,
  priority, due_at) from stdin`;

const addressesAtOnce = 50_000;

/**
 * Rejects with what `read` throws, `request.not_found`, `broadcast.import_running`, `broadcast.wrong_state` (it is
 * over) or `request.too_large`; then nothing of it is kept.
 */
export async function importContacts(
  db: Database,
  { space, broadcast, media }: BroadcastPlace,
  now: number,
  read: (intake: ContactIntake) => AsyncIterable<ImportBatch<GivenContact>>,
): Promise<Import> {
  const known = newAddressSet(media);
  const columns = new Map<string, number>();
  const isNew = (address: string) => {
    if (known.size < holdsContacts) return known.add(address);
    throw new AppError('request.too_large', `A broadcast has at most ${holdsContacts} contacts.`);
  };
  return await importRows<GivenContact>(db, {
    ...{ space, owner: broadcast, now, sql: copyContactsSql },
    lines: contactLinesOf({ space, broadcast, media }, now, idsAt(now)),
    async begin(tx) {
      await lockIntake(tx, space, broadcast);
      requireOpen(await stateOf(tx, space, broadcast));
      for await (const addresses of addressesOf(tx, space, broadcast)) for (const one of addresses) isNew(one);
    },
    batches: () => read({ columns, isNew }),
    async complete(tx, accepted) {
      // Locked now, and not before: a pause must not wait for a file.
      requireOpen(await lockState(tx, space, broadcast));
      await tx.query(
        // Where a start is asked they are looked at with the others, or when their turn comes.
        `update broadcasts set state = 'draft'
          where space_id = $1 and id = $2 and state in ('ready', 'validating') and start_asked_at is null`,
        [space, broadcast],
      );
      await tx.query(
        'update broadcast_intakes set contacts = contacts + $3 where space_id = $1 and broadcast_id = $2',
        [space, broadcast, accepted],
      );
      await addColumns(tx, space, broadcast, columns);
    },
  });
}

function requireOpen(state: string | undefined): void {
  if (state === undefined) throw new AppError('request.not_found', 'There is no such broadcast.');
  if (state === 'done' || state === 'cancelled') {
    throw new AppError('broadcast.wrong_state', `The broadcast is ${state}: nobody can be added.`);
  }
}

async function stateOf(tx: Transaction, space: SpaceId, broadcast: string): Promise<string | undefined> {
  // Nobody removes it before the transaction ends.
  const text = 'select state from broadcasts where space_id = $1 and id = $2 for key share';
  return (await tx.query<{ state: string }>(text, [space, broadcast])).rows[0]?.state;
}

async function lockIntake(tx: Transaction, space: SpaceId, broadcast: string): Promise<void> {
  try {
    await tx.query('select from broadcast_intakes where space_id = $1 and broadcast_id = $2 for update nowait', [
      space,
      broadcast,
    ]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === '55P03')) throw error; // lock_not_available
    throw new AppError('broadcast.import_running', 'Contacts are coming into this broadcast already.', {
      cause: error,
    });
  }
}

async function* addressesOf(tx: Transaction, space: SpaceId, broadcast: string): AsyncGenerator<string[]> {
  let after = '';
  for (;;) {
    const { rows } = await tx.query<{ id: string; address: string }>(
      `select id, address from broadcast_contacts
        where space_id = $1 and broadcast_id = $2 and id > $3 order by id limit $4`,
      [space, broadcast, after, addressesAtOnce],
    );
    if (rows.length === 0) return;
    yield rows.map(({ address }) => address);
    after = rows.at(-1)!.id;
  }
}

async function addColumns(
  tx: Transaction,
  space: SpaceId,
  broadcast: string,
  columns: ReadonlyMap<string, number>,
): Promise<void> {
  await tx.query(
    `insert into broadcast_columns as old (space_id, broadcast_id, name, contacts)
     select $1, $2, * from unnest($3::text[], $4::bigint[])
         on conflict (space_id, broadcast_id, name) do update set contacts = old.contacts + excluded.contacts`,
    [space, broadcast, [...columns.keys()], [...columns.values()]],
  );
}

/** The rows in COPY's text format. */
export function contactLinesOf(
  { space, broadcast, media }: BroadcastPlace,
  now: number,
  nextId: () => string,
): (rows: readonly GivenContact[]) => string {
  const before = `${space}\t`;
  const between = `\t${broadcast}\t${media}\t`;
  const due = new Date(now).toISOString();
  return (rows) => {
    let lines = '';
    for (const { address, refExterne, fields, priority } of rows) {
      lines += `${before}${nextId()}${between}${copyText(address)}\t${copyText(refExterne)}\t${copyText(fields)}\t${priority}\t${due}\n`;
    }
    return lines;
  };
}
