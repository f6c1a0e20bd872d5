import { isAppError } from '../../errors.ts';
import { requireFreeSipPort } from './ports.ts';

const given = new Set<number>();

/**
 * An even port of loopback, free for UDP and TCP, as is the next one (a phone listens there for TLS, SIPp for RTCP).
 * Below the ports that the system hands out by itself, so that nobody gets it by accident before it is used.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 22_000 + 2 * Math.floor(Math.random() * 3_900);
    if (!given.has(port) && (await isFree(port)) && (await isFree(port + 1))) {
      given.add(port);
      return port;
    }
  }
  throw new Error('no free port between 22000 and 29800');
}

async function isFree(port: number): Promise<boolean> {
  try {
    await requireFreeSipPort('127.0.0.1', port);
    return true;
  } catch (error) {
    if (isAppError(error, 'setup.failed')) return false;
    throw error;
  }
}
