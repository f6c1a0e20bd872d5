// A broadcast's results as one document: every attempt of which something is known, with its whole history (JSON, XML) or
// its current status (CSV). Read page by page, so that a million of them are never held.
import Papa from 'papaparse';
import type { ReportMedia, Status } from '../../../contract/reports.ts';
import type { AttemptId, BroadcastId, SpaceId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import { attemptsOfBroadcast, type ContactAttempt } from '../../store/contact-attempts.ts';
import { type Report, reportOf } from './reports-of.ts';
import { reportXmlEnd, reportXmlItem, reportXmlStart } from './xml.ts';

export interface Results {
  space: SpaceId;
  username: string;
  broadcast: BroadcastId;
  media: ReportMedia;
}

/** `safe`: no cell is calculated by a spreadsheet. */
export type ResultsForm = { format: 'csv'; safe: boolean } | { format: 'json' } | { format: 'xml' };

const AT_ONCE = 1_000;

export async function* resultsText(db: Transaction, results: Results, form: ResultsForm): AsyncGenerator<string> {
  const { start, page, end } = writers(results, form);
  yield start;
  let after: AttemptId | null = null;
  let isFirst = true;
  for (;;) {
    const { space, broadcast } = results;
    const attempts: ContactAttempt[] = await attemptsOfBroadcast(db, space, broadcast, { after, limit: AT_ONCE });
    const reports = attempts.flatMap((attempt) => resultOf(space, attempt) ?? []);
    if (reports.length > 0) yield page(reports, isFirst);
    isFirst &&= reports.length === 0;
    if (attempts.length < AT_ONCE) break;
    after = attempts.at(-1)!.id;
  }
  yield end;
}

interface Result extends Report {
  attempt: ContactAttempt;
}

interface Writers {
  start: string;
  page(results: readonly Result[], isFirst: boolean): string;
  end: string;
}

/** null: nothing is known of it yet. */
function resultOf(space: SpaceId, attempt: ContactAttempt): Result | null {
  const status = attempt.statuses.findLast(({ type }) => type === attempt.status);
  const report = status && reportOf(space, { attempt, status }, { statusList: 'full', extended: true });
  return report ? { ...report, attempt } : null;
}

function writers({ username, media }: Results, form: ResultsForm): Writers {
  switch (form.format) {
    case 'json':
      return {
        start: `{"status_report":{"username":${JSON.stringify(username)},"${media}":[`,
        page: (results, isFirst) => (isFirst ? '' : ',') + results.map(({ item }) => JSON.stringify(item)).join(','),
        end: ']}}\n',
      };
    case 'xml':
      return {
        start: reportXmlStart(username),
        page: (results) => results.map(({ item }) => reportXmlItem(media, item)).join(''),
        end: reportXmlEnd,
      };
    case 'csv':
      return {
        // The mark by which spreadsheets know UTF-8.
        start: (form.safe ? '\ufeff' : '') + csv([csvColumns], form.safe),
        page: (results) => csv(results.map(csvRow), form.safe),
        end: '',
      };
    default:
      return form satisfies never;
  }
}

const csvColumns = [
  ...[
    'to',
    'ref_externe',
    'call_id',
    'contact_id',
    'attempt',
    'status',
    'date',
    'code',
    'info',
    'time',
    'size',
    'page',
  ],
  ...['amd', 'termination', 'result', 'transfer'],
];

function csvRow({ item, attempt }: Result): (string | number | undefined)[] {
  const status: Status = item.status_list.find(({ type }) => type === item.status)!;
  const { code, info, time, size, page, amd, vxml_info, transfer } = status;
  return [
    ...[item.to, item.ref_externe, item.call_id, item.contact_id, attempt.about.number, item.status, item.date],
    ...[code, info, time, size, page, amd, vxml_info?.termination, vxml_info?.result, transfer?.to],
  ];
}

/** RFC 4180. A spreadsheet takes a cell for a formula that begins so. */
function csv(rows: readonly (readonly (string | number | undefined)[])[], safe: boolean): string {
  const text = Papa.unparse(rows as unknown[][], { newline: '\r\n', escapeFormulae: safe && /^[=+\-@\t\r\n]/ });
  return `${text}\r\n`;
}
