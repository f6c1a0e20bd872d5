// A process that may be no child of ours: known by pid and start time, so that a reused pid is never taken for it.
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks after boot. */
  startTicks: number;
}

/** Null when there is no such process, or it has died and only waits to be reaped. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readProc(pid, 'stat');
  if (stat === null) return null;
  // The name, in brackets, may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads, startTicks] = [fields[0], fields[17], fields[19]];
  if (startTicks === undefined || state === 'X') return null;
  // While other threads still end, its sockets are still held.
  if (state === 'Z' && Number(threads) <= 1) return null;
  return { pid, startTicks: Number(startTicks) };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTicks === process.startTicks;
}

/** Arguments as they were given; null when the process is gone. */
export async function commandLine(pid: number): Promise<string[] | null> {
  const text = await readProc(pid, 'cmdline');
  return text === null ? null : text.split('\0').slice(0, -1);
}

/** False when it has gone meanwhile. */
export function signal(process: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    globalThis.process.kill(process.pid, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

async function readProc(pid: number, file: 'stat' | 'cmdline'): Promise<string | null> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return null;
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
