import { IdempotencyHeader } from '../../../contract/rest/common.ts';
import { SandboxCall, SandboxCallMade } from '../../../contract/rest/sandbox.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, spaceToUse, supervisors } from '../auth.ts';
import { makeOnce } from '../idempotency.ts';
import { noteAsked } from '../note-asked.ts';

export function sandboxRoutes(app: App, parts: RestParts): void {
  const { centre, directories } = parts;

  app.post(
    '/sandbox/calls',
    {
      config: { access: supervisors },
      schema: {
        tags: ['sandbox'],
        description: 'A caller who is no person rings in.',
        headers: IdempotencyHeader,
        body: SandboxCall,
        response: { 201: SandboxCallMade },
      },
    },
    (request, reply) => {
      const { space_id, from, from_name, to, digits, hang_up_after_s } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      return makeOnce(parts, request, reply, space, async () => {
        const { call } = await centre.ringIn(space, {
          from,
          fromName: from_name,
          to,
          digits: digits.map((press) => ({ atMs: press.at_ms, digits: press.digits })),
          hangUpAfterMs: hang_up_after_s === null ? null : hang_up_after_s * 1_000,
        });
        await noteAsked(parts, request, space, { action: 'ring_in', resource: 'sandbox', resourceId: call });
        return { call_id: call };
      });
    },
  );
}
