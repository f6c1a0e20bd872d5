// On a virtual machine the host may give our processors to others. What was measured meanwhile says little, so every
// result says how much it was.
import { readFile } from 'node:fs/promises';

/** proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const stealColumn = 7;

/** Begins now; the share of the processors' time that the host took since, 0 to 1. null: the system does not say. */
export async function watchStolen(): Promise<() => Promise<number | null>> {
  const before = await ticks();
  return async () => {
    const after = await ticks();
    if (!before || !after) return null;
    const spent = after.map((count, column) => count - before[column]!);
    return spent[stealColumn]! / spent.reduce((sum, count) => sum + count, 0);
  };
}

async function ticks(): Promise<number[] | null> {
  try {
    const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
    return line
      .split(/ +/)
      .slice(1, stealColumn + 2)
      .map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
