// Reports as they leave: one document holds those of one username, each media in its own array (JSON) or element (XML).
import type { ReportItem, ReportMedia, StatusReport } from '../../../contract/reports.ts';
import type { Report } from './reports-of.ts';
import { reportXml } from './xml.ts';

export type ReportFormat = 'json' | 'xml';

export const contentTypes: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
};

/** All of them of the first one's username; those of a media stay in their order. */
export function documentOf(format: ReportFormat, reports: readonly [Report, ...Report[]]): string {
  const report = statusReport(reports);
  return format === 'xml' ? reportXml(report) : JSON.stringify(report);
}

function statusReport(reports: readonly [Report, ...Report[]]): StatusReport {
  const items: Partial<Record<ReportMedia, ReportItem[]>> = {};
  for (const { media, item } of reports) (items[media] ??= []).push(item);
  return { status_report: { username: reports[0].username, ...items } };
}
