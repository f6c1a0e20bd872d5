import type { Channel, ChannelInput } from '../../contract/rest/message-channels.ts';
import type { Media } from '../domain/contacts/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from './table.ts';

export type StoredChannel = Omit<Channel, 'state' | 'problem'>;

// Without the password, so that no way leads it out.
const columns = `id, space_id, media, type, name, priority, enabled, settings - 'password' as settings`;

export const channels: Table<StoredChannel, ChannelInput> = {
  async list(db, space, { after, limit }) {
    const text = `select ${columns} from channels
                   where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`;
    return (await db.query<StoredChannel>({ name: 'channels-list', text }, [space, after, limit])).rows;
  },
  async find(db, id) {
    const sql = { name: 'channels-find', text: `select ${columns} from channels where id = $1` };
    return (await db.query<StoredChannel>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into channels (space_id, media, type, name, priority, enabled, settings)
                  values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`;
    const all = [space, input.media, input.type, ...values(input)];
    return (await tx.query<StoredChannel>({ name: 'channels-insert', text }, all)).rows[0]!;
  },
  async replace(tx, space, id, input) {
    // A password that is left out stays.
    const text = `update channels set name = $3, priority = $4, enabled = $5,
                    settings = jsonb_strip_nulls(jsonb_build_object('password', settings -> 'password')) || $6::jsonb
                   where space_id = $1 and id = $2 returning ${columns}`;
    return (await tx.query<StoredChannel>({ name: 'channels-replace', text }, [space, id, ...values(input)])).rows[0];
  },
  async remove(tx, space, id) {
    const text = 'delete from channels where space_id = $1 and id = $2';
    return (await tx.query({ name: 'channels-remove', text }, [space, id])).rowCount === 1;
  },
};

function values({ name, priority, enabled, settings }: ChannelInput) {
  return [name, priority, enabled, JSON.stringify(settings)];
}

/** Types of the space's enabled channels of that media. */
export async function enabledTypes(db: Transaction, space: SpaceId, media: Media): Promise<Channel['type'][]> {
  const text = 'select type from channels where space_id = $1 and media = $2 and enabled order by priority desc, id';
  const { rows } = await db.query<{ type: Channel['type'] }>({ name: 'channels-enabled', text }, [space, media]);
  return rows.map(({ type }) => type);
}
