// The server disables an endpoint that is gone or hopeless: in the audit, in the log, and on the endpoint itself.
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { commitChange } from '../store/changes.ts';
import type { EndpointRegistry, EndpointSettings } from '../store/endpoint-registry.ts';
import { disableEndpoint } from '../store/endpoints.ts';

const system = { type: 'system', id: null, name: null, address: null } as const;

export function disabler(parts: { database: Database; registry: EndpointRegistry; log: Log }) {
  const { database, registry, log } = parts;
  return async ({ id, space }: EndpointSettings, reason: 'gone' | 'failing'): Promise<void> => {
    const changed = await commitChange(database, space, {
      doing: 'save',
      work: (tx) => disableEndpoint(tx, space, id, reason),
      note: () => ({
        space,
        actor: system,
        action: 'disable',
        resource: 'endpoints',
        resourceId: String(id),
        changes: { disabled_reason: reason },
      }),
    });
    await registry.refresh(space);
    if (changed) log.warn({ endpoint: id, space, reason }, 'endpoint disabled; its pushes wait until it is enabled');
  };
}
