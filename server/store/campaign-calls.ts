// The calls of requests, written by the follower of the journal.
import type { RequestDialog } from '../domain/events.ts';
import type { CallId, LegId, SpaceId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface CampaignCallRow {
  call_id: CallId;
  campaign_id: string;
  request_id: string;
  user_id: UserId;
  /** Epoch ms. */
  created_at: number;
  consultant_leg: LegId | null;
  contact_leg: LegId | null;
  consultant_answered: boolean;
  /** The engine has said so; a call that was merely lost says nothing. */
  consultant_unreachable: boolean;
  talked: boolean;
  legs: RequestDialog[];
  recording: string | null;
  ended_at: number | null;
}

const columns = `call_id, campaign_id, request_id, user_id, (extract(epoch from created_at) * 1000)::bigint as created_at,
  consultant_leg, contact_leg, consultant_answered, consultant_unreachable, talked, legs, recording,
  (extract(epoch from ended_at) * 1000)::bigint as ended_at`;

export async function readCampaignCalls(
  tx: Transaction,
  space: SpaceId,
  calls: readonly CallId[],
): Promise<CampaignCallRow[]> {
  const text = `select ${columns} from campaign_calls where space_id = $1 and call_id = any($2)`;
  return (await tx.query<CampaignCallRow>({ name: 'campaign-calls-read', text }, [space, calls])).rows;
}

/** All calls of a request, oldest first. */
export async function callsOfRequest(tx: Transaction, space: SpaceId, request: string): Promise<CampaignCallRow[]> {
  const text = `select ${columns} from campaign_calls where space_id = $1 and request_id = $2 order by created_at, call_id`;
  return (await tx.query<CampaignCallRow>({ name: 'campaign-calls-of-request', text }, [space, request])).rows;
}

export async function writeCampaignCalls(
  tx: Transaction,
  space: SpaceId,
  calls: readonly CampaignCallRow[],
): Promise<void> {
  const text = `insert into campaign_calls (space_id, call_id, campaign_id, request_id, user_id, created_at, consultant_leg,
                  contact_leg, consultant_answered, consultant_unreachable, talked, legs, recording, ended_at)
                select $1, call_id, campaign_id, request_id, user_id, to_timestamp(created_at / 1000.0), consultant_leg,
                       contact_leg, consultant_answered, consultant_unreachable, talked, legs, recording,
                       to_timestamp(ended_at / 1000.0)
                  from json_to_recordset($2) as given (call_id text, campaign_id text, request_id text, user_id int,
                         created_at bigint, consultant_leg text, contact_leg text, consultant_answered boolean,
                         consultant_unreachable boolean, talked boolean, legs json, recording text, ended_at bigint)
                    on conflict (space_id, call_id) do update
                   set consultant_leg = excluded.consultant_leg, contact_leg = excluded.contact_leg,
                       consultant_answered = excluded.consultant_answered,
                       consultant_unreachable = excluded.consultant_unreachable, talked = excluded.talked,
                       legs = excluded.legs, recording = excluded.recording, ended_at = excluded.ended_at`;
  await tx.query({ name: 'campaign-calls-write', text }, [space, JSON.stringify(calls)]);
}
