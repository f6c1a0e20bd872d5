// Carries one push to its endpoint: signs it, sends it over the endpoint's own connections, and says what came of it.
import { instant, type Instant } from '../domain/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { AddressPolicy } from '../platform/guarded-http/addresses.ts';
import { type OutAnswer, Target } from '../platform/guarded-http/client.ts';
import type { Resolve } from '../platform/guarded-http/connector.ts';
import type { EndpointSettings } from '../store/endpoint-registry.ts';
import { retryAfterMs } from './backoff.ts';
import type { WaitingPush } from './outbox-sql.ts';
import { signatureOf } from './signing.ts';

export interface Attempt {
  at: Instant;
  ms: number;
  /** null: no answer; unless no connection came about, whether the push arrived is unknown. */
  status: number | null;
  /** The answer's first 4 KiB. */
  answer: string | null;
  error: string | null;
  retryAfterMs: number | null;
  delivered: boolean;
}

export interface CourierOptions {
  clock: Clock;
  policy: AddressPolicy;
  /** Our own inbox: its origin and the start of its paths. It is reached although it is on this machine. null: none. */
  ownInbox(): { origin: string; path: string } | null;
  version: string;
  resolve?: Resolve;
}

const WHOLE_TIMEOUT_MS = 15_000;
const KEPT_OF_ANSWER_BYTES = 4_096;
/** Least recently used ones above are closed; a target without a request holds no connection after 4 s anyway. */
const MOST_TARGETS = 1_000;

export class Courier {
  readonly #options: CourierOptions;
  readonly #userAgent: string;
  /** By endpoint, the least recently used first. */
  readonly #targets = new Map<number, Target>();
  /** Replaced ones, whose last requests are under way. */
  readonly #closing = new Set<Target>();

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#userAgent = `Parley/${options.version}`;
  }

  /** Never rejects. */
  async attempt(endpoint: EndpointSettings, push: WaitingPush): Promise<Attempt> {
    const at = this.#options.clock.now();
    const began = performance.now();
    const answer = await this.#targetOf(endpoint).request({
      method: 'POST',
      path: endpoint.path,
      headers: this.#headersOf(endpoint, push, at),
      body: push.body,
      timeoutMs: WHOLE_TIMEOUT_MS,
    });
    const ms = Math.round(performance.now() - began);
    return { at, ms, ...readAnswer(answer, this.#options.clock.now()) };
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#targets.values(), ...this.#closing].map((target) => target.destroy()));
  }

  #targetOf({ id, origin, path, concurrency }: EndpointSettings): Target {
    let target = this.#targets.get(id);
    if (target && (target.origin !== origin || target.connections !== concurrency)) {
      this.#closeTarget(id);
      target = undefined;
    }
    if (target) this.#targets.delete(id);
    else target = new Target({ origin, connections: concurrency, ...this.#guardOf(origin, path) });
    this.#targets.set(id, target);
    if (this.#targets.size > MOST_TARGETS) this.#closeTarget(this.#targets.keys().next().value!);
    return target;
  }

  #guardOf(origin: string, path: string) {
    const { policy, resolve } = this.#options;
    const own = this.#options.ownInbox();
    const isOwn = own !== null && own.origin === origin && path.startsWith(own.path);
    return { policy: isOwn ? { allows: () => true } : policy, resolve };
  }

  #closeTarget(endpoint: number): void {
    const target = this.#targets.get(endpoint)!;
    this.#targets.delete(endpoint);
    this.#closing.add(target);
    void target.close().then(() => this.#closing.delete(target));
  }

  #headersOf(endpoint: EndpointSettings, push: WaitingPush, at: Instant): Record<string, string> {
    const timestampS = Math.floor(at / 1_000);
    const secrets = endpoint.secrets.filter(({ until }) => until === null || until > at).map(({ secret }) => secret);
    return {
      ...without(endpoint.headers, { 'content-type': push.contentType, 'user-agent': this.#userAgent }),
      ...endpoint.headers,
      'webhook-id': push.webhookId,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': signatureOf(push.webhookId, timestampS, push.body, secrets),
    };
  }
}

/** Our own headers that the endpoint does not replace, however it spells them. */
function without(given: Readonly<Record<string, string>>, ours: Record<string, string>): Record<string, string> {
  const replaced = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(ours).filter(([name]) => !replaced.has(name)));
}

/** The status decides as soon as it is there: who says 2xx has the push, even if the rest of his answer is lost. */
function readAnswer({ status, headers, body, error }: OutAnswer, now: Instant): Omit<Attempt, 'at' | 'ms'> {
  return {
    status,
    answer: status === null ? null : textOf(body),
    error: error ? `${error.code}: ${error.message}` : isRedirect(status) ? 'Redirects are not followed.' : null,
    retryAfterMs: retryAfterMs(headers['retry-after'], instant(now)),
    delivered: status !== null && status >= 200 && status < 300,
  };
}

const isRedirect = (status: number | null): boolean => status !== null && status >= 300 && status < 400;

/** PostgreSQL's text holds no NUL. */
const textOf = (body: Buffer): string => body.toString('utf8', 0, KEPT_OF_ANSWER_BYTES).replaceAll('\0', '\uFFFD');
