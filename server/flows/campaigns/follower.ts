// Follows the calls of campaigns in the journal: a row a call, and when it has ended, what becomes of its request; all
// in the transaction that moves the cursor, so that each call counts once.
import { endOfAttempt } from '../../domain/campaigns/attempt.ts';
import type { Directory } from '../../domain/directory.ts';
import { type CallEvent, isCallEvent, isCampaignEvent } from '../../domain/events.ts';
import type { CallId, SpaceId, UserId } from '../../domain/ids.ts';
import type { Follower } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { type CampaignCallRow, readCampaignCalls, writeCampaignCalls } from '../../store/campaign-calls.ts';
import { lockRequestOfCall } from '../../store/campaign-requests.ts';
import { readCampaign } from '../../store/campaigns.ts';
import { endAttempt } from './endings.ts';

export function campaignFollower(options: {
  directory: (space: SpaceId) => Directory | undefined;
  /** After a commit that may have left something to tell. */
  ended: () => void;
  /** A consultant's phone was not answered for a call that the server had started: he is not there. */
  missed: (space: SpaceId, user: UserId) => void;
}): Follower {
  return {
    name: 'campaigns',
    concerns: (event) => isCallEvent(event) || isCampaignEvent(event),
    async apply(tx, recorded) {
      const space = recorded[0]?.space;
      const events = recorded.map(({ event }) => event).filter(isCallEvent);
      if (space === undefined || events.length === 0) return;
      const known = await readCampaignCalls(tx, space, [...new Set(events.map(({ call }) => call))]);
      const calls = new Map(known.map((row) => [row.call_id, row]));
      for (const event of events) {
        const call = callAfter(calls.get(event.call), event);
        if (call) calls.set(event.call, call);
      }
      if (calls.size === 0) return;
      await writeCampaignCalls(tx, space, [...calls.values()]);
      for (const event of events) {
        const call = calls.get(event.call);
        if (event.type === 'call.ended' && call) await requestAfter(tx, space, call, event, options.directory(space));
      }
    },
    committed(recorded) {
      if (recorded.some(({ event }) => event.type === 'call.ended')) options.ended();
      for (const { space, event } of recorded) {
        if (event.type !== 'request.consultant_retry' || event.about.consultant === null) continue;
        if (event.about.campaign.dialingMethod === 'PROGRESSIVE') options.missed(space, event.about.consultant.user);
      }
    },
  };
}

async function requestAfter(
  tx: Transaction,
  space: SpaceId,
  call: CampaignCallRow,
  { outcome, at }: Extract<CallEvent, { type: 'call.ended' }>,
  directory: Directory | undefined,
): Promise<void> {
  const row = await lockRequestOfCall(tx, space, call.call_id);
  const campaign = row && (await readCampaign(tx, space, row.campaign_id));
  if (!row || !campaign || !directory) return; // Deleted meanwhile.
  const ended = endOfAttempt({
    consultantAnswered: call.consultant_answered,
    consultantUnreachable: call.consultant_unreachable,
    talked: call.talked,
    outcome,
  });
  await endAttempt(tx, row, ended, { campaign, directory, at });
}

/** undefined: no campaign's call. */
function callAfter(call: CampaignCallRow | undefined, event: CallEvent): CampaignCallRow | undefined {
  if (event.type === 'call.created') return event.campaign && event.placedBy !== null ? newCall(event) : undefined;
  if (!call) return undefined;
  switch (event.type) {
    case 'leg.created': {
      const { leg, at: createdAt } = event;
      const legs = [...call.legs, { leg, createdAt, answeredAt: null, closedAt: null, cause: null }];
      if (event.side === 'caller') return { ...call, legs, consultant_leg: leg };
      return { ...call, legs, contact_leg: call.contact_leg ?? leg };
    }
    case 'leg.answered': {
      const answered = withLeg(call, event.leg, { answeredAt: event.at });
      return event.leg === call.consultant_leg ? { ...answered, consultant_answered: true } : answered;
    }
    case 'leg.talking':
      return { ...call, talked: true };
    case 'leg.closed': {
      const closed = withLeg(call, event.leg, { closedAt: event.at, cause: event.cause });
      if (event.leg !== call.consultant_leg || call.consultant_answered) return closed;
      return { ...closed, consultant_unreachable: event.cause === 'FAILED' && event.q850 !== null };
    }
    case 'recording.started':
      return { ...call, recording: event.recording };
    case 'call.ended':
      return { ...call, ended_at: event.at };
    default:
      return call;
  }
}

function newCall({ call, at, campaign, placedBy }: Extract<CallEvent, { type: 'call.created' }>): CampaignCallRow {
  return {
    call_id: call as CallId,
    campaign_id: campaign!.campaign.id,
    request_id: campaign!.request.id,
    user_id: placedBy!,
    created_at: at,
    consultant_leg: null,
    contact_leg: null,
    consultant_answered: false,
    consultant_unreachable: false,
    talked: false,
    legs: [],
    recording: null,
    ended_at: null,
  };
}

function withLeg(
  call: CampaignCallRow,
  leg: string,
  change: Partial<CampaignCallRow['legs'][number]>,
): CampaignCallRow {
  return { ...call, legs: call.legs.map((one) => (one.leg === leg ? { ...one, ...change } : one)) };
}
