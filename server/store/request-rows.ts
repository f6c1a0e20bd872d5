// A request's row, as the rules read it and as REST shows it.
import type { CampaignRequest as RequestItem } from '../../contract/rest/requests.ts';
import type { CampaignRequest, RequestProgress, Schedule } from '../domain/campaigns/campaign.ts';
import type { CampaignEvent } from '../domain/events.ts';
import { type CallId, type Instant, instant, type UserId } from '../domain/ids.ts';

/** Moments are epoch ms. */
export interface RequestRow {
  space_id: number;
  campaign_id: string;
  id: string;
  created_at: number;
  contact_number: string;
  number: string;
  name: string | null;
  contact_info: string | null;
  contact_identifier: string | null;
  case_id: string | null;
  case_group: string | null;
  case_state: string | null;
  priority: number;
  process_not_before: number;
  process_date: 'ANY' | 'RANGE';
  process_from_date: string | null;
  process_to_date: string | null;
  process_day: string | null;
  process_time: 'ANY' | 'RANGE';
  process_from_time: number | null;
  process_to_time: number | null;
  process_hours: string | null;
  assigned_user_id: UserId | null;
  custom: unknown;
  state: RequestProgress['state'];
  parked: boolean;
  /** Parked: looked at again then. */
  due_at: number;
  rest_until: number | null;
  callback_at: number | null;
  callback_user_id: UserId | null;
  consultant_try: number;
  contact_try: number;
  reservation_try: number;
  attempt: number;
  outcomes: CampaignRequest['outcomes'];
  user_id: UserId | null;
  limit_at: number | null;
  call_id: CallId | null;
  calling_since: number | null;
  result: string | null;
  closed_at: number | null;
  stream_version: number;
  untold: CampaignEvent[] | null;
}

const ms = (column: string) => `(extract(epoch from r.${column}) * 1000)::bigint as ${column}`;
/** Of `campaign_requests r`. */
export const requestColumns = `r.space_id, r.campaign_id, r.id, ${ms('created_at')}, r.contact_number, r.number, r.name,
  r.contact_info, r.contact_identifier, r.case_id, r.case_group, r.case_state, r.priority, ${ms('process_not_before')},
  r.process_date, r.process_from_date, r.process_to_date, r.process_day, r.process_time, r.process_from_time,
  r.process_to_time, r.process_hours, r.assigned_user_id, r.custom, r.state, r.parked, ${ms('due_at')},
  ${ms('rest_until')}, ${ms('callback_at')}, r.callback_user_id, r.consultant_try, r.contact_try, r.reservation_try, r.attempt, r.outcomes,
  r.user_id, ${ms('limit_at')}, r.call_id, ${ms('calling_since')}, r.result, ${ms('closed_at')}, r.stream_version, r.untold`;

export function requestOf(row: RequestRow): CampaignRequest {
  return {
    id: row.id,
    campaign: row.campaign_id,
    createdAt: instant(row.created_at),
    contactNumber: row.contact_number,
    number: row.number,
    name: row.name,
    contactInfo: row.contact_info,
    contactIdentifier: row.contact_identifier,
    caseId: row.case_id,
    caseGroup: row.case_group,
    caseState: row.case_state,
    priority: row.priority,
    schedule: scheduleOf(row),
    assignedTo: row.assigned_user_id,
    custom: row.custom,
    progress: progressOf(row),
    restUntil: row.rest_until === null ? null : instant(row.rest_until),
    callback: row.callback_at === null ? null : { at: instant(row.callback_at), user: row.callback_user_id },
    consultantTry: row.consultant_try,
    contactTry: row.contact_try,
    reservationTry: row.reservation_try,
    attempt: row.attempt,
    outcomes: row.outcomes,
  };
}

const dayNames = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

function scheduleOf(row: RequestRow): Schedule {
  return {
    notBefore: instant(row.process_not_before),
    date: row.process_date,
    fromDate: row.process_from_date,
    toDate: row.process_to_date,
    days: row.process_day === null ? null : row.process_day.split(',').map((name) => dayNames.indexOf(name) + 1),
    time: row.process_time,
    fromTime: row.process_from_time,
    toTime: row.process_to_time,
    hours: row.process_hours === null ? null : row.process_hours.split(',').map(pieceOf),
  };
}

function pieceOf(piece: string): { from: number; to: number } {
  const [from, to] = piece.split('-').map((time) => {
    const [hours, minutes] = time.split(':').map(Number);
    return hours! * 3_600 + minutes! * 60;
  });
  return { from: from!, to: to! };
}

function progressOf(row: RequestRow): RequestProgress {
  switch (row.state) {
    case 'waiting':
      return { state: 'waiting' };
    case 'reserved':
      return { state: 'reserved', user: row.user_id!, until: instant(row.limit_at!) };
    case 'calling':
      return { state: 'calling', user: row.user_id!, call: row.call_id!, since: instant(row.calling_since!) };
    case 'wrap_up':
      return { state: 'wrap_up', user: row.user_id!, call: row.call_id!, until: instant(row.limit_at!) };
    case 'closed':
      return { state: 'closed', result: row.result!, at: instant(row.closed_at!) };
    default:
      return row.state satisfies never;
  }
}

/** What was given, as a PUT would give it again; a PATCH is laid over it. */
export function givenOf(row: RequestRow) {
  return {
    contact_number: row.contact_number,
    name: row.name,
    contact_info: row.contact_info,
    contact_identifier: row.contact_identifier,
    case_id: row.case_id,
    case_group: row.case_group,
    case_state: row.case_state,
    priority: row.priority,
    process_not_before: new Date(row.process_not_before).toISOString(),
    process_date: row.process_date,
    process_from_date: row.process_from_date,
    process_to_date: row.process_to_date,
    process_day: row.process_day,
    process_time: row.process_time,
    process_from_time: row.process_from_time,
    process_to_time: row.process_to_time,
    process_hours: row.process_hours,
    assigned_user_id: row.assigned_user_id,
    custom: row.custom,
  };
}

/** As REST shows it. */
export function itemOf(row: RequestRow): RequestItem {
  const moment = (at: number | Instant) => new Date(at).toISOString();
  const orNull = (at: number | null) => (at === null ? null : moment(at));
  return {
    id: row.id,
    campaign_id: row.campaign_id,
    created_at: moment(row.created_at),
    ...givenOf(row),
    state: row.state,
    due_at: moment(row.due_at),
    callback_at: orNull(row.callback_at),
    callback_user_id: row.callback_user_id,
    consultant_try: row.consultant_try,
    contact_try: row.contact_try,
    user_reservation_try: row.reservation_try,
    user_id: row.user_id,
    until: orNull(row.limit_at),
    call_id: row.call_id,
    result: row.result,
    closed_at: orNull(row.closed_at),
  };
}
