import { randomBytes } from 'node:crypto';
import type { Extension, ExtensionInput } from '../../contract/rest/extensions.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from './table.ts';

// As the REST shows each type; without the SIP password.
const shown = `id, space_id, case type
  when 'phone' then jsonb_build_object('user_id', user_id, 'sandbox', sandbox, 'do_not_disturb', do_not_disturb,
    'username', sip_username, 'forward', jsonb_strip_nulls(jsonb_build_object(
      'always', forward_always, 'busy', forward_busy, 'no_answer', forward_no_answer)))
  when 'queue' then jsonb_build_object('queue_id', queue_id)
  when 'ivr' then jsonb_build_object('ivr_id', ivr_id)
  when 'route' then jsonb_build_object('trunk_id', trunk_id, 'to', route_to)
  end || jsonb_build_object('id', id, 'space_id', space_id, 'number', number, 'type', type) as extension`;

type Row = { extension: Extension };

function values(input: ExtensionInput) {
  const phone = input.type === 'phone' ? input : undefined;
  return [
    input.number,
    phone?.user_id ?? null,
    phone?.sandbox ?? false,
    phone?.forward.always ?? null,
    phone?.forward.busy ?? null,
    phone?.forward.no_answer ?? null,
    phone?.do_not_disturb ?? false,
    input.type === 'queue' ? input.queue_id : null,
    input.type === 'route' ? input.trunk_id : null,
    input.type === 'route' ? input.to : null,
    input.type === 'ivr' ? input.ivr_id : null,
  ];
}

export const extensions: Table<Extension, ExtensionInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Row>(
      {
        name: 'extensions-list',
        text: `select ${shown} from extensions
                where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`,
      },
      [space, after, limit],
    );
    return rows.map((row) => row.extension);
  },
  async find(db, id) {
    const sql = { name: 'extensions-find', text: `select ${shown} from extensions where id = $1` };
    return (await db.query<Row>(sql, [id])).rows[0]?.extension;
  },
  async insert(tx, space, input) {
    const text = `insert into extensions (space_id, type, number, user_id, sandbox, forward_always, forward_busy,
                    forward_no_answer, do_not_disturb, queue_id, trunk_id, route_to, ivr_id)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning ${shown}`;
    const all = [space, input.type, ...values(input)];
    return (await tx.query<Row>({ name: 'extensions-insert', text }, all)).rows[0]!.extension;
  },
  /** A phone that becomes a sandbox loses its SIP access: nobody registers with it. */
  async replace(tx, space, id, input) {
    const text = `update extensions set number = $3, user_id = $4, sandbox = $5, forward_always = $6, forward_busy = $7,
                    forward_no_answer = $8, do_not_disturb = $9, queue_id = $10, trunk_id = $11, route_to = $12, ivr_id = $13,
                    sip_username = case when $5 then null else sip_username end,
                    sip_password = case when $5 then null else sip_password end
                   where space_id = $1 and id = $2 returning ${shown}`;
    const all = [space, id, ...values(input)];
    return (await tx.query<Row>({ name: 'extensions-replace', text }, all)).rows[0]?.extension;
  },
  async remove(tx, space, id) {
    const text = 'delete from extensions where space_id = $1 and id = $2';
    return (await tx.query({ name: 'extensions-remove', text }, [space, id])).rowCount === 1;
  },
};

/** New SIP credentials for a phone; the old ones end. The user name stays the same over the phone's life. */
export async function renewSipAccess(
  tx: Transaction,
  space: SpaceId,
  id: number,
): Promise<{ username: string; password: string }> {
  const access = { username: `phone${id}`, password: randomBytes(15).toString('base64url') };
  const text = 'update extensions set sip_username = $3, sip_password = $4 where space_id = $1 and id = $2';
  await tx.query({ name: 'extensions-sip', text }, [space, id, access.username, access.password]);
  return access;
}
