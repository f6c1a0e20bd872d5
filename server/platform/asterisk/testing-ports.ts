import { isAppError } from '../../errors.ts';
import { holdLoopbackPort, requireFreeSipPort } from './ports.ts';

/**
 * An even port of loopback, free for UDP and TCP, as are the next two (a phone listens there for TLS, SIPp for video).
 * The one after those is held as long as this process lives: nobody else, in this process or in a test file beside it,
 * is given the same four before they are used. Below the ports that the system hands out by itself.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 22_000 + 4 * Math.floor(Math.random() * 1_950);
    if ((await areFree([port, port + 1, port + 2])) && (await holdLoopbackPort(port + 3))) return port;
  }
  throw new Error('no free port between 22000 and 29800');
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) if (!(await isFree(port))) return false;
  return true;
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
