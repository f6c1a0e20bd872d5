// Carries an IVR's question to the customer's URL: one attempt, no redirect, a limit of time for all of it, and only
// where customers' URLs may lead. A caller waits for the answer.
import type { IvrCommand } from '../../domain/ivr/commands.ts';
import type { AnswerGiven } from '../../domain/ivr/rehearsal.ts';
import type { AddressPolicy } from '../../platform/guarded-http/addresses.ts';
import { type OutAnswer, type OutRequest, Target } from '../../platform/guarded-http/client.ts';
import { refusalOf } from '../../platform/guarded-http/target-url.ts';

type Question = Pick<Extract<IvrCommand, { do: 'ask' }>, 'method' | 'url' | 'body' | 'timeoutMs'>;

export interface UrlAskerOptions {
  policy: AddressPolicy;
  /** Where the built-in inbox is reached: there alone our own address may be asked, whatever the policy says. */
  ownInbox?: () => { origin: string; path: string } | null;
  /** In the User-Agent. */
  version: string;
  /** Milliseconds from any moment on, never going back. */
  monotonicMs(): number;
}

const everywhere: AddressPolicy = { allows: () => true };
/** Callers of one customer who wait at the same time. */
const connectionsAnOrigin = 256;
const mostOrigins = 500;

export class UrlAsker {
  readonly #options: UrlAskerOptions;
  /** By origin, the one asked last is last. */
  readonly #targets = new Map<string, Target>();
  /** Given up, but for their running requests. */
  readonly #retired = new Set<Target>();

  constructor(options: UrlAskerOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever goes wrong is an answer with an `error`. */
  async ask({ method, url, body, timeoutMs }: Question, signal?: AbortSignal): Promise<AnswerGiven> {
    const began = this.#options.monotonicMs();
    const policy = this.#isOwnInbox(url) ? everywhere : this.#options.policy;
    const refusal = refusalOf(url, policy);
    if (refusal !== null) {
      const error = { code: 'url_refused', message: `The URL ${refusal}.` };
      return { status: null, body: new Uint8Array(), error, ms: 0 };
    }
    const { origin, pathname, search } = new URL(url);
    const request: OutRequest = {
      method,
      path: `${pathname}${search}`,
      headers: {
        'accept': 'application/xml, text/xml, */*;q=0.1',
        'user-agent': `Parley/${this.#options.version}`,
        ...(body !== null && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body,
      timeoutMs,
      signal,
    };
    // What may go everywhere is not used for what may not.
    const key = policy === everywhere ? `inbox at ${origin}` : origin;
    const target = this.#targetOf(key, origin, policy);
    const answer = await target.request(request);
    if (!staysOpen(answer) && this.#targets.get(key) === target) this.#retire(key, target);
    const ms = Math.round(this.#options.monotonicMs() - began);
    return { status: answer.status, body: answer.body, error: answer.error, ms };
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#targets.values(), ...this.#retired].map((target) => target.destroy()));
    this.#targets.clear();
  }

  #isOwnInbox(url: string): boolean {
    const own = this.#options.ownInbox?.() ?? null;
    const asked = URL.parse(url);
    return own !== null && asked !== null && asked.origin === own.origin && asked.pathname.startsWith(own.path);
  }

  #targetOf(key: string, origin: string, policy: AddressPolicy): Target {
    const target = this.#targets.get(key) ?? new Target({ origin, policy, connections: connectionsAnOrigin });
    this.#targets.delete(key);
    this.#targets.set(key, target);
    const [oldest] = this.#targets;
    if (this.#targets.size > mostOrigins && oldest) this.#retire(...oldest);
    return target;
  }

  /** Its running requests are finished. */
  #retire(key: string, target: Target): void {
    this.#targets.delete(key);
    this.#retired.add(target);
    void target.close().finally(() => this.#retired.delete(target));
  }
}

/**
 * A server that does not say so may be closing the connection already, and a question that meets the close is lost: it
 * is not asked again, for nobody knows whether it arrived.
 */
function staysOpen({ headers }: OutAnswer): boolean {
  return /\bkeep-alive\b/i.test(String(headers['connection'])) || headers['keep-alive'] !== undefined;
}
