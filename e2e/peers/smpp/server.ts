// A carrier in a process of its own, to load a client with: takes every message, sends its receipt at once, and now and
// then a reply. Three programs do the same:
//   net-smpp  Perl's Net::SMPP       npm  npm `smpp`       own  our own codec, the fastest: for benches, whose clients
//                                                               (Parley, Kannel) all meet the same one
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

export interface SmppServer {
  port: number;
  pid: number;
  close(): Promise<void>;
}

const programs = { 'net-smpp': 'net-smpp-server.pl', 'npm': 'npm-server.ts', 'own': 'own-server.ts' } as const;

const startLimitMs = 15_000;

/** `replyEvery`: every so many messages are answered by `Ok`; 0: none. `port`: 0 is any. */
export async function startSmppServer(options: {
  kind: keyof typeof programs;
  replyEvery?: number;
  port?: number;
}): Promise<SmppServer> {
  const { kind, replyEvery = 0, port = 0 } = options;
  const file = join(import.meta.dirname, programs[kind]);
  const program = kind === 'net-smpp' ? 'perl' : process.execPath;
  const child = spawn(program, [file, String(port), String(replyEvery)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const close = () => end(child);
  try {
    return { port: await listening(child), pid: child.pid!, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listening(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stdout! });
  const limit = AbortSignal.timeout(startLimitMs);
  const [line] = (await Promise.race([
    once(lines, 'line', { signal: limit }),
    once(child, 'exit').then(() => Promise.reject(new Error('The carrier has ended at once.'))),
  ])) as [string];
  const port = Number(/^listening (\d+)$/.exec(line)?.[1]);
  if (!port) throw new Error(`The carrier says: ${line}`);
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
