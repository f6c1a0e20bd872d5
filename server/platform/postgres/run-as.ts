// PostgreSQL refuses to run as root, and root's own folders are closed to everybody else.
//   ordinary user  → as that user
//   root           → in a user namespace in which root's files belong to `nobody`: any home will do, even below /root
//   root without namespaces (a container's default) → as the real `nobody`, who must be able to enter the home
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError } from '../../errors.ts';

const run = promisify(execFile);

const NOBODY = 65534;
/** Ends PostgreSQL (SIGINT: fast shutdown) even when the server is killed with no chance to say so. */
const WITH_PARENT = ['--pdeathsig', 'INT', '--'];

export interface RunAs {
  /** Program and arguments to put before PostgreSQL's own. */
  readonly wrapper: readonly [string, ...string[]];
  /** Who must own its folders; null: whoever makes them. */
  readonly owner: { uid: number; gid: number } | null;
}

/** Rejects when util-linux (`setpriv`) is missing. */
export async function findRunAs(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { wrapper: ['setpriv', ...WITH_PARENT], owner: null };
  const namespace = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];
  try {
    await run('unshare', [...namespace, 'true']);
    return { wrapper: ['unshare', ...namespace, 'setpriv', ...WITH_PARENT], owner: null };
  } catch {
    const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    return { wrapper: ['setpriv', ...asNobody, ...WITH_PARENT], owner: { uid: NOBODY, gid: NOBODY } };
  }
}

/** Rejects with `setup.failed` when PostgreSQL's user cannot work in the folder. */
export async function requireReachable(folder: string, runAs: RunAs): Promise<void> {
  const [program, ...args] = runAs.wrapper;
  try {
    await run(program, [...args, 'test', '-w', folder, '-a', '-x', folder]);
  } catch (cause) {
    const ways = 'choose a PARLEY_HOME that he can enter, start as another user, or set PARLEY_DATABASE_URL';
    const who = runAs.owner ? 'The user nobody, whom PostgreSQL runs as for root,' : 'PostgreSQL';
    throw new AppError('setup.failed', `${who} cannot work in ${folder}: ${ways}.`, { cause });
  }
}
