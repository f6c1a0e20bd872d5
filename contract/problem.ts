// RFC 9457 problem details: what every refused REST request is answered with, as application/problem+json.
import { z } from 'zod';

export const Problem = z
  .object({
    type: z.string().describe('about:blank, as `code` says it all'),
    title: z.string(),
    status: z.int(),
    /** For machines; docs/errors.md lists them all. */
    code: z.string(),
    detail: z.string(),
    /** The request's fields that are to blame: `dids.0.number`; empty path: the whole body. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    request_id: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
