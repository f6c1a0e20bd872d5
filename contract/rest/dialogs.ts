import { z } from 'zod';
import { Dialled } from './common.ts';

export const DialogPath = z.object({ uuid: z.uuid() });

export const TransferInput = z.strictObject({
  to: Dialled,
  type: z.enum(['blind', 'consultative', 'conference']),
});
