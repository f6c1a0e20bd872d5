// A whole Parley for the stories: its own process, home and ports, driven as its users drive it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endAsteriskOf } from '../server/platform/asterisk/asterisk.ts';
import { asteriskForTests } from '../server/platform/asterisk/testing.ts';
import { freeTcpPort, freeUdpPort } from './peers/ports.ts';

const main = fileURLToPath(new URL('../server/main.ts', import.meta.url));
export const cachedAsterisk = fileURLToPath(new URL('../node_modules/.cache/parley/asterisk', import.meta.url));
export const adminKey = 'e2e-admin-key';

export interface ParleyOptions {
  voice: 'asterisk' | 'simulated';
  /** More variables. */
  env?: Readonly<Record<string, string>>;
  /** Default: a new folder. `close` removes it. */
  home?: string;
  /** Program and arguments to put before its own. */
  wrapper?: readonly [string, ...string[]];
}

/** A second on a machine of its own; what is wanted is that it comes at all. */
const longestStartMs = 100_000;

/** Empty (no demo), with an admin key. Close it, or its processes stay. */
export async function startParley(options: ParleyOptions): Promise<Parley> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'parley-e2e-')));
  if (options.voice === 'asterisk') {
    await asteriskForTests();
    await mkdir(home, { recursive: true });
    if (!existsSync(join(home, 'asterisk'))) await symlink(cachedAsterisk, join(home, 'asterisk'));
  }
  const parley = new Parley(options, home, await freeTcpPort(), await freeUdpPort());
  await parley.start();
  return parley;
}

export class Parley {
  readonly home: string;
  readonly port: number;
  readonly sipPort: number;
  readonly #options: ParleyOptions;
  #child: ChildProcess | null = null;
  #output = '';
  #log = '';

  constructor(options: ParleyOptions, home: string, port: number, sipPort: number) {
    this.#options = options;
    this.home = home;
    this.port = port;
    this.sipPort = sipPort;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('Parley does not run.');
    return this.#child.pid;
  }

  /** What it has written to standard output since its last start. */
  get output(): string {
    return this.#output;
  }

  /** Its log lines since its last start. */
  get logged(): Record<string, unknown>[] {
    return this.#log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves when it is ready; rejects with what it said when it ends instead. */
  async start(): Promise<void> {
    const { voice, env, wrapper } = this.#options;
    this.#output = '';
    this.#log = '';
    const own = [process.execPath, main] as const;
    const [program, ...args]: readonly [string, ...string[]] = wrapper ? [...wrapper, ...own] : own;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PARLEY_HOME: this.home,
        PARLEY_PORT: String(this.port),
        PARLEY_SIP_PORT: String(this.sipPort),
        PARLEY_VOICE: voice,
        PARLEY_DEMO: '0',
        PARLEY_ADMIN_KEY: adminKey,
        PARLEY_DRAIN_S: '0',
        ...env,
      },
    });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    const until = Date.now() + longestStartMs;
    while (!/^ready http/m.test(this.#output)) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > until) {
        const failure = new Error(`Parley did not start (exit code ${child.exitCode}): ${this.#log.slice(-2_000)}`);
        await this.stop().catch(() => child.kill('SIGKILL'));
        throw failure;
      }
      await sleep(20);
    }
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(limitMs = 15_000): Promise<number | null> {
    return this.#end('SIGTERM', limitMs);
  }

  /** kill -9 of the server alone: PostgreSQL and Asterisk live on. */
  async dies(): Promise<void> {
    await this.#end('SIGKILL', 5_000);
  }

  async close(): Promise<void> {
    await this.stop();
    // Made to outlive a server that died; PostgreSQL ends by itself then, and may still be at it.
    await endAsteriskOf(this.home);
    await rm(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL', limitMs: number): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(limitMs) });
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** The answer's body; throws on a status of 400 and more. `path` is below /api/v1. */
  async rest<Body = Record<string, unknown>>(method: string, path: string, body?: object): Promise<Body> {
    const { status, body: answer } = await this.ask<Body>(method, path, body);
    const logged = status >= 500 ? `\n${this.#log.slice(-2_000)}` : '';
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}${logged}`);
    return answer;
  }

  async ask<Body>(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Body }> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
  }
}

/** Asks again until `found` says something; for what happens soon, not at once. */
export async function eventually<T>(
  what: string,
  found: () => Promise<T | undefined | null | false>,
  limitMs = 10_000,
): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const result = await found();
    if (result !== undefined && result !== null && result !== false) return result;
    if (Date.now() > until) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await sleep(25);
  }
}
