import type { Endpoint, EndpointInput } from '../../contract/rest/endpoints.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from './table.ts';

// Without the secrets, so that no way leads them out.
const columns = `id, space_id, type, url, format, status_list, extended, max_items, headers, retry_enabled::int,
  retry_config, subscriptions, concurrency, rate_per_s, enabled, disabled_reason`;

function values(input: EndpointInput) {
  return [
    input.url,
    input.format,
    input.status_list,
    input.extended,
    input.max_items,
    JSON.stringify(input.headers),
    Boolean(input.retry_enabled),
    input.retry_config && JSON.stringify(input.retry_config),
    input.subscriptions && JSON.stringify(input.subscriptions),
    input.concurrency,
    input.rate_per_s,
    input.enabled,
  ];
}

export const endpoints: Table<Endpoint, EndpointInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Endpoint>(
      {
        name: 'endpoints-list',
        text: `select ${columns} from endpoints
                where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'endpoints-find', text: `select ${columns} from endpoints where id = $1` };
    return (await db.query<Endpoint>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into endpoints (space_id, type, url, format, status_list, extended, max_items, headers,
                                         retry_enabled, retry_config, subscriptions, concurrency, rate_per_s, enabled)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning ${columns}`;
    const all = [space, input.type, ...values(input)];
    return (await tx.query<Endpoint>({ name: 'endpoints-insert', text }, all)).rows[0]!;
  },
  async replace(tx, space, id, input) {
    const text = `update endpoints set url = $3, format = $4, status_list = $5, extended = $6, max_items = $7,
                         headers = $8, retry_enabled = $9, retry_config = $10, subscriptions = $11, concurrency = $12,
                         rate_per_s = $13, enabled = $14, disabled_reason = case when $14 then null else disabled_reason end
                   where space_id = $1 and id = $2 returning ${columns}`;
    const { rows } = await tx.query<Endpoint>({ name: 'endpoints-replace', text }, [space, id, ...values(input)]);
    return rows[0];
  },
  async remove(tx, space, id) {
    const text = 'delete from endpoints where space_id = $1 and id = $2';
    return (await tx.query({ name: 'endpoints-remove', text }, [space, id])).rowCount === 1;
  },
};

/** False: it is gone, or disabled already. Enabled again, it has its whole time to succeed. */
export async function disableEndpoint(
  tx: Transaction,
  space: SpaceId,
  id: number,
  reason: 'gone' | 'failing',
): Promise<boolean> {
  const text = `update endpoints set enabled = false, disabled_reason = $3 where space_id = $1 and id = $2 and enabled`;
  const disabled = (await tx.query({ name: 'endpoints-disable', text }, [space, id, reason])).rowCount === 1;
  const reset = 'update outbox_lanes set failing_since = null where space_id = $1 and endpoint_id = $2';
  await tx.query({ name: 'outbox-lane-reset', text: reset }, [space, id]);
  return disabled;
}

/** The new one signs from now on, the old ones for `overlapH` hours more (or until their own end, if that is sooner). */
export async function addSecret(
  tx: Transaction,
  space: SpaceId,
  endpoint: number,
  secret: string,
  overlapH: number,
): Promise<{ oldUntil: string }> {
  await tx.query(
    {
      name: 'endpoint-secrets-end',
      text: `update endpoint_secrets set expires_at = least(expires_at, now() + $3 * interval '1 hour')
              where space_id = $1 and endpoint_id = $2`,
    },
    [space, endpoint, overlapH],
  );
  const { rows } = await tx.query<{ old_until: Date }>(
    {
      name: 'endpoint-secrets-add',
      text: `insert into endpoint_secrets (space_id, endpoint_id, secret) values ($1, $2, $3)
             returning now() + $4 * interval '1 hour' as old_until`,
    },
    [space, endpoint, secret, overlapH],
  );
  return { oldUntil: rows[0]!.old_until.toISOString() };
}
