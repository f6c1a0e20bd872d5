// Programs of the host, run with a limit of time.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { hasCode } from './process.ts';

/** The message is a sentence for people. */
export class CommandFailed extends Error {}

/** What it prints. Rejects with CommandFailed. */
export function outputOf(
  program: string,
  args: readonly string[],
  options: { limitMs: number; cwd?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd,
      timeout: options.limitMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    };
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (hasCode(error, 'ENOENT')) reject(new CommandFailed(`this machine has no ${program}.`, { cause: error }));
      else if (error.killed)
        reject(new CommandFailed(`${program} took longer than ${options.limitMs / 1000} s.`, { cause: error }));
      else reject(new CommandFailed(`${program} failed${complaint(stderr)}.`, { cause: error }));
    });
    endWithUs(child);
  });
}

/** `first | second`; both must succeed. */
export async function pipe(
  first: readonly [string, ...string[]],
  second: readonly [string, ...string[]],
  limitMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const from = spawn(first[0], first.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  const to = spawn(second[0], second.slice(1), { stdio: ['pipe', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' });
  endWithUs(from);
  endWithUs(to);
  // When the second one dies, the first one's exit says so too; the broken pipe itself tells nothing more.
  from.stdout.on('error', () => to.stdin.destroy());
  to.stdin.on('error', () => from.stdout.destroy());
  from.stdout.pipe(to.stdin);
  await Promise.all(
    [from, to].map(async (child) => {
      const program = child.spawnargs[0];
      const code = new Promise<number | null>((resolve, reject) => {
        child.once('error', (error) =>
          reject(new CommandFailed(`${program} could not run (${error.message}).`, { cause: error })),
        );
        child.once('close', resolve);
      });
      const [complaints, exitCode] = await Promise.all([text(child.stderr), code]);
      if (exitCode !== 0) throw new CommandFailed(`${program} failed${complaint(complaints)}.`);
    }),
  );
}

/** Who stops the server while it installs Asterisk finds nothing that goes on. */
function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
}

/** The first line that is an error, as apt and tar write them. */
function complaint(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.find((one) => one.startsWith('E: ')) ?? lines[0];
  return line === undefined ? '' : ` (${line.replace(/^E: /, '').replace(/\.$/, '')})`;
}
