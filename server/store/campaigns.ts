import type { Campaign as CampaignItem, CampaignInput } from '../../contract/rest/campaigns.ts';
import type { Campaign, RetryRule } from '../domain/campaigns/campaign.ts';
import type { SpaceId, TrunkId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { removeImports } from './bulk-import.ts';
import { hoursOf } from './hours.ts';

const columns = `c.id, c.space_id, to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at,
  c.name, c.project_id, c.dialing_method,
  array(select u.user_id from campaign_users u
         where u.space_id = c.space_id and u.campaign_id = c.id order by u.position) as user_ids,
  c.priority, c.ring_timeout_s, c.recording, c.trunk_id, c.state, c.retry, c.hours, c.reservation_s, c.disposition_s`;

const values = (input: CampaignInput) => [
  input.name,
  input.project_id,
  input.dialing_method,
  input.priority,
  input.ring_timeout_s,
  input.recording,
  input.trunk_id,
  input.state,
  JSON.stringify(input.retry),
  input.hours && JSON.stringify(input.hours),
  input.reservation_s,
  input.disposition_s,
];

/** By id. `space` null: of all spaces. `user`: only those in which he is a consultant. */
export async function listCampaigns(
  db: Transaction,
  space: SpaceId | null,
  { after, limit, user }: { after: string; limit: number; user: UserId | null },
): Promise<CampaignItem[]> {
  const text = `select ${columns} from campaigns c
                 where ($1::int is null or c.space_id = $1) and c.id > $2
                   and ($4::int is null or exists (select from campaign_users m
                         where m.space_id = c.space_id and m.campaign_id = c.id and m.user_id = $4))
                 order by c.id limit $3`;
  return (await db.query<CampaignItem>({ name: 'campaigns-list', text }, [space, after, limit, user])).rows;
}

export async function findCampaign(db: Transaction, id: string): Promise<CampaignItem | undefined> {
  const sql = { name: 'campaigns-find', text: `select ${columns} from campaigns c where c.id = $1` };
  return (await db.query<CampaignItem>(sql, [id])).rows[0];
}

export async function insertCampaign(
  tx: Transaction,
  space: SpaceId,
  created: { id: string; at: number },
  input: CampaignInput,
): Promise<CampaignItem> {
  const text = `insert into campaigns (space_id, id, created_at, name, project_id, dialing_method, priority,
                  ring_timeout_s, recording, trunk_id, state, retry, hours, reservation_s, disposition_s)
                values ($1, $2, to_timestamp($3 / 1000.0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;
  await tx.query({ name: 'campaigns-insert', text }, [space, created.id, created.at, ...values(input)]);
  await setUsers(tx, space, created.id, input.user_ids);
  return (await findCampaign(tx, created.id))!;
}

export async function replaceCampaign(
  tx: Transaction,
  space: SpaceId,
  id: string,
  input: CampaignInput,
): Promise<CampaignItem | undefined> {
  const text = `update campaigns set name = $3, project_id = $4, dialing_method = $5, priority = $6, ring_timeout_s = $7,
                  recording = $8, trunk_id = $9, state = $10, retry = $11, hours = $12, reservation_s = $13,
                  disposition_s = $14
                 where space_id = $1 and id = $2`;
  const { rowCount } = await tx.query({ name: 'campaigns-replace', text }, [space, id, ...values(input)]);
  if (rowCount === 0) return undefined;
  await tx.query(
    { name: 'campaign-users-clear', text: 'delete from campaign_users where space_id = $1 and campaign_id = $2' },
    [space, id],
  );
  await setUsers(tx, space, id, input.user_ids);
  return await findCampaign(tx, id);
}

/** With its requests. Meant for one that is not running. */
export async function removeCampaign(tx: Transaction, space: SpaceId, id: string): Promise<boolean> {
  await removeImports(tx, { space, owner: id });
  for (const table of ['campaign_requests', 'campaign_calls', 'do_not_call']) {
    await tx.query(`delete from ${table} where space_id = $1 and campaign_id = $2`, [space, id]);
  }
  const text = 'delete from campaigns where space_id = $1 and id = $2';
  return (await tx.query({ name: 'campaigns-remove', text }, [space, id])).rowCount === 1;
}

/** Nobody removes it before the transaction ends. */
export async function holdCampaign(tx: Transaction, space: SpaceId, id: string): Promise<boolean> {
  const text = 'select from campaigns where space_id = $1 and id = $2 for key share';
  return (await tx.query({ name: 'campaigns-hold', text }, [space, id])).rowCount === 1;
}

/** As the rules read it. */
export async function readCampaign(db: Transaction, space: SpaceId, id: string): Promise<Campaign | undefined> {
  const text = `select ${columns}, p.name as project_name, p.presentation_number
                  from campaigns c join projects p on p.space_id = c.space_id and p.id = c.project_id
                 where c.space_id = $1 and c.id = $2`;
  const { rows } = await db.query<Row>({ name: 'campaigns-read', text }, [space, id]);
  return rows[0] && campaignOf(rows[0]);
}

/** Of the spaces given, in the order of their priority: those whose calls the server starts. */
export async function runningProgressive(
  db: Transaction,
  spaces: readonly SpaceId[],
): Promise<{ space: SpaceId; campaign: Campaign }[]> {
  const text = `select ${columns}, p.name as project_name, p.presentation_number
                  from campaigns c join projects p on p.space_id = c.space_id and p.id = c.project_id
                 where c.space_id = any($1) and c.state = 'running' and c.dialing_method = 'PROGRESSIVE'
                 order by c.space_id, c.priority desc, c.id`;
  const { rows } = await db.query<Row>({ name: 'campaigns-progressive', text }, [spaces]);
  return rows.map((row) => ({ space: row.space_id as SpaceId, campaign: campaignOf(row) }));
}

type Row = CampaignItem & { project_name: string; presentation_number: string | null };

function campaignOf(row: Row): Campaign {
  const { retry, hours } = row;
  const rule = ({ delay_s, max }: { delay_s: number; max: number }): RetryRule => ({ delayMs: delay_s * 1_000, max });
  return {
    id: row.id,
    name: row.name,
    project: { id: row.project_id, name: row.project_name, presentationNumber: row.presentation_number },
    dialingMethod: row.dialing_method,
    state: row.state,
    users: row.user_ids as UserId[],
    ringForMs: row.ring_timeout_s * 1_000,
    recorded: row.recording === 'always',
    trunk: row.trunk_id as TrunkId | null,
    retry: {
      after: {
        no_answer: rule(retry.no_answer),
        busy: rule(retry.busy),
        rejected: rule(retry.rejected),
        canceled: rule(retry.canceled),
        failed: rule(retry.failed),
        retry: rule(retry.retry),
      },
      maxContactTries: retry.max_contact_tries,
      consultantDelayMs: retry.consultant_delay_s * 1_000,
    },
    hours: hours && hoursOf(hours),
    reservationMs: row.reservation_s * 1_000,
    dispositionMs: row.disposition_s * 1_000,
  };
}

async function setUsers(tx: Transaction, space: SpaceId, campaign: string, users: readonly number[]): Promise<void> {
  await tx.query(
    {
      name: 'campaign-users-set',
      text: `insert into campaign_users (space_id, campaign_id, user_id, position)
             select $1, $2, id, position from unnest($3::int[]) with ordinality as given (id, position)
             on conflict do nothing`,
    },
    [space, campaign, users],
  );
}
