// CPU time of processes, from /proc: what a call costs is far steadier than how many of them fit into a second.
import { readdir, readFile } from 'node:fs/promises';

/** Of a process's threads, those that have ended as well; /proc counts in ticks of 10 ms. */
export async function cpuMsOf(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(async (pid) => (await statOf(pid)).cpuMs));
  return each.reduce((sum, ms) => sum + ms, 0);
}

/** The process and its children. */
export async function withChildren(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, parent: (await statOf(pid)).parent })));
  return [parent, ...stats.filter((one) => one.parent === parent).map(({ pid }) => pid)];
}

const msOfTick = 10;

/** Zero for a process that has ended. proc(5): the fields behind the name, which may hold spaces. */
async function statOf(pid: number): Promise<{ parent: number; cpuMs: number }> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * msOfTick };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return { parent: 0, cpuMs: 0 };
    throw error;
  }
}
