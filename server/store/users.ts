import { hash } from '@node-rs/argon2';
import type { User, UserInput } from '../../contract/rest/users.ts';
import { asId, type SpaceId, type UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { revokeAccess } from './revocations.ts';
import type { Table } from './table.ts';

// Without the password's hash, so that no way leads it out.
const columns = `u.id, u.space_id, u.username, u.firstname, u.surname,
  coalesce(u.display_name, u.firstname || ' ' || u.surname) as display_name, u.role,
  array(select g.group_id from user_groups g
         where g.space_id = u.space_id and g.user_id = u.id order by g.group_id) as groups,
  u.outbound_number, u.language, u.disabled`;

const values = (input: UserInput) => [
  input.username,
  input.firstname,
  input.surname,
  input.display_name,
  input.role,
  input.outbound_number,
  input.language,
  input.disabled,
];

/** argon2id, with the library's parameters (OWASP's: 19 MiB, 2 passes). */
export const hashPassword = (password: string): Promise<string> => hash(password);

export const users: Table<User, UserInput, UserInput & { password: string }> = {
  async list(db, space, { after, limit }) {
    const { rows } = await db.query<User>(
      {
        name: 'users-list',
        text: `select ${columns} from users u
                where ($1::int is null or u.space_id = $1) and u.id > $2::bigint order by u.id limit $3`,
      },
      [space, after, limit],
    );
    return rows;
  },
  async find(db, id) {
    const sql = { name: 'users-find', text: `select ${columns} from users u where u.id = $1` };
    return (await db.query<User>(sql, [id])).rows[0];
  },
  async insert(tx, space, input) {
    const text = `insert into users (space_id, password_hash, username, firstname, surname, display_name, role,
                    outbound_number, language, disabled)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`;
    const all = [space, await hashPassword(input.password), ...values(input)];
    const { id } = (await tx.query<{ id: number }>({ name: 'users-insert', text }, all)).rows[0]!;
    await setGroups(tx, space, id, input.groups);
    return (await this.find(tx, id))!;
  },
  /** A changed password or role, or disabling, ends what he has open. */
  async replace(tx, space, id, input) {
    const before = await this.find(tx, id);
    if (before?.space_id !== space) return undefined;
    const text = `update users set username = $3, firstname = $4, surname = $5, display_name = $6, role = $7,
                    outbound_number = $8, language = $9, disabled = $10, password_hash = coalesce($11, password_hash)
                   where space_id = $1 and id = $2`;
    const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
    await tx.query({ name: 'users-replace', text }, [space, id, ...values(input), passwordHash]);
    await tx.query(
      { name: 'user-groups-clear', text: 'delete from user_groups where space_id = $1 and user_id = $2' },
      [space, id],
    );
    await setGroups(tx, space, id, input.groups);
    const disabledNow = input.disabled && !before.disabled;
    if (disabledNow || passwordHash !== null || input.role !== before.role) {
      await revokeAccess(tx, space, asId<UserId>(id));
    }
    return await this.find(tx, id);
  },
  async remove(tx, space, id) {
    await revokeAccess(tx, space, asId<UserId>(id));
    const text = 'delete from users where space_id = $1 and id = $2';
    return (await tx.query({ name: 'users-remove', text }, [space, id])).rowCount === 1;
  },
};

export interface Credentials {
  user: number;
  space_id: number;
  role: User['role'];
  password_hash: string;
  disabled: boolean;
}

export async function findCredentials(db: Transaction, username: string): Promise<Credentials | undefined> {
  const { rows } = await db.query<Credentials>(
    {
      name: 'users-credentials',
      text: `select id as user, space_id, role, password_hash, disabled from users where lower(username) = lower($1)`,
    },
    [username],
  );
  return rows[0];
}

async function setGroups(tx: Transaction, space: SpaceId, user: number, groups: readonly number[]): Promise<void> {
  await tx.query(
    {
      name: 'user-groups-set',
      text: `insert into user_groups (space_id, user_id, group_id)
             select distinct $1::int, $2::int, id from unnest($3::int[]) as given (id)`,
    },
    [space, user, groups],
  );
}
