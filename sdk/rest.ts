// Requests to a Parley's REST, with a limit of time, and its refusals as errors that name the field.
import type { Problem } from '../contract/problem.ts';

export interface ParleyOptions {
  /** As `https://parley.example`; /api/v1 is added. */
  url: string;
  /** An API key, or the installation's. */
  key: string;
  /** Default: the runtime's own. */
  fetch?: typeof fetch;
}

export interface Asking {
  body?: unknown;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Default: 30 s. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;

/** The server refused. `code` as in its list of errors; null: what answered was no Parley. */
export class ParleyError extends Error {
  readonly status: number;
  readonly code: string | null;
  /** The fields that are to blame. */
  readonly errors: readonly { path: string; message: string }[];
  /** For whoever reads the server's log. */
  readonly requestId: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.name = 'ParleyError';
    this.status = status;
    this.code = problem.code ?? null;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
  }
}

export class Rest {
  readonly #base: string;
  readonly #key: string;
  readonly #fetch: typeof fetch;

  /** Throws a TypeError for what is no http(s) URL. */
  constructor({ url, key, fetch: given = fetch }: ParleyOptions) {
    const { protocol } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${url} is no http or https URL.`);
    this.#base = `${url.replace(/\/+$/, '')}/api/v1`;
    this.#key = key;
    this.#fetch = given;
  }

  /** The answer's JSON. `path` as `/ivrs`. Rejects with a ParleyError, or with the runtime's own error when nothing
   *  answers in time. No redirect is followed: the key would go along. */
  async ask<Answer>(method: string, path: string, { body, query = {}, timeoutMs }: Asking = {}): Promise<Answer> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
    const answer = await this.#fetch(`${this.#base}${path}${asked.size > 0 ? `?${asked.toString()}` : ''}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs ?? defaultTimeoutMs),
    });
    const content: unknown = jsonOf(await answer.text());
    if (!answer.ok || content === undefined) throw new ParleyError(answer.status, (content ?? {}) as Partial<Problem>);
    return content as Answer;
  }
}

/** undefined: it is none. An empty answer (204) is null. */
function jsonOf(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
