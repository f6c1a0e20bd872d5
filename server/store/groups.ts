import type { Group, GroupInput } from '../../contract/rest/groups.ts';
import type { Table } from './table.ts';

export const groups: Table<Group, GroupInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Group>(
      {
        name: 'groups-list',
        text: `select id, space_id, name from groups
                where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'groups-find', text: 'select id, space_id, name from groups where id = $1' };
    return (await db.query<Group>(sql, [id])).rows[0];
  },
  async insert(tx, space, { name }) {
    const text = 'insert into groups (space_id, name) values ($1, $2) returning id, space_id, name';
    return (await tx.query<Group>({ name: 'groups-insert', text }, [space, name])).rows[0]!;
  },
  async replace(tx, space, id, { name }) {
    const text = 'update groups set name = $3 where space_id = $1 and id = $2 returning id, space_id, name';
    return (await tx.query<Group>({ name: 'groups-replace', text }, [space, id, name])).rows[0];
  },
  async remove(tx, space, id) {
    const text = 'delete from groups where space_id = $1 and id = $2';
    return (await tx.query({ name: 'groups-remove', text }, [space, id])).rowCount === 1;
  },
};
