// Stands between Parley and its Asterisk, passes everything on, and notes when what went by: facts that come from the
// engine and commands that go to it. Its own time counts as Parley's.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

interface Ari {
  /** As `http://127.0.0.1:8088/ari`. */
  url: string;
  user: string;
  password: string;
}

/** What is read of ARI's events. */
export interface TappedEvent {
  type: string;
  asterisk_id?: string;
  channel?: { id: string };
}

/** Times are `performance.now()`. */
export interface TapListener {
  event(event: TappedEvent, atMs: number): void;
  /** As in ARI's REST, which goes over the same socket. */
  command(method: string, uri: string, atMs: number): void;
}

export interface AriTap {
  /** For PARLEY_ARI_URL. */
  url: string;
  close(): Promise<void>;
}

export async function tapAri(ari: Ari, listener: TapListener): Promise<AriTap> {
  const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
  // Parley pings before it connects.
  const http = createServer((request, response) => {
    fetch(new URL(request.url ?? '/', ari.url), { headers: { authorization } }).then(
      ({ status }) => response.writeHead(status).end(),
      () => response.writeHead(502).end(),
    );
  });
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (parley: WebSocket, request: IncomingMessage) => {
    const url = new URL(request.url ?? '/', ari.url);
    url.protocol = 'ws:';
    join(parley, new WebSocket(url, { headers: { authorization }, perMessageDeflate: false }), listener);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as { port: number };
  return {
    url: `http://${ari.user}:${encodeURIComponent(ari.password)}@127.0.0.1:${port}`,
    async close() {
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

function join(parley: WebSocket, asterisk: WebSocket, listener: TapListener): void {
  const early: RawData[] = [];
  parley.on('message', (data) => {
    const at = performance.now();
    const { method, uri } = JSON.parse((data as Buffer).toString()) as { method: string; uri: string };
    listener.command(method, uri, at);
    if (asterisk.readyState === WebSocket.OPEN) asterisk.send(data, { binary: false });
    else early.push(data);
  });
  asterisk.on('open', () => early.forEach((data) => asterisk.send(data, { binary: false })));
  asterisk.on('message', (data) => {
    const at = performance.now();
    const event = JSON.parse((data as Buffer).toString()) as TappedEvent;
    if (event.type !== 'RESTResponse') listener.event(event, at);
    parley.send(data, { binary: false });
  });
  parley.on('close', () => asterisk.close());
  asterisk.on('close', () => parley.close());
  for (const socket of [parley, asterisk]) socket.on('error', () => socket.terminate());
}
