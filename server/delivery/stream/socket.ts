// Step 2 of the supervision stream: Socket.IO on /socket.io/, for clients 2.x to 4.x, by websocket or polling.
//
//   connect ──► waiting ──init──► checking ──good──► live (updates) ──► gone
//                  │ 30 s             │ bad
//                  └──► init_error, disconnected
import type { Server as HttpServer } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Server, type Socket } from 'socket.io';
import { type InitErrorCode, initOptionsSchema } from '../../../contract/supervision.ts';
import type { Directory } from '../../domain/directory.ts';
import type { SpaceId, UserId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import type { CallerAddressOf } from './caller-address.ts';
import { Feed } from './feed.ts';
import { isAllowedOrigin, type Origins } from './origins.ts';
import type { Room } from './room.ts';
import type { StreamSessions } from './sessions.ts';

export interface StreamHubOptions {
  database: Database;
  sessions: StreamSessions;
  directories: { of(space: SpaceId): Directory | undefined };
  clock: Clock;
  log: Log;
  background: Background;
  origins: Origins;
  addressOf: CallerAddressOf;
}

export interface StreamHub {
  attach(server: HttpServer): void;
  /** Frames were written. */
  wake(): void;
  /** The user was disabled or has a new password: his sessions end, his streams are cut. */
  revoke(user: UserId): Promise<void>;
  /** Clients with a running stream. */
  readonly clients: number;
  /** Clients cut off so far because they did not take what they were sent. */
  readonly stalled: number;
  /** Cuts all clients; the HTTP server stays to its owner. */
  close(): Promise<void>;
}

const INIT_WITHIN_MS = 30_000;
const MOST_WAITING = 10_000;
/** Bad inits of an address in a minute; good ones are not counted: an office has one address. */
const BAD_INITS_A_MINUTE = 30;

type Stage = { at: 'waiting' } | { at: 'checking' } | { at: 'live'; user: UserId; room: Room };

export function streamHub(options: StreamHubOptions): StreamHub {
  return new Hub(options);
}

class Hub implements StreamHub {
  readonly #options: StreamHubOptions;
  readonly #io: Server;
  readonly #feed: Feed;
  readonly #stages = new Map<Socket, Stage>();
  readonly #badInits = new RateLimiterMemory({ points: BAD_INITS_A_MINUTE, duration: 60 });
  /** Number of each user's last revocation, so that an init that is being checked meanwhile is not let in. */
  readonly #revoked = new Map<UserId, number>();
  #revocations = 0;
  #live = 0;
  #closed = false;
  #stalled = 0;

  constructor(options: StreamHubOptions) {
    this.#options = options;
    const { database, clock, log } = options;
    this.#feed = new Feed({ database, clock, log, cut: (clients) => (this.#stalled += clients) });
    // No connection state recovery: it adds a third element to the packet. No deflate: ten times the CPU.
    this.#io = new Server({
      path: '/socket.io/',
      allowEIO3: true,
      serveClient: true,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: 16 * 1024,
      cors: { origin: true, credentials: true },
      allowRequest: (request, answer) => answer(null, !this.#closed && isAllowedOrigin(options.origins, request)),
    });
    this.#io.use((_socket, next) =>
      next(this.#stages.size - this.#live >= MOST_WAITING ? new Error('too_many') : undefined),
    );
    this.#io.on('connection', (socket) => this.#connected(socket));
  }

  get clients(): number {
    return this.#live;
  }

  get stalled(): number {
    return this.#stalled;
  }

  attach(server: HttpServer): void {
    this.#io.attach(server);
  }

  wake(): void {
    this.#feed.wake();
  }

  async revoke(user: UserId): Promise<void> {
    this.#revoked.set(user, ++this.#revocations);
    for (const [socket, stage] of this.#stages) {
      if (stage.at !== 'live' || stage.user !== user) continue;
      socket.emit('session_revoked');
      socket.disconnect(true);
    }
    await this.#options.sessions.end(user);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#feed.close();
    // Their connections, not their sockets: told to disconnect, clients would not come back by themselves.
    this.#io.engine.close();
  }

  #connected(socket: Socket): void {
    this.#stages.set(socket, { at: 'waiting' });
    const timer = this.#options.clock.after(INIT_WITHIN_MS, () => {
      if (this.#stages.get(socket)?.at === 'waiting') this.#refuse(socket, 'timeout');
    });
    socket.on('init', (...args: unknown[]) => {
      if (this.#stages.get(socket)?.at !== 'waiting') return;
      this.#stages.set(socket, { at: 'checking' });
      timer.cancel();
      this.#options.background.run('stream init', this.#init(socket, args));
    });
    socket.on('snapshot', (ack: unknown) => {
      const stage = this.#stages.get(socket);
      if (stage?.at === 'live' && typeof ack === 'function') ack(this.#snapshot(stage.room));
    });
    socket.on('error', (error: Error) => this.#options.log.debug({ err: error }, 'a stream client failed'));
    socket.on('disconnect', () => {
      timer.cancel();
      const stage = this.#stages.get(socket);
      this.#stages.delete(socket);
      if (stage?.at !== 'live') return;
      this.#live--;
      stage.room.leave(socket);
    });
  }

  async #init(socket: Socket, args: unknown[]): Promise<void> {
    const address = this.#options.addressOf(socket.request);
    try {
      if (((await this.#badInits.get(address))?.remainingPoints ?? 1) <= 0) return this.#refuse(socket, 'too_many');
      const asked = parseInit(args);
      const revocations = this.#revocations;
      const owner = asked && (await this.#options.sessions.check(asked.session, asked.target, address));
      if (!owner) {
        await this.#badInits.penalty(address);
        return this.#refuse(socket, asked ? 'bad_session' : 'bad_request');
      }
      const room = await this.#feed.enter(owner.space);
      try {
        if ((this.#revoked.get(owner.user) ?? 0) > revocations) return this.#refuse(socket, 'bad_session');
        await this.#enter(socket, owner.user, room, asked);
      } finally {
        room.joining--;
      }
    } catch (error) {
      if (!isAppError(error, 'database.unavailable'))
        this.#options.log.error({ err: error }, 'a stream could not begin');
      this.#askToComeBack(socket);
    }
  }

  async #enter(socket: Socket, user: UserId, room: Room, { since, ack }: Init): Promise<void> {
    if (!this.#stages.has(socket)) return;
    this.#stages.set(socket, { at: 'live', user, room });
    this.#live++;
    if (since !== null && since > room.cpt) await this.#feed.caughtUp();
    ack?.({ cpt: Math.min(since ?? room.cpt, room.cpt) });
    if (since === null) room.join(socket);
    else if (since > room.cpt || (await room.replay(socket, since)) === 'too_old') this.#resync(socket, room);
  }

  #resync(socket: Socket, room: Room): void {
    socket.emit('resync', this.#snapshot(room));
    room.join(socket);
  }

  #snapshot(room: Room) {
    const directory = this.#options.directories.of(room.space);
    return directory ? room.snapshot(directory) : { error: 'unavailable' };
  }

  #refuse(socket: Socket, code: InitErrorCode): void {
    socket.emit('init_error', { code });
    socket.disconnect(true);
  }

  /** His init was no bad one. Whose connection is lost, not his socket, comes back by himself and asks again. */
  #askToComeBack(socket: Socket): void {
    const code: InitErrorCode = 'unavailable';
    socket.emit('init_error', { code });
    socket.conn.close();
  }
}

interface Init {
  target: number;
  session: string;
  since: number | null;
  ack: ((answer: { cpt: number }) => void) | null;
}

/** `'supervisor', target, id_session[, options][, ack]`. Pages that were filled in by hand give the target as a string. */
function parseInit(args: unknown[]): Init | null {
  const ack = typeof args.at(-1) === 'function' ? (args.at(-1) as Init['ack']) : null;
  const [type, target, session, options = {}] = ack ? args.slice(0, -1) : args;
  const id = typeof target === 'string' && /^\d{1,9}$/.test(target) ? Number(target) : target;
  const parsed = initOptionsSchema.safeParse(options ?? {});
  if (type !== 'supervisor' || !Number.isSafeInteger(id) || typeof session !== 'string' || !parsed.success) return null;
  return { target: id as number, session, since: parsed.data.since ?? null, ack };
}
