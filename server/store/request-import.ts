// An import of a campaign's requests.
import type { Import } from '../../contract/rest/imports.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../platform/db.ts';
import { copyText as text, idsAt, type ImportBatch, importRows } from './bulk-import.ts';
import type { GivenRequest, Place } from './campaign-requests.ts';
import { holdCampaign } from './campaigns.ts';

const columns = [
  ...['space_id', 'campaign_id', 'id', 'created_at', 'contact_number', 'number', 'name', 'contact_info'],
  ...['contact_identifier', 'case_id', 'case_group', 'case_state', 'priority', 'process_not_before', 'process_date'],
  ...['process_from_date', 'process_to_date', 'process_day', 'process_time', 'process_from_time', 'process_to_time'],
  ...['process_hours', 'assigned_user_id', 'custom', 'parked', 'due_at'],
];
export const copyRequestsSql = `copy campaign_requests (${columns.join(', ')}) from stdin`;

/** `first_id`: of the first accepted row, null: none was. */
export type Imported = Import & { first_id: string | null };

/** Rejects with what `batches` throws, or `request.not_found`; then nothing of it is kept. */
export async function importRequests(
  db: Database,
  { space, campaign }: Place,
  about: { now: number; priority: number },
  batches: AsyncIterable<ImportBatch<GivenRequest>>,
): Promise<Imported> {
  const nextId = idsAt(about.now);
  let first_id: string | null = null;
  const done = await importRows<GivenRequest>(db, {
    ...{ space, owner: campaign, now: about.now, sql: copyRequestsSql },
    lines: linesOf({ space, campaign }, about, () => {
      const id = nextId();
      first_id ??= id;
      return id;
    }),
    async begin(tx) {
      if (await holdCampaign(tx, space, campaign)) return;
      throw new AppError('request.not_found', 'There is no such campaign.');
    },
    batches: () => batches,
  });
  return { ...done, first_id };
}

/** The rows in COPY's text format (PostgreSQL, "COPY", Text Format). */
export function linesOf(
  { space, campaign }: Place,
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
