// One WebSocket to Asterisk: events come in, and REST requests go out over the same socket, so that a command costs no
// HTTP connection and commands are carried out in the order in which they were given.
//
//   idle ── open() ──> connecting ──> connected ── socket lost ──> waiting ── back-off ──> connecting …
//   close() ends it from every state.
import { WebSocket } from 'ws';
import { AppError } from '../../../errors.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { AriEvent, AriOperations, RESTRequest, RESTResponse } from './ari-types.gen.ts';

export interface AriAddress {
  /** As `http://127.0.0.1:8088/ari`. */
  url: string;
  user: string;
  password: string;
}

export interface AriListener {
  connected(): void;
  /** Once for every `connected`. Requests that were under way have been rejected with `voice.engine_down`. */
  disconnected(): void;
  event(event: AriEvent): void;
}

/** Asterisk answered a request with a status of 400 or more. */
export class AriRefusal extends Error {
  readonly status: number;
  constructor(status: number, operation: string, message: string) {
    super(`${operation}: ${status} ${message}`);
    this.name = 'AriRefusal';
    this.status = status;
  }
}

/** A request's limit of time. Asterisk answers within milliseconds; a longer silence is a fault. */
const requestLimitMs = 5_000;
const connectLimitMs = 5_000;
/** A socket without any sign of life for so long is lost: asked by ping at half of it. */
const silenceLimitMs = 10_000;
/** Of failures in a row: about once a minute. */
const warnEvery = 30;
const backOffMs = [50, 100, 250, 500, 1_000, 2_000];

interface Waiting {
  operation: string;
  resolve(response: RESTResponse): void;
  reject(error: Error): void;
  limit: Timer;
}

export class AriClient {
  readonly #address: () => AriAddress;
  readonly #app: string;
  readonly #listener: AriListener;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Map<string, Waiting>();
  #socket: WebSocket | null = null;
  #connected = false;
  #closed = false;
  #failures = 0;
  #requests = 0;
  #retry: Timer | null = null;
  #watch: Timer | null = null;
  #heardAt = 0;

  /** `address` is asked before every attempt to connect: it may change while Asterisk is away. */
  constructor(options: { address: () => AriAddress; app: string; listener: AriListener; clock: Clock; log: Log }) {
    this.#address = options.address;
    this.#app = options.app;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Connects, and again whenever the connection is lost, until `close`. */
  open(): void {
    const { url: base, user, password } = this.#address();
    const url = new URL(`${base.replace(/\/$/, '')}/events`);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('app', this.#app);
    const credentials = Buffer.from(`${user}:${password}`).toString('base64');
    const socket = new WebSocket(url, {
      headers: { authorization: `Basic ${credentials}` },
      handshakeTimeout: connectLimitMs,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('open', () => this.#opened(socket));
    socket.on('message', (data: Buffer) => this.#received(data));
    socket.on('pong', () => (this.#heardAt = this.#clock.now()));
    // A `close` always follows an `error`, and does the rest.
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.#lost());
  }

  /** Resolves with Asterisk's answer. Rejects with AriRefusal when it refuses, with `voice.engine_down` when there is no
   *  connection or no answer. */
  async request<Operation extends keyof AriOperations>(
    operation: Operation,
    ...[parameters]: {} extends AriOperations[Operation]['parameters']
      ? [AriOperations[Operation]['parameters']?]
      : [AriOperations[Operation]['parameters']]
  ): Promise<AriOperations[Operation]['response']> {
    const response = await this.#exchange(operation, parameters ?? {});
    const body = response.message_body ? (JSON.parse(response.message_body) as unknown) : null;
    if (response.status_code < 400) return body as AriOperations[Operation]['response'];
    throw new AriRefusal(response.status_code, operation, messageOf(body) ?? response.reason_phrase);
  }

  /** For a connection that serves for nothing: the next one comes after the longest back-off. */
  reconnect(): void {
    this.#failures = backOffMs.length - 1;
    this.#socket?.terminate();
  }

  /** Closes for good; requests under way are rejected. The listener hears no more. */
  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#watch?.cancel();
    this.#socket?.close();
    this.#rejectWaiting();
    this.#connected = false;
  }

  #exchange(operation: string, parameters: Parameters): Promise<RESTResponse> {
    const socket = this.#socket;
    if (!this.#connected || socket === null) return Promise.reject(engineDown('There is no connection to Asterisk.'));
    const id = String(++this.#requests);
    return new Promise((resolve, reject) => {
      const limit = this.#clock.after(requestLimitMs, () => {
        this.#waiting.delete(id);
        reject(engineDown(`Asterisk gave no answer to ${operation} in time.`));
      });
      this.#waiting.set(id, { operation, resolve, reject, limit });
      socket.send(JSON.stringify(requestMessage(id, operation, parameters)));
    });
  }

  #failed(error: Error): void {
    const level = this.#failures % warnEvery === 0 ? 'warn' : 'debug';
    this.#log[level]({ err: error, failures: this.#failures }, 'the connection to Asterisk failed');
  }

  #opened(socket: WebSocket): void {
    if (this.#closed) return socket.close();
    this.#connected = true;
    this.#failures = 0;
    this.#heardAt = this.#clock.now();
    this.#watchSilence(socket);
    this.#listener.connected();
  }

  #watchSilence(socket: WebSocket): void {
    this.#watch = this.#clock.after(silenceLimitMs / 2, () => {
      if (this.#clock.now() - this.#heardAt > silenceLimitMs) return socket.terminate();
      socket.ping();
      this.#watchSilence(socket);
    });
  }

  #received(data: Buffer): void {
    if (this.#closed) return;
    this.#heardAt = this.#clock.now();
    const message = JSON.parse(data.toString()) as AriEvent | RESTResponse;
    if (message.type !== 'RESTResponse') return this.#listener.event(message);
    const waiting = this.#waiting.get(message.request_id);
    this.#waiting.delete(message.request_id);
    waiting?.limit.cancel();
    waiting?.resolve(message);
  }

  #lost(): void {
    this.#watch?.cancel();
    if (this.#closed) return;
    const wasConnected = this.#connected;
    this.#connected = false;
    this.#rejectWaiting();
    const delay = backOffMs[Math.min(this.#failures++, backOffMs.length - 1)]!;
    this.#retry = this.#clock.after(delay, () => this.open());
    if (wasConnected) {
      this.#log.warn({}, 'the connection to Asterisk is lost');
      this.#listener.disconnected();
    }
  }

  #rejectWaiting(): void {
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { operation, reject, limit } of lost) {
      limit.cancel();
      reject(engineDown(`The connection to Asterisk was lost before it answered ${operation}.`));
    }
  }
}

interface Parameters {
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: Record<string, unknown>;
}

/** Asterisk's "REST over WebSocket": a RESTRequest as a text frame. */
export function requestMessage(id: string, operation: string, { path, query, body }: Parameters): RESTRequest {
  const [method, template] = operation.split(' ') as [string, string];
  const uri = template.replace(/^\//, '').replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path![name]!));
  return {
    type: 'RESTRequest',
    transaction_id: id,
    request_id: id,
    method,
    uri,
    query_strings: Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value: String(value) }],
    ),
    ...(body && { content_type: 'application/json', message_body: JSON.stringify(body) }),
  };
}

function messageOf(body: unknown): string | null {
  return body !== null && typeof body === 'object' && 'message' in body ? String(body.message) : null;
}

function engineDown(detail: string): AppError {
  return new AppError('voice.engine_down', detail);
}
