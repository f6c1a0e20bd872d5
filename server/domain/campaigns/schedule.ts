// May this contact be called now? The one rule that decides it, at every reservation and every dial, and that answers
// "why not" when somebody asks.
import { type Instant, instant, type UserId } from '../ids.ts';
import type { Campaign, CampaignRequest, Schedule } from './campaign.ts';
import { firstClosed, firstOpen, type Limit, openIn } from './limits.ts';
import { dayMs, instantsOf, wallAt, wallText } from './wall-clock.ts';

export type NotNow =
  | 'campaign_not_running'
  | 'closed'
  | 'calling'
  | 'wrap_up'
  | 'reserved'
  | 'assigned'
  | 'do_not_call'
  | 'not_before'
  | 'resting'
  | 'callback'
  | 'dates'
  | 'days'
  | 'time'
  | 'hours';

/** `until`: when to ask again, null: nobody knows, or never. `over`: the last date on which it might be called is past. */
export type MayCall = { ok: true } | { ok: false; why: NotNow; until: Instant | null; over?: true };

export interface Circumstances {
  now: Instant;
  /** Who would call; null: anybody of the campaign. */
  user: UserId | null;
  spaceZone: string;
  /** Where the contact's number may be, see zones.ts. */
  contactZones: readonly string[];
  doNotCall: boolean;
  /** Calls by a sandbox trunk disturb nobody: calling hours do not apply to them. */
  sandbox: boolean;
}

export function mayCall(request: CampaignRequest, campaign: Campaign, circumstances: Circumstances): MayCall {
  const { now, user, doNotCall } = circumstances;
  const not = (why: NotNow, until: Instant | null = null): MayCall => ({ ok: false, why, until });
  if (request.progress.state === 'closed') return not('closed');
  if (doNotCall) return not('do_not_call');
  if (campaign.state !== 'running') return not('campaign_not_running');
  if (request.assignedTo !== null && user !== null && request.assignedTo !== user) return not('assigned');
  switch (request.progress.state) {
    case 'calling':
      return not('calling');
    case 'wrap_up':
      return not('wrap_up', request.progress.until);
    case 'reserved':
      if (request.progress.user !== user && request.progress.until > now)
        return not('reserved', request.progress.until);
      break;
    case 'waiting':
      break;
    default:
      return request.progress satisfies never;
  }
  return mayCallAt(request, campaign, circumstances);
}

/** As far as the clock is concerned. `until` is the first moment at which nothing of it is in the way. */
function mayCallAt(request: CampaignRequest, campaign: Campaign, circumstances: Circumstances): MayCall {
  const { now, user, spaceZone } = circumstances;
  const { callback, restUntil, schedule } = request;
  const why = clockSays(request, campaign, circumstances);
  if (why === null) {
    const his = callback && callback.user !== null && user !== null && callback.user !== user;
    return his ? { ok: false, why: 'callback', until: null } : { ok: true };
  }
  const from = instant(Math.max(now, schedule.notBefore, callback?.at ?? 0, restUntil ?? 0));
  if (isOver(schedule, spaceZone, from)) return { ok: false, why: 'dates', until: null, over: true };
  const earliest = instant(Math.max(from, fromDateOf(schedule, spaceZone)));
  const until = firstOpen(limitsOf(request, campaign, circumstances), earliest);
  return { ok: false, why, until };
}

/** What of clock and calendar is in the way now; null: nothing. */
export function clockSays(request: CampaignRequest, campaign: Campaign, circumstances: Circumstances): NotNow | null {
  const { now } = circumstances;
  if (request.schedule.notBefore > now) return 'not_before';
  if (request.callback && request.callback.at > now) return 'callback';
  if (request.restUntil !== null && request.restUntil > now) return 'resting';
  return firstClosed(limitsOf(request, campaign, circumstances), now);
}

function limitsOf(
  { schedule }: CampaignRequest,
  { hours }: Campaign,
  { spaceZone, contactZones, sandbox }: Circumstances,
): Limit<NotNow>[] {
  const zones = hours === null || sandbox ? [] : hours.clock === 'space' ? [spaceZone] : contactZones;
  return [...scheduleLimits(schedule, spaceZone), ...zones.map((zone) => openIn('hours', hours!, zone))];
}

function scheduleLimits(schedule: Schedule, zone: string): Limit<NotNow>[] {
  const limits: Limit<NotNow>[] = [];
  const { fromDate, toDate, days, fromTime, toTime, hours } = schedule;
  if (schedule.date === 'RANGE') {
    const isOpen = (at: Instant) => {
      const shown = wallText(wallAt(zone, at));
      return (fromDate === null || fromDate <= shown) && (toDate === null || shown <= toDate);
    };
    const marks = [secondOf(fromDate), secondOf(toDate) + 1];
    limits.push({ why: 'dates', zone, marks, isOpen });
  }
  if (days !== null)
    limits.push({ why: 'days', zone, marks: [0], isOpen: (at) => days.includes(wallAt(zone, at).day) });
  if (schedule.time === 'RANGE') limits.push(piecesLimit([{ from: fromTime ?? 0, to: toTime ?? 86_400 }], zone));
  if (hours !== null) limits.push(piecesLimit(hours, zone));
  return limits;
}

function piecesLimit(pieces: readonly { from: number; to: number }[], zone: string): Limit<NotNow> {
  const isOpen = (at: Instant) => {
    const { second } = wallAt(zone, at);
    return pieces.some(({ from, to }) => (from <= to ? from <= second && second < to : second >= from || second < to));
  };
  return { why: 'time', zone, marks: [0, ...pieces.flatMap(({ from, to }) => [from, to])], isOpen };
}

function fromDateOf(schedule: Schedule, zone: string): Instant {
  if (schedule.date !== 'RANGE' || schedule.fromDate === null) return instant(0);
  const [at] = instantsOf(zone, schedule.fromDate.slice(0, 10), secondOf(schedule.fromDate));
  // Not on the clock that day: some hours earlier, and the limits say the rest.
  return at ?? instant(Date.parse(`${schedule.fromDate.slice(0, 10)}T00:00:00Z`) - dayMs);
}

function isOver(schedule: Schedule, zone: string, at: Instant): boolean {
  return schedule.date === 'RANGE' && schedule.toDate !== null && wallText(wallAt(zone, at)) > schedule.toDate;
}

function secondOf(wall: string | null): number {
  if (wall === null) return 0;
  const [hours, minutes, seconds] = wall.slice(11).split(':').map(Number);
  return hours! * 3_600 + minutes! * 60 + seconds!;
}
