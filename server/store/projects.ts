import type { Project, ProjectInput } from '../../contract/rest/projects.ts';
import type { Table } from './table.ts';

const columns = 'id, space_id, name, presentation_number';

export const projects: Table<Project, ProjectInput> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<Project>(
      {
        name: 'projects-list',
        text: `select ${columns} from projects
                where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'projects-find', text: `select ${columns} from projects where id = $1` };
    return (await db.query<Project>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into projects (space_id, name, presentation_number) values ($1, $2, $3) returning ${columns}`;
    const values = [space, input.name, input.presentation_number];
    return (await tx.query<Project>({ name: 'projects-insert', text }, values)).rows[0]!;
  },
  async replace(tx, space, id, input) {
    const text = `update projects set name = $3, presentation_number = $4
                   where space_id = $1 and id = $2 returning ${columns}`;
    const values = [space, id, input.name, input.presentation_number];
    return (await tx.query<Project>({ name: 'projects-replace', text }, values)).rows[0];
  },
  async remove(tx, space, id) {
    const text = 'delete from projects where space_id = $1 and id = $2';
    return (await tx.query({ name: 'projects-remove', text }, [space, id])).rowCount === 1;
  },
};
