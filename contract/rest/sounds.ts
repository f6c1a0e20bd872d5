import { z } from 'zod';
import { Id, Text } from './common.ts';

export const Sound = z
  .object({
    id: Id,
    space_id: Id,
    name: Text,
    filename: z.string().describe('what play_sound and a PlaySound of Call Interactive name'),
    duration_ms: z.int().min(0),
    level_db: z.number().nullable().describe('root mean square below full scale; null: silence'),
  })
  .meta({ id: 'Sound' });
export type Sound = z.output<typeof Sound>;

export const SoundChanges = z.strictObject({ name: Text });
export const mostSoundBytes = 10 * 1_024 * 1_024;
