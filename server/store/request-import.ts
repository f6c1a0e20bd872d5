// An import of requests: all of it or nothing, in one transaction, by COPY.
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Import } from '../../contract/rest/requests.ts';
import type { SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Database, Transaction } from '../platform/db.ts';
import type { GivenRequest, Place } from './campaign-requests.ts';
import { holdCampaign } from './campaigns.ts';

export interface RefusedRow {
  line: number;
  path: string;
  message: string;
}
/** Some rows at a time, in the order of the file. */
export interface ImportBatch {
  accepted: readonly GivenRequest[];
  refused: readonly RefusedRow[];
}

const columns = [
  ...['space_id', 'campaign_id', 'id', 'created_at', 'contact_number', 'number', 'name', 'contact_info'],
  ...['contact_identifier', 'case_id', 'case_group', 'case_state', 'priority', 'process_not_before', 'process_date'],
  ...['process_from_date', 'process_to_date', 'process_day', 'process_time', 'process_from_time', 'process_to_time'],
  ...['process_hours', 'assigned_user_id', 'custom', 'parked', 'due_at'],
];
export const copyRequestsSql = `copy campaign_requests (${columns.join(', ')}) from stdin`;

const shownRefusals = 1_000;
const refusalsAtOnce = 5_000;

/** `first_id`: of the first accepted row, null: none was. */
export type Imported = Import & { first_id: string | null };

/** Rejects with what `batches` throws, or `request.not_found`; then nothing of it is kept. */
export async function importRequests(
  db: Database,
  place: Place,
  about: { now: number; priority: number },
  batches: AsyncIterable<ImportBatch>,
): Promise<Imported> {
  const session = await db.session();
  const broken = new AbortController();
  session.on('error', (error) => broken.abort(error));
  try {
    await session.query('begin');
    if (!(await holdCampaign(session as Transaction, place.space, place.campaign))) {
      throw new AppError('request.not_found', 'There is no such campaign.');
    }
    const copy = session.query(copyFrom(copyRequestsSql));
    copy.on('error', (error) => broken.abort(error));
    const refused: RefusedRow[] = [];
    let accepted = 0;
    const nextId = idsAt(about.now);
    let firstId: string | null = null;
    const write = linesOf(place, about, () => {
      const id = nextId();
      firstId ??= id;
      return id;
    });
    try {
      for await (const batch of batches) {
        broken.signal.throwIfAborted();
        for (const row of batch.refused) refused.push(row);
        accepted += batch.accepted.length;
        if (batch.accepted.length > 0 && !copy.write(write(batch.accepted))) {
          await once(copy, 'drain', { signal: broken.signal });
        }
      }
      copy.end();
      await finished(copy, { signal: broken.signal });
    } catch (error) {
      copy.destroy();
      throw error;
    }
    const done = await report(session as Transaction, place, { now: about.now, accepted, refused });
    await session.query('commit');
    return { ...done, first_id: firstId };
  } finally {
    await Promise.allSettled([session.end()]); // What has not been committed ends with it; a broken one is gone already.
  }
}

async function report(
  tx: Transaction,
  { space, campaign }: Place,
  { now, accepted, refused }: { now: number; accepted: number; refused: readonly RefusedRow[] },
): Promise<Import> {
  const id = idsAt(now)();
  await tx.query(
    `insert into campaign_imports (space_id, campaign_id, id, at, accepted, refused)
     values ($1, $2, $3, to_timestamp($4::bigint / 1000.0), $5, $6)`,
    [space, campaign, id, now, accepted, refused.length],
  );
  for (let at = 0; at < refused.length; at += refusalsAtOnce) {
    const some = refused.slice(at, at + refusalsAtOnce);
    await tx.query(
      `insert into campaign_import_refusals (space_id, campaign_id, import_id, line, path, message)
       select $1, $2, $3, * from unnest($4::int[], $5::text[], $6::text[])`,
      [space, campaign, id, some.map((row) => row.line), some.map((row) => row.path), some.map((row) => row.message)],
    );
  }
  return { import_id: id, accepted, refused: refused.length, refusals: refused.slice(0, shownRefusals) };
}

export async function listRefusals(
  db: Transaction,
  { space, campaign }: Place,
  slice: { import: string; after: number; limit: number },
): Promise<RefusedRow[]> {
  const text = `select line, path, message from campaign_import_refusals
                 where space_id = $1 and campaign_id = $2 and import_id = $3 and line > $4 order by line limit $5`;
  const values = [space, campaign, slice.import, slice.after, slice.limit];
  return (await db.query<RefusedRow>({ name: 'refusals-list', text }, values)).rows;
}

/** 24 hex digits that grow with each call: 8 of the second, 8 of chance, 8 counted. So a file's order is that of its ids. */
export function idsAt(now: number): () => string {
  const first = Math.floor(now / 1_000)
    .toString(16)
    .padStart(8, '0');
  const prefix = first + randomBytes(4).toString('hex');
  let count = 0;
  return () => prefix + (count++).toString(16).padStart(8, '0');
}

/** The rows in COPY's text format (PostgreSQL, "COPY", Text Format). */
export function linesOf(
  { space, campaign }: { space: SpaceId; campaign: string },
  { now, priority }: { now: number; priority: number },
  nextId: () => string,
): (rows: readonly GivenRequest[]) => string {
  const created = new Date(now).toISOString();
  const before = `${space}\t${campaign}\t`;
  return (rows) => {
    let lines = '';
    for (const { request, number } of rows) {
      const notBefore = request.process_not_before ?? created;
      lines += `${before}${nextId()}\t${created}\t${text(request.contact_number)}\t${number}\t${text(request.name)}\t${text(
        request.contact_info,
      )}\t${text(request.contact_identifier)}\t${text(request.case_id)}\t${text(request.case_group)}\t${text(
        request.case_state,
      )}\t${request.priority ?? priority}\t${notBefore}\t${request.process_date}\t${request.process_from_date ?? '\\N'}\t${
        request.process_to_date ?? '\\N'
      }\t${request.process_day ?? '\\N'}\t${request.process_time}\t${request.process_from_time ?? '\\N'}\t${
        request.process_to_time ?? '\\N'
      }\t${request.process_hours ?? '\\N'}\t${request.assigned_user_id ?? '\\N'}\t${
        request.custom === null ? '\\N' : text(JSON.stringify(request.custom))
      }\t${Date.parse(notBefore) > now ? 't' : 'f'}\t${notBefore}\n`;
    }
    return lines;
  };
}

const special = /[\\\t\n\r]/;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function text(value: string | null): string {
  if (value === null) return '\\N';
  return special.test(value) ? value.replace(/[\\\t\n\r]/g, (one) => escapes[one]!) : value;
}
