// Sounds of a space: uploaded once, kept as what Asterisk plays. In the database, so that every node has them.
import { randomBytes } from 'node:crypto';
import type { Sound } from '../../contract/rest/sounds.ts';
import type { SpaceId } from '../domain/ids.ts';
import { spaceSoundFolder } from '../domain/sounds.ts';
import type { Converted } from '../platform/audio/convert.ts';
import type { Transaction } from '../platform/db.ts';
import type { Slice } from './table.ts';

const columns = 'id, space_id, name, filename, duration_ms, level_db';

/** `space` null: of all spaces. */
export async function listSounds(db: Transaction, space: SpaceId | null, { after, limit }: Slice): Promise<Sound[]> {
  const text = `select ${columns} from sounds
                 where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`;
  return (await db.query<Sound>({ name: 'sounds-list', text }, [space, after, limit])).rows;
}

export async function findSound(db: Transaction, id: number): Promise<Sound | undefined> {
  const sql = { name: 'sounds-find', text: `select ${columns} from sounds where id = $1` };
  return (await db.query<Sound>(sql, [id])).rows[0];
}

export async function addSound(tx: Transaction, space: SpaceId, name: string, sound: Converted): Promise<Sound> {
  const text = `insert into sounds (space_id, name, filename, duration_ms, level_db, wav_8k, wav_16k)
                values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`;
  const filename = `${randomBytes(20).toString('hex')}.wav`;
  const { durationMs, levelDb, wav8k, wav16k } = sound;
  const values = [space, name, filename, durationMs, levelDb, Buffer.from(wav8k), Buffer.from(wav16k)];
  return (await tx.query<Sound>({ name: 'sounds-insert', text }, values)).rows[0]!;
}

export async function renameSound(
  tx: Transaction,
  space: SpaceId,
  id: number,
  name: string,
): Promise<Sound | undefined> {
  const text = `update sounds set name = $3 where space_id = $1 and id = $2 returning ${columns}`;
  return (await tx.query<Sound>({ name: 'sounds-rename', text }, [space, id, name])).rows[0];
}

export async function removeSound(tx: Transaction, space: SpaceId, id: number): Promise<boolean> {
  const text = 'delete from sounds where space_id = $1 and id = $2';
  return (await tx.query({ name: 'sounds-remove', text }, [space, id])).rowCount === 1;
}

/** What the voice engine calls a sound: its file, without the ending, in the folder of all spaces' sounds. */
export function engineNameOf(filename: string): string {
  return `${spaceSoundFolder}/${filename.replace(/\.wav$/, '')}`;
}

/** The WAV files; undefined: it is gone. */
export async function audioOfSound(
  db: Transaction,
  id: number,
): Promise<{ wav8k: Buffer; wav16k: Buffer } | undefined> {
  const text = 'select wav_8k as "wav8k", wav_16k as "wav16k" from sounds where id = $1';
  return (await db.query<{ wav8k: Buffer; wav16k: Buffer }>({ name: 'sounds-audio', text }, [id])).rows[0];
}
