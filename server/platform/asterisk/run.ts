// One home's Asterisk on disk: its folders, its configuration, its process.
import { spawn } from 'node:child_process';
import { chmod, mkdir, open, readdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import type { AriAccess } from './access.ts';
import { type AsteriskConfig, configurationFiles, type RunFolders, runFoldersIn } from './configuration.ts';
import type { AsteriskInstall } from './install.ts';
import { commandLine, hasCode, identify, type ProcessIdentity } from './process.ts';

export class Run {
  readonly home: string;
  readonly folders: RunFolders;
  readonly #install: AsteriskInstall;
  readonly #config: AsteriskConfig;
  readonly #dialplan: string;

  constructor(home: string, setup: { install: AsteriskInstall; config: AsteriskConfig; dialplan: string }) {
    this.home = home;
    this.folders = runFoldersIn(home);
    this.#install = setup.install;
    this.#config = setup.config;
    this.#dialplan = setup.dialplan;
  }

  get recordingDir(): string {
    return join(this.folders.spool, 'recording');
  }

  async makeFolders(): Promise<void> {
    const { etc, log, run, spool, db, lib } = this.folders;
    for (const folder of [etc, log, run, spool, db, lib, join(lib, 'keys'), this.recordingDir, join(spool, 'tmp')]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await chmod(this.home, 0o700);
  }

  /** etc/ is written only while no Asterisk of ours runs, so what lies there is what the running one has read. */
  async hasConfiguration(access: AriAccess): Promise<boolean> {
    const wanted = await this.#files(access);
    const there = await readdir(this.folders.etc);
    if (there.length !== wanted.size) return false;
    for (const [name, text] of wanted) {
      if ((await readIfThere(join(this.folders.etc, name))) !== text) return false;
    }
    return true;
  }

  async writeConfiguration(access: AriAccess): Promise<void> {
    await rm(this.folders.etc, { recursive: true, force: true });
    await mkdir(this.folders.etc, { mode: 0o700 });
    for (const [name, text] of await this.#files(access)) {
      await writeFile(join(this.folders.etc, name), text, { mode: 0o600 });
    }
    await writeFile(join(this.home, 'cli'), this.#cli(), { mode: 0o700 });
  }

  async #files(access: AriAccess): Promise<Map<string, string>> {
    return configurationFiles({
      config: this.#config,
      folders: this.folders,
      install: this.#install,
      ari: access,
      indications: await readFile(this.#install.indicationsFile, 'utf8'),
      dialplan: this.#dialplan,
    });
  }

  /** `cli -rx 'pjsip show endpoints'` for the operator. */
  #cli(): string {
    const quoted = [...this.#install.command, '-C', join(this.folders.etc, 'asterisk.conf')].map(shellQuoted).join(' ');
    return `#!/bin/sh\nexec ${quoted} "$@"\n`;
  }

  /** Rejects with `setup.failed` when it cannot even be executed. */
  async spawn(): Promise<ProcessIdentity> {
    await rm(join(this.folders.run, 'asterisk.pid'), { force: true });
    for (const name of ['messages.log', 'output.log']) await keepPrevious(join(this.folders.log, name));
    const output = await open(join(this.folders.log, 'output.log'), 'a', 0o600);
    try {
      const [program, ...args] = this.#install.command;
      const child = spawn(program, [...args, '-f', '-C', join(this.folders.etc, 'asterisk.conf')], {
        cwd: this.home,
        detached: true,
        stdio: ['ignore', output.fd, output.fd],
        // Nothing of ours: the server's environment holds keys.
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: this.home, LANG: 'C.UTF-8' },
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) =>
          reject(new AppError('setup.failed', `Asterisk cannot be executed (${error.message}).`, { cause: error })),
        );
      });
      child.unref();
      const identity = child.pid === undefined ? null : await identify(child.pid);
      if (identity === null) throw new AppError('setup.failed', `Asterisk ended at once; see ${this.folders.log}.`);
      return identity;
    } finally {
      await output.close();
    }
  }
}

/** The Asterisk that an earlier server started there, if it still lives. */
export async function findAsterisk(runHome: string): Promise<ProcessIdentity | null> {
  // Asterisk writes it by itself, before it loads anything.
  const pid = Number(await readIfThere(join(runFoldersIn(runHome).run, 'asterisk.pid')));
  if (!Number.isInteger(pid) || pid < 2) return null;
  const found = await identify(pid);
  return found !== null && (await runsIn(pid, runHome)) ? found : null;
}

/** The name alone proves nothing: others run the same loader. The working folder does, even if the home was moved. */
async function runsIn(pid: number, runHome: string): Promise<boolean> {
  const args = await commandLine(pid);
  if (args === null || !args.includes('asterisk') || !args.includes('-C')) return false;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(runHome));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES')) return false;
    throw error;
  }
}

async function keepPrevious(path: string): Promise<void> {
  try {
    await rename(path, `${path}.1`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
