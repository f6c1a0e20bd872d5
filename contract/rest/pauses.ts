import { z } from 'zod';
import { Id, SpaceOfBody, Text } from './common.ts';

/** `user0`…`user15` exist from the start; `user15` is "unavailable". */
export const PauseId = z.string().regex(/^user(\d|1[0-5])$/, 'must be user0 to user15');

/** For who gives no reason. */
export const UNAVAILABLE = 'user15';

export const Pause = z.object({ id: PauseId, space_id: Id, value: Text }).meta({ id: 'Pause' });
export type Pause = z.infer<typeof Pause>;

export const PauseInput = z.strictObject({ value: Text, ...SpaceOfBody });
