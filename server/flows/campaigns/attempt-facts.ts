// What an attempt's call and a request's events hold, frozen: all that anybody will be told of them.
import type { Campaign, CampaignRequest } from '../../domain/campaigns/campaign.ts';
import { wallAt } from '../../domain/campaigns/wall-clock.ts';
import type { CampaignCall, RequestSnapshot } from '../../domain/campaign-call.ts';
import type { Directory, TrunkSettings } from '../../domain/directory.ts';
import type { CampaignEvent, RequestFacts } from '../../domain/events.ts';
import { asKey, type Instant, type RequestId, type UserId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { CampaignCallRow } from '../../store/campaign-calls.ts';
import { requestOf, type RequestRow } from '../../store/request-rows.ts';

/** By which trunk the campaign calls; undefined: the space has none for it. */
export function trunkOf(campaign: Campaign, directory: Directory): TrunkSettings | undefined {
  return campaign.trunk === null
    ? [...directory.trunks.values()].find(({ outbound }) => outbound)
    : directory.trunks.get(campaign.trunk);
}

function requiredTrunk(campaign: Campaign, directory: Directory): TrunkSettings {
  const trunk = trunkOf(campaign, directory);
  if (!trunk) throw new AppError('call.no_trunk', 'The space has no trunk for the calls of this campaign.');
  return trunk;
}

/** `user`: the consultant. Throws `call.no_trunk`. */
export function campaignCallOf(row: RequestRow, campaign: Campaign, directory: Directory, user: UserId): CampaignCall {
  return {
    ...aboutOf(campaign),
    request: snapshotOf(requestOf(row), row, directory, user),
    dial: {
      trunk: requiredTrunk(campaign, directory).id,
      number: row.number,
      name: row.name,
      ringForMs: campaign.ringForMs,
      recorded: campaign.recorded,
    },
  };
}

export function consultantRetryOf(
  row: RequestRow,
  about: { campaign: Campaign; directory: Directory; user: UserId; calls: readonly CampaignCallRow[]; at: Instant },
): CampaignEvent {
  return {
    type: 'request.consultant_retry',
    request: asKey<RequestId>(row.id),
    at: about.at,
    about: factsOf(row, about),
  };
}

export function requestClosedOf(
  row: RequestRow,
  about: {
    campaign: Campaign;
    directory: Directory;
    user: UserId | null;
    calls: readonly CampaignCallRow[];
    at: Instant;
  },
): CampaignEvent {
  return {
    type: 'request.closed',
    request: asKey<RequestId>(row.id),
    at: about.at,
    about: factsOf(row, about),
    dialogs: about.calls.flatMap(({ legs }) => legs),
    recordedCall: about.calls.findLast(({ recording }) => recording !== null)?.call_id ?? null,
  };
}

function factsOf(
  row: RequestRow,
  about: { campaign: Campaign; directory: Directory; user: UserId | null; calls: readonly CampaignCallRow[] },
): RequestFacts {
  const { campaign, directory, user, calls } = about;
  const last = calls.at(-1);
  return {
    ...aboutOf(campaign),
    snapshot: snapshotOf(requestOf(row), row, directory, user),
    consultant: user === null ? null : { user, username: directory.users.get(user)?.username ?? '' },
    contact: { number: row.number, name: row.name },
    lastCall: last?.call_id ?? null,
    lastDialogs: { consultant: last?.consultant_leg ?? null, contact: last?.contact_leg ?? null },
  };
}

function aboutOf({ id, name, dialingMethod, project }: Campaign): Pick<CampaignCall, 'campaign' | 'project'> {
  return { campaign: { id, name, dialingMethod }, project };
}

/** Whoever reserved a request that nobody else was named for is its assigned consultant from then on. */
function snapshotOf(
  request: CampaignRequest,
  row: RequestRow,
  directory: Directory,
  user: UserId | null,
): RequestSnapshot {
  const assigned = request.assignedTo ?? user;
  const created = wallAt(directory.space.timeZone, request.createdAt).date;
  const any = row.process_date === 'ANY';
  return {
    id: request.id,
    createdAt: request.createdAt,
    contactNumber: request.contactNumber,
    name: request.name,
    contactInfo: request.contactInfo,
    contactIdentifier: request.contactIdentifier,
    consultantTry: request.consultantTry,
    contactTry: request.contactTry,
    reservationTry: Math.max(1, request.reservationTry),
    caseId: request.caseId,
    caseGroup: request.caseGroup,
    caseState: request.caseState,
    priority: request.priority,
    processNotBefore: request.schedule.notBefore,
    processDate: row.process_date,
    processFromDate: any ? `${created} 00:00:00` : row.process_from_date,
    processToDate: any ? `${created} 23:59:59` : row.process_to_date,
    processDay: row.process_day,
    processTime: row.process_time,
    processFromTime: row.process_from_time,
    processToTime: row.process_to_time,
    processHours: row.process_hours,
    assignedTo: assigned === null ? null : { user: assigned, username: directory.users.get(assigned)?.username ?? '' },
    custom: request.custom,
  };
}
