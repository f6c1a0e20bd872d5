import { NewTrunk, Trunk, TrunkChanges, TrunkInput } from '../../../contract/rest/trunks.ts';
import { trunks } from '../../store/trunks.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function trunkRoutes(app: App, parts: RestParts): void {
  routeResource(app, parts, {
    name: 'trunks',
    table: trunks,
    readers: supervisors,
    schemas: { item: Trunk, create: NewTrunk, replace: TrunkInput, change: TrunkChanges },
    inputOf: trunkInputOf,
  });
}

function trunkInputOf({ id: _id, space_id: _space, host, port, username, match_addresses, ...common }: Trunk): object {
  if (common.type === 'sandbox') return common;
  const onlyHost = match_addresses.length === 1 && match_addresses[0] === host;
  // The default goes on following the host.
  return { ...common, host, port, username, ...(!onlyHost && { match_addresses }) };
}
