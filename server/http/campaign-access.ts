// Which campaign a request of REST is about, and which of its contacts the caller may see.
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Campaign, CampaignPath } from '../../contract/rest/campaigns.ts';
import type { CampaignRequest } from '../../contract/rest/requests.ts';
import type { UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { findRequest, type Place } from '../store/campaign-requests.ts';
import { findCampaign } from '../store/campaigns.ts';
import { itemOf } from '../store/request-rows.ts';
import { type Caller, callerOf, requireReach } from './auth.ts';
import { notFound } from './problem.ts';

export interface FoundCampaign {
  place: Place;
  campaign: Campaign;
}

/** Of the path's `id`. An agent has reach of those only whose consultant he is. */
export async function openCampaignOf(db: Transaction, request: FastifyRequest): Promise<FoundCampaign> {
  const { id } = request.params as z.output<typeof CampaignPath>;
  const campaign = await findCampaign(db, id);
  if (!campaign) throw notFound();
  const caller = callerOf(request);
  const space = requireReach(caller, campaign.space_id);
  if (caller.role === 'agent' && !(caller.kind === 'user' && campaign.user_ids.includes(caller.user))) throw notFound();
  return { place: { space, campaign: id }, campaign };
}

/** An agent sees what he holds, or what only he may take. */
export async function requestShownTo(
  db: Transaction,
  place: Place,
  id: string,
  caller: Caller,
): Promise<CampaignRequest> {
  const row = await findRequest(db, id, place);
  const own = row && (row.user_id === userOf(caller) || row.assigned_user_id === userOf(caller));
  if (!row || (caller.role === 'agent' && !own)) throw notFound();
  return itemOf(row);
}

export const userOf = (caller: Caller): UserId | null => (caller.kind === 'user' ? caller.user : null);
