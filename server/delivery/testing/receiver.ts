// A customer's server in a process of its own: each path behaves in its way (see `behaviours`), and all that arrives is
// remembered. Asked over IPC.
//
//   const receiver = await startReceiver(); receiver.url('/ok'); await receiver.received(); await receiver.stop();
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startPeerProcess } from '../../platform/testing/peer-process.ts';

export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Epoch ms. */
  at: number;
}

type Ask = { ask: 'received' | 'count' } | { ask: 'remember'; on: boolean };

export interface Receiver {
  port: number;
  url(path: string): string;
  /** In the order of arrival. */
  received(): Promise<Received[]>;
  /** How many, also those that were not remembered. */
  count(): Promise<number>;
  /** Resolves when that many have arrived; rejects after `limitMs`. */
  until(count: number, limitMs?: number): Promise<void>;
  /** Off: they are counted only. Turning it on begins anew. */
  remember(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startReceiver(options: { port?: number } = {}): Promise<Receiver> {
  const program = fileURLToPath(import.meta.url);
  const { port, ask, stop } = await startPeerProcess<Ask>(program, [String(options.port ?? 0)]);
  const count = async () => (await ask({ ask: 'count' })) as number;
  return {
    port,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    received: async () => (await ask({ ask: 'received' })) as Received[],
    count,
    async until(wanted, limitMs = 20_000) {
      const limit = Date.now() + limitMs;
      while ((await count()) < wanted) {
        if (Date.now() > limit) throw new Error(`${await count()} of ${wanted} pushes have arrived.`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    remember: async (on) => void (await ask({ ask: 'remember', on })),
    stop,
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The path after the behaviour's name. */
  argument: string;
  /** How often this push has arrived, this time included. */
  times: number;
}

/** By the first part of the path, after the body was read; those in `early` act before. */
const behaviours: Record<string, (exchange: Exchange) => void> = {
  'ok': ({ response }) => response.end('{"ok":true}'),
  'status': ({ response, argument }) => response.writeHead(Number(argument)).end('no'),
  'fails': ({ response, argument, times }) => response.writeHead(times <= Number(argument) ? 500 : 200).end(),
  // Every third push fails twice, told apart by its id.
  'sometimes': ({ request, response, times }) => {
    const unlucky = parseInt(String(request.headers['webhook-id']).slice(0, 4), 16) % 3 === 0;
    response.writeHead(unlucky && times <= 2 ? 500 : 200).end();
  },
  'waits': ({ response, argument }) => void setTimeout(() => response.end('late'), Number(argument)),
  'later': ({ response, argument, times }) =>
    times === 1 ? response.writeHead(503, { 'retry-after': argument }).end() : response.end(),
  'redirect': ({ response, argument }) => response.writeHead(302, { location: `/${argument}` }).end(),
  'reset-after': ({ request, times, response }) =>
    times === 1 ? request.socket.resetAndDestroy() : response.end('second'),
  'half': ({ response, request }) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half of');
    setTimeout(() => request.socket.destroy(), 20);
  },
  'half-headers': ({ request, response, times }) =>
    times === 1 ? request.socket.end('HTTP/1.1 200 OK\r\ncontent-le') : response.end('second'),
  'garbage': ({ request, response, times }) =>
    times === 1 ? request.socket.end('SSH-2.0-OpenSSH_9.2\r\n\0\xff') : response.end('second'),
  'hangs': () => undefined,
  'drips': ({ response, request }) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('.'), 50);
    request.socket.on('close', () => clearInterval(drip));
  },
  'floods': ({ response }) => response.end('x'.repeat(1_000_000)),
};
const early: Record<string, (request: IncomingMessage, times: number) => boolean> = {
  'reset-before': (request, times) => {
    if (times === 1) request.socket.resetAndDestroy();
    return times === 1;
  },
};

function serve(port: number): Server {
  let received: Received[] = [];
  let count = 0;
  let remembering = true;
  const times = new Map<string, number>();
  const server = createServer({ keepAliveTimeout: 5_000 }, (request, response) => {
    const path = request.url ?? '/';
    const [, name = '', argument = ''] = /^\/([^/?]*)\/?(.*)$/.exec(path) ?? [];
    const id = String(request.headers['webhook-id']);
    const times_ = (times.get(id) ?? 0) + 1;
    if (remembering) times.set(id, times_);
    if (early[name]?.(request, times_)) return void count++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      count++;
      if (remembering) {
        const headers = request.headers as Record<string, string>;
        received.push({ path, headers, body: Buffer.concat(chunks).toString(), at: Date.now() });
      }
      (behaviours[name] ?? behaviours['ok']!)({ request, response, argument, times: times_ });
    });
  });
  process.on('message', (message: Ask) => {
    switch (message.ask) {
      case 'received':
        return process.send!(received);
      case 'count':
        return process.send!(count);
      case 'remember':
        remembering = message.on;
        received = [];
        count = 0;
        times.clear();
        return process.send!(true);
    }
  });
  process.on('disconnect', () => process.exit());
  return server.listen(port, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(Number(process.argv[2]));
