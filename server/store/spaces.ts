import type { Space, SpaceInput } from '../../contract/rest/spaces.ts';
import { asId, type SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Transaction } from '../platform/db.ts';
import { callingCodeOf, countryOf } from './country.ts';
import { insertPauses } from './pauses.ts';

const columns = `id, name, code, number, username, time_zone, country, locale, ring_timeout_s, reply_window_h,
  stop_words, allowed_prefixes, max_call_s, misses_before_pause, calling_hours,
  max_sms_parts`;

type Row = Omit<Space, 'allowed_prefixes'> & { allowed_prefixes: string[] | null };

/** The space of `only`, or all, by id. */
export async function listSpaces(
  db: Transaction,
  only: SpaceId | null,
  slice: { after: number; limit: number },
): Promise<Space[]> {
  const { rows } = await db.query<Row>(
    {
      name: 'spaces-list',
      text: `select ${columns} from spaces where ($1::int is null or id = $1) and id > $2::bigint order by id limit $3`,
    },
    [only, slice.after, slice.limit],
  );
  return rows.map(shown);
}

export async function findSpace(db: Transaction, id: number): Promise<Space | undefined> {
  const { rows } = await db.query<Row>({ name: 'spaces-find', text: `select ${columns} from spaces where id = $1` }, [
    id,
  ]);
  return rows[0] && shown(rows[0]);
}

/** An id for a space that is about to be inserted, so that its version can be raised first. */
export async function nextSpaceId(db: Transaction): Promise<SpaceId> {
  const { rows } = await db.query<{ id: number }>(`select nextval(pg_get_serial_sequence('spaces', 'id'))::int as id`);
  return asId<SpaceId>(rows[0]!.id);
}

/** With its sixteen pauses. */
export async function insertSpace(tx: Transaction, id: SpaceId, input: SpaceInput): Promise<Space> {
  const text = `insert into spaces (${columns}) overriding system value
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning ${columns}`;
  const { rows } = await tx.query<Row>({ name: 'spaces-insert', text }, [id, ...values(input)]);
  await insertPauses(tx, id);
  return shown(rows[0]!);
}

export async function replaceSpace(tx: Transaction, id: number, input: SpaceInput): Promise<Space | undefined> {
  const text = `update spaces set name = $2, code = $3, number = $4, username = $5, time_zone = $6, country = $7,
                  locale = $8, ring_timeout_s = $9, reply_window_h = $10, stop_words = $11, allowed_prefixes = $12,
                  max_call_s = $13, misses_before_pause = $14, calling_hours = $15, max_sms_parts = $16
                 where id = $1 returning ${columns}`;
  const { rows } = await tx.query<Row>({ name: 'spaces-replace', text }, [id, ...values(input)]);
  return rows[0] && shown(rows[0]);
}

export async function removeSpace(tx: Transaction, id: number): Promise<boolean> {
  return (await tx.query({ name: 'spaces-remove', text: 'delete from spaces where id = $1' }, [id])).rowCount === 1;
}

function shown(row: Row): Space {
  return { ...row, allowed_prefixes: row.allowed_prefixes ?? [callingCodeOf(row.country)!] };
}

function values(input: SpaceInput) {
  return [
    input.name,
    input.code,
    input.number,
    input.username,
    input.time_zone,
    countryFor(input),
    input.locale,
    input.ring_timeout_s,
    input.reply_window_h,
    input.stop_words,
    input.allowed_prefixes,
    input.max_call_s,
    input.misses_before_pause,
    JSON.stringify(input.calling_hours),
    input.max_sms_parts,
  ];
}

function countryFor(input: SpaceInput): string {
  const country = input.country ?? countryOf(input.time_zone);
  if (country !== undefined && callingCodeOf(country) !== undefined) return country;
  const message = country === undefined ? 'is needed: the time zone lies in no country' : 'is no known country';
  throw new AppError('request.invalid', `The country ${message}.`, { errors: [{ path: 'country', message }] });
}
