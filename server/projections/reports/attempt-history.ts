// An attempt as reports know it, folded from its events: every status that it has had, and the current one, which never
// goes backwards. A receipt that comes late is a part of the history and leaves the current status as it is.
import { type StatusType, statusTypes, type VxmlInfo } from '../../../contract/reports.ts';
import type { AttemptEvent, ScenarioResult } from '../../domain/contacts/events.ts';
import type { Instant } from '../../domain/ids.ts';
import type { ContactAttempt, KnownStatus } from '../../store/contact-attempts.ts';

export interface AttemptStep {
  attempt: ContactAttempt;
  /** What is to be reported; null: nothing. */
  told: KnownStatus | null;
}

/** `before` undefined: not begun yet, or not known; of an attempt that has not begun nothing can be told. */
export function attemptAfter(
  before: ContactAttempt | undefined,
  event: AttemptEvent,
  version: number,
): AttemptStep | undefined {
  if (event.type === 'attempt.begun') {
    const { attempt: id, about, at: begunAt } = event;
    return { attempt: { id, about, begunAt, status: null, statuses: [], version }, told: null };
  }
  if (!before) return undefined;
  if (event.type === 'attempt.outcome_unknown') {
    return { attempt: { ...before, status: before.status ?? 'unknown', version }, told: null };
  }
  if (event.type === 'attempt.part_received') return { attempt: { ...before, version }, told: null };
  const told = statusOf(event);
  const raises = isAfter(told.type, before.status);
  return {
    attempt: {
      ...before,
      // Which may be another than the one that it began with.
      about: event.type === 'attempt.sent' ? { ...before.about, channel: event.channel } : before.about,
      status: raises ? told.type : before.status,
      statuses: raises ? [...before.statuses, told] : inItsPlace(before.statuses, told),
      version,
    },
    told,
  };
}

/** The furthest of them in the life of an attempt. */
export function furthest(statuses: readonly KnownStatus[]): StatusType | null {
  return statuses.reduce<StatusType | null>((far, { type }) => (isAfter(type, far) ? type : far), null);
}

function isAfter(type: StatusType, status: ContactAttempt['status']): boolean {
  return status === null || status === 'unknown' || statusTypes.indexOf(type) > statusTypes.indexOf(status);
}

/** What raised the status stands behind all before it, however coarse the clock of its receipt; what is late, by its date. */
function inItsPlace(statuses: readonly KnownStatus[], late: KnownStatus): KnownStatus[] {
  return statuses.toSpliced(statuses.findLastIndex(({ at }) => at <= late.at) + 1, 0, late);
}

type Telling = Exclude<AttemptEvent, { type: 'attempt.begun' | 'attempt.part_received' | 'attempt.outcome_unknown' }>;

function statusOf(event: Telling): KnownStatus {
  const { at } = event;
  switch (event.type) {
    case 'attempt.converted':
      return { at, type: 'CONVERTED' };
    case 'attempt.sent':
      return {
        at,
        type: 'SENT',
        ...(event.timeS === null ? {} : { time: event.timeS }),
        ...(event.size === null ? {} : { size: event.size }),
        ...(event.pages === null ? {} : { page: event.pages }),
      };
    case 'attempt.received':
      return { at, type: 'RECEIVED' };
    case 'attempt.answered':
      return { at, type: 'ANSWERED', info: event.text };
    case 'attempt.established':
      return { at, type: 'ESTABLISHED', amd: event.answeredBy };
    case 'attempt.transferred':
      return { at, type: 'TRANSFERED', transfer: { to: event.to } };
    case 'attempt.ended':
      return ended(at, event.scenario);
    case 'attempt.failed':
      return { at, type: 'ERROR', ...failure(event) };
    case 'attempt.aborted':
      return { at, type: 'ABORTED', ...failure(event) };
    default:
      return event satisfies never;
  }
}

function failure({ code, info }: { code: string | null; info: string }): Pick<KnownStatus, 'code' | 'info'> {
  return { ...(code === null ? {} : { code }), info };
}

function ended(at: Instant, scenario: ScenarioResult): KnownStatus {
  const [start, end] = [epochSeconds(scenario.answeredAt), epochSeconds(scenario.endedAt)];
  const { route, transferredTo } = scenario;
  const vxml_info: VxmlInfo = { voicemail: scenario.voicemail, start, end, termination: scenario.termination };
  if (route.length > 0) Object.assign(vxml_info, { result: route.at(-1), route: route.join(',') });
  return {
    at,
    type: 'ENDED',
    time: end - start,
    amd: scenario.answeredBy,
    vxml_info,
    ...(transferredTo === null ? {} : { transfer: { to: transferredTo } }),
  };
}

function epochSeconds(at: Instant): number {
  return Math.floor(at / 1_000);
}
