// What becomes of a file that comes in.
import { z } from 'zod';
import { HexId } from './campaigns.ts';

export const Refusal = z.object({ line: z.int(), path: z.string(), message: z.string() });
export const Import = z
  .object({
    import_id: HexId,
    accepted: z.int(),
    refused: z.int(),
    refusals: z.array(Refusal).describe('the first 1,000; GET imports/{import_id} has them all'),
  })
  .meta({ id: 'Import' });
export type Import = z.infer<typeof Import>;

export const ImportPath = z.object({ id: HexId, import_id: HexId });
