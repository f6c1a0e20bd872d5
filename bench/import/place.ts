import { asId, type SpaceId } from '../../server/domain/ids.ts';

export const space = asId<SpaceId>(1);
/** The campaign or the broadcast that the rows are for. */
export const owner = 'c'.repeat(24);
