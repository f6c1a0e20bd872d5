// Which documents leave for which endpoint. A document is composed when its reports become known: its bytes and its
// webhook-id are the same at every try.
import type { Push } from '../../delivery/outbox.ts';
import type { AttemptId, SpaceId } from '../../domain/ids.ts';
import { contentTypes, documentOf, type ReportFormat } from './document.ts';
import type { Told } from './page.ts';
import { type Report, reportOf, type ReportSettings } from './reports-of.ts';

export interface ReportsEndpoint extends ReportSettings {
  id: number;
  format: ReportFormat;
  /** Most reports in one document. */
  maxItems: number;
}

interface ToldReport extends Told {
  report: Report;
}

/** In the order in which they happened. */
export function pushesOf(space: SpaceId, told: readonly Told[], endpoints: readonly ReportsEndpoint[]): Push[] {
  const reportsFor = new Map<string, ToldReport[]>();
  return endpoints.flatMap((endpoint) => {
    const { id, statusList, extended, maxItems } = endpoint;
    const settings = `${statusList} ${extended}`;
    const reports = reportsFor.get(settings) ?? wanted(space, told, endpoint);
    reportsFor.set(settings, reports);
    const push = { space, endpoint: id, contentType: contentTypes[endpoint.format] };
    return maxItems === 1
      ? reports.map((one) => ({ ...push, ...alone(endpoint.format, one) }))
      : batches(reports, maxItems).map((batch) => ({ ...push, ...together(endpoint.format, batch, maxItems) }));
  });
}

function wanted(space: SpaceId, told: readonly Told[], settings: ReportSettings): ToldReport[] {
  return told.flatMap((one) => {
    const report = reportOf(space, one, settings);
    return report ? [{ ...one, report }] : [];
  });
}

type Document = Omit<Push, 'space' | 'endpoint' | 'contentType'>;
type Batch = readonly [ToldReport, ...ToldReport[]];

function alone(format: ReportFormat, { attempt, status, report }: ToldReport): Document {
  return {
    key: attempt.id,
    call: attempt.id,
    number: attempt.about.to,
    eventName: `${attempt.about.media} ${status.type}`,
    occurredAt: status.at,
    body: documentOf(format, [report]),
  };
}

function together(format: ReportFormat, batch: Batch, maxItems: number): Document {
  const [first, ...rest] = batch;
  return {
    key: laneOf(first.attempt.id, maxItems),
    call: null,
    number: null,
    about: batch.map(({ attempt }) => attempt.id),
    eventName: batch.length === 1 ? `${first.attempt.about.media} ${first.status.type}` : 'reports',
    occurredAt: first.status.at,
    body: documentOf(format, [first.report, ...rest.map(({ report }) => report)]),
  };
}

/** Each of one lane and one username; those of an attempt stay in their order. */
function batches(reports: readonly ToldReport[], maxItems: number): Batch[] {
  const batchesOf = new Map<string, [ToldReport, ...ToldReport[]][]>();
  for (const one of reports) {
    const together = `${laneOf(one.attempt.id, maxItems)} ${one.report.username}`;
    const lane = batchesOf.get(together) ?? [];
    batchesOf.set(together, lane);
    const last = lane.at(-1);
    if (last && last.length < maxItems) last.push(one);
    else lane.push([one]);
  }
  return [...batchesOf.values()].flat();
}

/** As many documents may be under way at a time as hold about so many reports. */
const REPORTS_UNDER_WAY = 100;

/**
 * The outbox's key of batches: an attempt's documents leave one after the other, and so must all that share one with it.
 * The fewer reports a document holds, the more lanes there are: an endpoint's pace is that of its lanes.
 */
function laneOf(attempt: AttemptId, maxItems: number): string {
  const lanes = Math.min(16, Math.ceil(REPORTS_UNDER_WAY / maxItems));
  // The end of the id counts up, maybe by twos: multiplied (Knuth, TAOCP 6.4) it fills all lanes.
  const scattered = Math.imul(Number.parseInt(attempt.slice(-6), 16), 0x9e3779b1) >>> 16;
  return `reports ${scattered % lanes}`;
}
