// Connects only where the policy allows: a literal address, every answer of the DNS, and the address that the socket
// has really reached are checked. A name whose answers are not all allowed is not connected to.
import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './addresses.ts';

/** The address is none that customers' URLs may reach. Its message names no address: the customer sees it. */
export class TargetForbidden extends Error {
  override readonly name = 'TargetForbidden';
  readonly code = 'PARLEY_TARGET_FORBIDDEN';
  constructor() {
    super('The address is private, local or reserved, and may not be reached.');
  }
}

export type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectorOptions {
  policy: AddressPolicy;
  connectTimeoutMs: number;
  /** The system's; another one in tests. */
  resolve?: Resolve | undefined;
}

export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { policy } = options;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    allowH2: false,
    lookup: guardedLookup(policy, options.resolve ?? resolve),
  });
  return (target, callback) => {
    // `lookup` is not called for a literal address.
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !policy.allows(literal)) return callback(new TargetForbidden(), null);
    connect(target, (error, socket) => {
      if (error) return callback(error, null);
      if (policy.allows(reachedBy(socket))) return callback(null, socket);
      socket.destroy();
      callback(new TargetForbidden(), null);
    });
  };
}

function guardedLookup(policy: AddressPolicy, answerOf: Resolve) {
  return (
    host: string,
    options: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    answerOf(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      if (!addresses.every(({ address }) => policy.allows(address))) return callback(new TargetForbidden(), '');
      if (options.all) return callback(null, addresses);
      const first = addresses[0];
      if (!first) return callback(new Error('The name has no address.'), '');
      callback(null, first.address, first.family);
    });
  };
}

const reachedBy = (socket: Socket): string => socket.remoteAddress ?? '';
