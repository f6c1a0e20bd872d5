// A customer's web server that IVRs ask (customer.py), told what to answer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '../parley.ts';

const script = fileURLToPath(new URL('./customer.py', import.meta.url));
const startLimitMs = 10_000;

export interface CustomerAnswer {
  /** Default: 200. */
  status?: number;
  body: string;
  /** Of the body; Python's name. Default: utf-8. */
  charset?: string;
  /** Content-Type. Default: text/html, as many scripts answer. */
  type?: string;
  location?: string;
  delay_s?: number;
  /** `never`: the answer stays unfinished, `early`: the connection is closed before its end. Default: whole. */
  ends?: 'whole' | 'never' | 'early';
}

export interface CustomerRequest {
  name: string;
  method: string;
  /** As it came, without the `?`. */
  query: string;
  body: string | null;
}

export class CustomerServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #port: number;
  readonly #requests: CustomerRequest[] = [];

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
  }

  static async open(): Promise<CustomerServer> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-customer-'));
    const child = spawn('python3', [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const [port] = (await once(lines, 'line', { signal: AbortSignal.timeout(startLimitMs) })) as [string];
    const server = new CustomerServer(child, folder, Number(port));
    lines.on('line', (line) => server.#requests.push(JSON.parse(line) as CustomerRequest));
    return server;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.#port}/${name}`;
  }

  /** What `/name` answers from now on; actions alone: a whole `<Response>` of them. */
  async answers(name: string, answer: CustomerAnswer | string): Promise<void> {
    const said = typeof answer === 'string' ? { body: `<Response>${answer}</Response>` } : answer;
    const file = join(this.#folder, `${name}.json`);
    await writeFile(`${file}.new`, JSON.stringify(said));
    await rename(`${file}.new`, file);
  }

  /** Requests for `/name` so far, in the order of their arrival. */
  arrived(name: string): CustomerRequest[] {
    return this.#requests.filter((request) => request.name === name);
  }

  /** Waits for so many requests for `/name` at least. */
  async requests(name: string, count = 1): Promise<CustomerRequest[]> {
    await eventually(`${count} requests for /${name}`, async () => this.arrived(name).length >= count);
    return this.arrived(name);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
