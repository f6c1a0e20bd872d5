// Where a sandbox caller may ring in (POST /sandbox/calls).
import type { SandboxCall } from '../channels/voice/engine.ts';
import type { Directory } from '../domain/directory.ts';
import { AppError } from '../errors.ts';

/** A DID of a sandbox trunk, or an extension; throws `call.unknown_target` for anything else. */
export function ringInTarget(directory: Directory, to: string): SandboxCall['to'] {
  for (const trunk of directory.trunks.values()) {
    if (trunk.type === 'sandbox' && trunk.dids.some((did) => did.number === to))
      return { kind: 'did', trunk: trunk.id, did: to };
  }
  if (directory.extensionsByNumber.has(to)) return { kind: 'extension', number: to };
  throw new AppError('call.unknown_target', `${to} is neither a DID of a sandbox trunk nor an extension.`, {
    errors: [{ path: 'to', message: 'neither a DID of a sandbox trunk nor an extension' }],
  });
}
