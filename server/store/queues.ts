import type { Queue, QueueInput } from '../../contract/rest/queues.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Table } from './table.ts';

const columns = `q.id, q.space_id, q.name, q.strategy,
  array(select u.user_id from queue_users u
         where u.space_id = q.space_id and u.queue_id = q.id order by u.position) as user_ids,
  q.ring_timeout_s, q.wrap_up_s, q.max_wait_s, q.overflow_extension, q.service_level_s, q.recording`;

const values = (input: QueueInput) => [
  input.name,
  input.strategy,
  input.ring_timeout_s,
  input.wrap_up_s,
  input.max_wait_s,
  input.overflow_extension,
  input.service_level_s,
  input.recording,
];

export const queues: Table<Queue, QueueInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Queue>(
      {
        name: 'queues-list',
        text: `select ${columns} from queues q
                where ($1::int is null or q.space_id = $1) and q.id > $2::bigint order by q.id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'queues-find', text: `select ${columns} from queues q where q.id = $1` };
    return (await db.query<Queue>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into queues (space_id, name, strategy, ring_timeout_s, wrap_up_s, max_wait_s,
                                      overflow_extension, service_level_s, recording)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`;
    const { rows } = await tx.query<{ id: number }>({ name: 'queues-insert', text }, [space, ...values(input)]);
    const { id } = rows[0]!;
    await setUsers(tx, space, id, input.user_ids);
    return (await this.find(tx, id))!;
  },
  async replace(tx, space, id, input) {
    const text = `update queues set name = $3, strategy = $4, ring_timeout_s = $5, wrap_up_s = $6, max_wait_s = $7,
                         overflow_extension = $8, service_level_s = $9, recording = $10
                   where space_id = $1 and id = $2`;
    const { rowCount } = await tx.query({ name: 'queues-replace', text }, [space, id, ...values(input)]);
    if (rowCount === 0) return undefined;
    await tx.query(
      { name: 'queue-users-clear', text: 'delete from queue_users where space_id = $1 and queue_id = $2' },
      [space, id],
    );
    await setUsers(tx, space, id, input.user_ids);
    return await this.find(tx, id);
  },
  async remove(tx, space, id) {
    const text = 'delete from queues where space_id = $1 and id = $2';
    return (await tx.query({ name: 'queues-remove', text }, [space, id])).rowCount === 1;
  },
};

async function setUsers(tx: Transaction, space: SpaceId, queue: number, users: readonly number[]): Promise<void> {
  await tx.query(
    {
      name: 'queue-users-set',
      text: `insert into queue_users (space_id, queue_id, user_id, position)
             select $1, $2, id, position from unnest($3::int[]) with ordinality as given (id, position)
             on conflict do nothing`,
    },
    [space, queue, users],
  );
}
