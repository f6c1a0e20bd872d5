import type { Trunk, TrunkInput } from '../../contract/rest/trunks.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from './table.ts';

// Without the password, so that no way leads it out.
const columns = `t.id, t.space_id, t.name, t.type, t.host, t.port, t.username, t.match_addresses,
  coalesce((select jsonb_agg(jsonb_build_object('number', d.number, 'extension_number', d.extension_number)
                             order by d.position)
              from dids d where d.space_id = t.space_id and d.trunk_id = t.id), '[]') as dids,
  t.outbound, t.max_calls, t.calls_per_second`;

function values(input: TrunkInput) {
  const sip = input.type === 'sip' ? input : undefined;
  return [
    input.name,
    sip?.host ?? null,
    sip?.port ?? 5060,
    sip?.username ?? null,
    sip ? (sip.match_addresses ?? [sip.host]) : [],
    input.outbound,
    input.max_calls,
    input.calls_per_second,
    sip?.password ?? null,
  ];
}

export const trunks: Table<Trunk, TrunkInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Trunk>(
      {
        name: 'trunks-list',
        text: `select ${columns} from trunks t
                where ($1::int is null or t.space_id = $1) and t.id > $2::bigint order by t.id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'trunks-find', text: `select ${columns} from trunks t where t.id = $1` };
    return (await db.query<Trunk>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into trunks (space_id, type, name, host, port, username, match_addresses, outbound, max_calls,
                                      calls_per_second, password)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`;
    const all = [space, input.type, ...values(input)];
    const { id } = (await tx.query<{ id: number }>({ name: 'trunks-insert', text }, all)).rows[0]!;
    await setDids(tx, space, id, input.dids);
    return (await this.find(tx, id))!;
  },
  async replace(tx, space, id, input) {
    // $12: a password was given (perhaps null: none); else the old one stays.
    const text = `update trunks set name = $3, host = $4, port = $5, username = $6, match_addresses = $7, outbound = $8,
                         max_calls = $9, calls_per_second = $10,
                         password = case when $12::boolean then $11 else password end
                   where space_id = $1 and id = $2`;
    const passwordGiven = input.type === 'sip' && input.password !== undefined;
    const { rowCount } = await tx.query({ name: 'trunks-replace', text }, [space, id, ...values(input), passwordGiven]);
    if (rowCount === 0) return undefined;
    await tx.query({ name: 'dids-clear', text: 'delete from dids where space_id = $1 and trunk_id = $2' }, [space, id]);
    await setDids(tx, space, id, input.dids);
    return await this.find(tx, id);
  },
  async remove(tx, space, id) {
    const text = 'delete from trunks where space_id = $1 and id = $2';
    return (await tx.query({ name: 'trunks-remove', text }, [space, id])).rowCount === 1;
  },
};

async function setDids(tx: Transaction, space: SpaceId, trunk: number, dids: TrunkInput['dids']): Promise<void> {
  await tx.query(
    {
      name: 'dids-set',
      text: `insert into dids (space_id, trunk_id, number, extension_number, position)
             select $1, $2, number, extension_number, position
               from unnest($3::text[], $4::text[]) with ordinality as given (number, extension_number, position)`,
    },
    [space, trunk, dids.map((did) => did.number), dids.map((did) => did.extension_number)],
  );
}
