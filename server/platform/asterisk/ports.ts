import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { listenFailure } from '../start-failure.ts';
import { hasCode } from './process.ts';

/** Taken until this process ends; false: somebody else has it. */
export async function holdLoopbackPort(port: number): Promise<boolean> {
  try {
    const server = await listening('127.0.0.1', port);
    server.unref();
    return true;
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return false;
    throw error;
  }
}

/** Asterisk goes on without a transport that it cannot bind, so it is tried before. Rejects with `setup.failed`. */
export async function requireFreeSipPort(host: string, port: number): Promise<void> {
  try {
    await bindUdp(host, port);
    await bindTcp(host, port);
  } catch (error) {
    throw listenFailure(error, { host, port, hostVariable: 'PARLEY_SIP_HOST', portVariable: 'PARLEY_SIP_PORT' });
  }
}

export async function isFreeLoopbackPort(port: number): Promise<boolean> {
  try {
    await bindTcp('127.0.0.1', port);
    return true;
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return false;
    throw error;
  }
}

export async function freeLoopbackPort(): Promise<number> {
  const server = await listening('127.0.0.1', 0);
  const address = server.address();
  await closed(server);
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

async function bindTcp(host: string, port: number): Promise<void> {
  await closed(await listening(host, port));
}

function listening(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function bindUdp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}
