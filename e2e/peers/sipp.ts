// SIPp as callers and as people who are called. What it did is read from its statistics. Playing audio needs root.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../server/platform/asterisk/testing-ports.ts';
import { captureOf, type Speech } from './rtp-capture.ts';
import { calleeScenario, callerScenario } from './sipp-scenario.ts';

export interface SippResult {
  succeeded: number;
  failed: number;
  /** SIP status codes that came unexpectedly, each once. */
  unexpected: number[];
  /** Mean ms from INVITE to the final response; null when no call got one. */
  answeredInMs: number | null;
}

export interface SippRun {
  /** Where it listens. */
  port: number;
  /** Resolves when all calls have ended; rejects when SIPp itself fails, or after the limit (60 s). */
  done(limitMs?: number): Promise<SippResult>;
  /** Kills it, with its calls if any still run, and removes its files. */
  close(): Promise<void>;
}

export interface Callers {
  /** Where the calls go. */
  to: { port: number; number: string; host?: string };
  from?: string;
  fromName?: string;
  /** Null: silence; RTP flows all the same. */
  toneHz?: number | null;
  /** From the answer on; the caller then hangs up. Null: he waits for the other side to do so. */
  talkForMs?: number | null;
  /** He hangs up so long after ringing began, unanswered. */
  cancelAfterMs?: number;
  /** `by`: telephone events in RTP, or SIP INFO. Times are from the answer. */
  digits?: readonly { atMs: number; digits: string; by?: 'rfc4733' | 'info' }[];
  /** The final response that he expects. */
  expectStatus?: number;
  calls?: number;
  perSecond?: number;
  /** Most calls at a time. */
  atOnce?: number;
  /** His own port: trunks are told by it when several share one address. */
  port?: number;
  /** False for load: no audio at all. */
  audio?: boolean;
  /** The UDP port that they want their audio at, where somebody else listens. Default: SIPp's own. */
  listenAt?: number;
  limitMs?: number;
}

/** Calls run at once; `done` tells how they went. */
export async function callers(options: Callers): Promise<SippRun> {
  const { calls = 1, perSecond = 10, talkForMs = 2_000, limitMs = 30_000, digits = [] } = options;
  const files = await Files.make();
  const speech: Speech = {
    toneHz: options.toneHz ?? null,
    durationMs: talkForMs ?? limitMs,
    digits: digits.filter((one) => one.by !== 'info'),
  };
  const scenario = callerScenario({
    from: options.from ?? '+33611223344',
    fromName: options.fromName ?? null,
    capture: options.audio === false ? null : await files.capture(speech),
    finalStatus: options.expectStatus ?? 200,
    hangUpAfterMs: talkForMs,
    cancelAfterMs: options.cancelAfterMs ?? null,
    infoDigits: digits.filter((one) => one.by === 'info'),
    listenAt: options.listenAt ?? null,
    limitMs,
  });
  const target = `${options.to.host ?? '127.0.0.1'}:${options.to.port}`;
  const load = ['-m', `${calls}`, '-r', `${perSecond}`, '-l', `${Math.min(calls, options.atOnce ?? 400)}`];
  return run(files, scenario, options.port ?? (await freePort()), [target, '-s', options.to.number, ...load]);
}

export interface Callees {
  port?: number;
  ringForMs?: number;
  /** 486 busy, 603 declined, 404 … */
  status?: number;
  toneHz?: number | null;
  /** Null: the other side hangs up. */
  hangUpAfterMs?: number | null;
  calls?: number;
  limitMs?: number;
}

/** People who are called, each the same way; `done` resolves after `calls` of them. */
export async function callees(options: Callees = {}): Promise<SippRun> {
  const { limitMs = 30_000, calls = 1 } = options;
  const files = await Files.make();
  const scenario = calleeScenario({
    ringForMs: options.ringForMs ?? 300,
    status: options.status ?? 200,
    capture: await files.capture({
      toneHz: options.toneHz ?? null,
      durationMs: options.hangUpAfterMs ?? limitMs,
      digits: [],
    }),
    hangUpAfterMs: options.hangUpAfterMs ?? null,
    limitMs,
  });
  return run(files, scenario, options.port ?? (await freePort()), ['-m', `${calls}`]);
}

async function run(files: Files, scenario: string, port: number, args: string[]): Promise<SippRun> {
  await writeFile(files.scenario, scenario);
  const child = spawn(
    'sipp',
    [
      ...['-sf', files.scenario, '-i', '127.0.0.1', '-p', `${port}`, '-mi', '127.0.0.1', '-mp', `${await freePort()}`],
      ...['-trace_stat', '-stf', files.statistics, '-fd', '1', '-trace_err', '-error_file', files.errors],
      ...['-nostdin', '-aa', '-skip_rlimit', '-cp', `${await freePort()}`, ...args],
    ],
    { stdio: 'ignore', cwd: files.folder, detached: true },
  );
  await once(child, 'spawn');
  const outcome = finished(child, files);
  return {
    port,
    async done(limitMs = 60_000) {
      const result = await within(outcome, limitMs);
      if (result instanceof Error) throw result;
      return result;
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await files.remove();
    },
  };
}

function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`SIPp has not ended after ${limitMs} ms`)), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(limit));
  });
}

/** Never rejects: a test that does not ask how it went must not fall over it. */
async function finished(child: ChildProcess, files: Files): Promise<SippResult | Error> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  const errors = await files.read(files.errors);
  // 0: all calls succeeded, 1: some did not; the rest is trouble of its own.
  if (code !== 0 && code !== 1) return new Error(`SIPp ended with ${signal ?? code}: ${errors.slice(0, 500)}`);
  const statistics = lastRow(await files.read(files.statistics));
  const succeeded = Number(statistics.get('SuccessfulCall(C)'));
  return {
    succeeded,
    failed: Number(statistics.get('FailedCall(C)')),
    unexpected: [...new Set([...errors.matchAll(/received '?SIP\/2\.0 (\d{3})/g)].map((match) => Number(match[1])))],
    answeredInMs: succeeded === 0 ? null : milliseconds(statistics.get('ResponseTime1(C)') ?? ''),
  };
}

/** Column → value of a file whose columns stand in the first line, separated by semicolons. */
function lastRow(csv: string): Map<string, string> {
  const lines = csv.trimEnd().split('\n');
  const values = lines.at(-1)!.split(';');
  return new Map(lines[0]!.split(';').map((name, at) => [name, values[at] ?? '']));
}

/** `00:00:01:234000`: hours, minutes, seconds, microseconds. */
function milliseconds(time: string): number | null {
  const [hours, minutes, seconds, micros] = time.split(':').map(Number);
  if (hours === undefined || minutes === undefined || seconds === undefined || micros === undefined) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + micros / 1_000;
}

class Files {
  readonly folder: string;
  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Files> {
    return new Files(await mkdtemp(join(tmpdir(), 'parley-sipp-')));
  }

  get scenario(): string {
    return join(this.folder, 'scenario.xml');
  }
  get statistics(): string {
    return join(this.folder, 'statistics.csv');
  }
  get errors(): string {
    return join(this.folder, 'errors.log');
  }

  async capture(speech: Speech): Promise<string> {
    const path = join(this.folder, 'speech.pcap');
    await writeFile(path, captureOf(speech));
    return path;
  }

  /** Empty when SIPp had no cause to write it. */
  async read(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
