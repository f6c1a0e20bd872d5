// Where a sandbox caller may ring in (POST /sandbox/calls).
import type { SandboxCall } from '../channels/voice/engine.ts';
import type { Directory } from '../domain/directory.ts';
import { extensionDialled } from '../domain/targets.ts';
import { AppError } from '../errors.ts';

/** A DID of a sandbox trunk, or an extension (`332` or `000*332`); throws `call.unknown_target` for anything else. */
export function ringInTarget(directory: Directory, to: string): SandboxCall['to'] {
  for (const trunk of directory.trunks.values()) {
    const did = trunk.type === 'sandbox' && trunk.dids.find(({ number }) => withoutPlus(number) === withoutPlus(to));
    if (did) return { kind: 'did', trunk: trunk.id, did: did.number };
  }
  if (extensionDialled(directory, to)) return { kind: 'extension', number: to };
  throw new AppError('call.unknown_target', `${to} is neither a DID of a sandbox trunk nor an extension.`, {
    errors: [{ path: 'to', message: 'neither a DID of a sandbox trunk nor an extension' }],
  });
}

function withoutPlus(number: string): string {
  return number.replace(/^\+/, '');
}
