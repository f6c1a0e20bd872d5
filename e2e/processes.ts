// What runs for a home: its server's children and their children, found by where they work and what they were told.
import { readdir, readFile, readlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { findAsterisk } from '../server/platform/asterisk/run.ts';

/** Command lines of all processes that work in the home or name it. */
export async function processesOf(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => ofHome(pid, home)));
  return found.filter((command) => command !== null);
}

async function ofHome(pid: string, home: string): Promise<string | null> {
  try {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    const folder = await readlink(`/proc/${pid}/cwd`);
    return command.includes(home) || folder === home || folder.startsWith(`${home}/`) ? `${pid} ${command}` : null;
  } catch (error) {
    // It has ended meanwhile, or is a kernel thread.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** kill -9 of the home's PostgreSQL: the postmaster alone, whose children then notice. */
export async function killPostgres(home: string): Promise<void> {
  const [pid] = (await readFile(join(home, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

/** As `killPostgres`, and it cannot start again until the function that this resolves to is called. */
export async function takePostgresAway(home: string): Promise<() => Promise<void>> {
  const needed = join(home, 'postgres/data/PG_VERSION');
  await rename(needed, `${needed}.away`);
  await killPostgres(home);
  return () => rename(`${needed}.away`, needed);
}

/** kill -9 of the home's Asterisk. */
export async function killAsterisk(home: string): Promise<void> {
  const found = await findAsterisk(join(home, 'asterisk-run'));
  if (found === null) throw new Error('No Asterisk runs in that home.');
  process.kill(found.pid, 'SIGKILL');
}
