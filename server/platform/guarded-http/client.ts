// Requests to customers' URLs: guarded connections, kept alive; no redirects; limits of time and size.
import { type Dispatcher, Pool } from 'undici';
import type { AddressPolicy } from './addresses.ts';
import { guardedConnector, type Resolve } from './connector.ts';

export interface OutRequest {
  method: 'POST' | 'GET';
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | string | null;
  /** From the call to the end of the answer. */
  timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined;
}

/** What came back. `status` null: no answer, and unless it never left, whether the request arrived is unknown. */
export interface OutAnswer {
  status: number | null;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** At most the first MAX_ANSWER_BYTES. */
  body: Buffer;
  /** null: a whole answer. With a status: what was wrong after its headers. */
  error: { code: string; message: string } | null;
}

export const CONNECT_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1_024;
/** Below the 5 s after which many servers close an idle connection without saying so. */
const KEEP_ALIVE_MS = 4_000;

export interface TargetOptions {
  /** `https://host:port`. */
  origin: string;
  connections: number;
  policy: AddressPolicy;
  resolve?: Resolve | undefined;
}

/** Connections to one origin. */
export class Target {
  readonly origin: string;
  readonly connections: number;
  readonly #pool: Pool;

  constructor({ origin, connections, policy, resolve }: TargetOptions) {
    this.origin = origin;
    this.connections = connections;
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: 60_000,
      headersTimeout: 0, // The request's own limit covers all of it.
      bodyTimeout: 0,
      connect: guardedConnector({ policy, resolve, connectTimeoutMs: CONNECT_TIMEOUT_MS }),
    });
  }

  /** Never rejects: a failure is an answer. */
  request(request: OutRequest): Promise<OutAnswer> {
    return new Promise((resolve) => {
      const exchange = new Exchange(request.timeoutMs, resolve);
      const { method, path, headers, body, signal } = request;
      if (signal?.aborted) return exchange.giveUp();
      signal?.addEventListener('abort', () => exchange.giveUp(), { once: true });
      try {
        this.#pool.dispatch({ method, path, headers, body }, exchange);
      } catch (error) {
        exchange.failed(error); // What undici refuses to send: a header that slipped through, a closed pool.
      }
    });
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Cuts what is under way. */
  destroy(): Promise<void> {
    return this.#pool.destroy();
  }
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: OutAnswer) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status: number | null = null;
  #headers: OutAnswer['headers'] = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #done = false;

  constructor(timeoutMs: number, resolve: (answer: OutAnswer) => void) {
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#abandon('timeout', `No whole answer within ${timeoutMs} ms.`), timeoutMs);
  }

  giveUp(): void {
    this.#abandon('given_up', 'Nobody waits for the answer any more.');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#done) controller.abort(new Error('too late')); // It waited for a connection until its time was over.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: OutAnswer['headers']): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = MAX_ANSWER_BYTES - this.#bytes;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_ANSWER_BYTES) this.#abandon('answer_too_long', 'The answer is longer than 64 KiB.');
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.failed(error);
  }

  failed(error: unknown): void {
    const { code, message } = error as { code?: unknown; message?: unknown };
    this.#finish({ code: typeof code === 'string' ? code : 'failed', message: sentenceOf(message, code) });
  }

  #abandon(code: string, message: string): void {
    this.#finish({ code, message });
    this.#controller?.abort(new Error(message));
  }

  #finish(error: OutAnswer['error']): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body, error });
  }
}

/** An AggregateError of several connection attempts has an empty message. */
function sentenceOf(message: unknown, code: unknown): string {
  return typeof message === 'string' && message !== '' ? message : `The connection failed (${String(code)}).`;
}
