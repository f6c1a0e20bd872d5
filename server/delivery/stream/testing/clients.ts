// Real clients of the stream: the oldest and the newest Socket.IO, each by websocket only and by polling only.
import { io, type Socket } from 'socket.io-client';
import io2 from 'socket.io-client-2';
import type { Snapshot, Update } from '../../../../contract/supervision.ts';
import { supervisor } from './directory.ts';

export const clientKinds = {
  'socket.io-client 2, websocket': { connect: io2, transports: ['websocket'] },
  'socket.io-client 2, polling': { connect: io2, transports: ['polling'] },
  'socket.io-client 4, websocket': { connect: io, transports: ['websocket'] },
  'socket.io-client 4, polling': { connect: io, transports: ['polling'] },
};
export type ClientKind = keyof typeof clientKinds;

export interface TestClient {
  socket: Socket;
  updates: Update[];
  /** What came beside updates, in order: init_error, resync, session_revoked, disconnect. */
  others: { name: string; data: unknown }[];
  /** Resolves when `count` updates are there; rejects after 10 s. */
  received(count: number): Promise<Update[]>;
  /** The same for something else. */
  heard(name: string): Promise<unknown>;
  snapshot(): Promise<Snapshot>;
  close(): void;
}

export interface ClientOptions {
  kind?: ClientKind;
  session: unknown;
  target?: unknown;
  since?: unknown;
  /** Not sent at all. */
  noInit?: boolean;
  headers?: Record<string, string>;
}

/** Connects, and sends its init as soon as it is connected. */
export function connectClient(url: string, options: ClientOptions): TestClient {
  const { connect, transports } = clientKinds[options.kind ?? 'socket.io-client 4, websocket'];
  const socket = connect(url, {
    transports,
    forceNew: true,
    reconnection: false,
    ...(options.headers ? { extraHeaders: options.headers } : {}),
  });
  const updates: Update[] = [];
  const others: TestClient['others'] = [];
  const waiting = new Set<() => void>();
  const changed = () => waiting.forEach((look) => look());
  socket.on('update', (...args: unknown[]) => {
    if (args.length !== 1) throw new Error(`An update came with ${args.length} arguments.`);
    updates.push(args[0] as Update);
    changed();
  });
  for (const name of ['init_error', 'resync', 'session_revoked', 'disconnect', 'connect_error']) {
    socket.on(name, (data: unknown) => {
      others.push({ name, data });
      changed();
    });
  }
  if (!options.noInit) {
    socket.on('connect', () => {
      const init = ['supervisor', options.target ?? supervisor, options.session];
      socket.emit('init', ...(options.since === undefined ? init : [...init, { since: options.since }]));
    });
  }
  function until<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`${what} did not come; got ${updates.length} updates and ${JSON.stringify(others)}`));
      }, 10_000);
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  }
  return {
    socket,
    updates,
    others,
    received: (count) => until(`update ${count}`, () => (updates.length >= count ? updates : undefined)),
    heard: async (name) => (await until(name, () => others.find((other) => other.name === name))).data,
    snapshot: () => new Promise((resolve) => socket.emit('snapshot', resolve)),
    close: () => socket.close(),
  };
}

/** Connects and is live: its next update is the next one to happen. */
export async function liveClient(url: string, options: ClientOptions): Promise<TestClient> {
  const client = connectClient(url, { ...options, noInit: true });
  await new Promise<void>((resolve) => client.socket.on('connect', () => resolve()));
  await new Promise((resolve) => {
    client.socket.emit('init', 'supervisor', options.target ?? supervisor, options.session, {}, resolve);
  });
  return client;
}
