// A connection to a carrier, TCP or TLS.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../../platform/clock.ts';
import type { SmppSettings } from './settings.ts';

const limitMs = 10_000;

/** Resolves with a connected socket; of TLS, when the certificate is proved. Rejects after 10 s, or when `signal` is aborted. */
export function connect(
  { host, port, tls }: Pick<SmppSettings, 'host' | 'port' | 'tls'>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const ready = tls ? 'secureConnect' : 'connect';
    const socket = tls
      ? connectTls({ host, port, ...nameFor(host), ...(tls.ca !== null && { ca: tls.ca }) })
      : connectTcp({ host, port });
    const fail = (error: Error) => {
      settled();
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(new Error('It was given up.'));
    const closed = () => fail(new Error('The carrier closed the connection.'));
    const limit = clock.after(limitMs, () => fail(new Error(`There was no connection within ${limitMs / 1_000} s.`)));
    const settled = () => {
      limit.cancel();
      signal.removeEventListener('abort', abort);
      socket.off('close', closed);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();
    socket.setNoDelay(true);
    socket.on('error', fail);
    socket.once('close', closed);
    socket.once(ready, () => {
      settled();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** An address is no name that a certificate can be asked for by. */
function nameFor(host: string): { servername: string } | {} {
  return isIP(host) ? {} : { servername: host };
}
