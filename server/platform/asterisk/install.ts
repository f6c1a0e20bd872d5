// The embedded Asterisk: Debian's packages, unpacked in user space beside their own loader and libraries. Nothing of the
// host changes, no root is needed, and no absolute path is kept, so that the folder may be moved.
//
// A folder is either complete or not there: everything happens under `<folder>.installing-<pid>`, renamed at the end.
import { access, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Log } from '../log.ts';
import { downloadPackages, wantedPackages } from './apt.ts';
import { CommandFailed, outputOf, pipe } from './command.ts';
import { keepOnlyNeededLibraries } from './libraries.ts';
import { type Layout, layoutIn } from './layout.ts';
import { modules } from './modules.ts';
import { hasCode, identify } from './process.ts';

/** An Asterisk that can be started. */
export interface AsteriskInstall {
  /** As `22.10.1`. */
  version: string;
  /** Program and first arguments; Asterisk's own options follow. */
  command: readonly [string, ...string[]];
  modulesFolder: string;
  /** Holds sounds/ and documentation/. */
  dataFolder: string;
  musicFolder: string;
  /** The tones of every country, as the package has them. */
  indicationsFile: string;
}

/** `installed.json`: the mark of a complete folder. */
interface Installed {
  version: string;
  /** The modules whose libraries were kept. */
  modules: readonly string[];
  packages: readonly string[];
}

const supported = { from: 20, to: 23 };

/**
 * Opens the Asterisk in `folder`, after installing it there if it is not (8–60 s, by the network). Rejects with
 * `setup.failed` and one line that names PARLEY_VOICE=simulated.
 */
export async function installAsterisk(options: { folder: string; log: Log }): Promise<AsteriskInstall> {
  const folder = resolve(options.folder);
  const there = await openInstalled(folder);
  if (there !== null) return there;
  try {
    return await install(folder, options.log);
  } catch (error) {
    const why = error instanceof CommandFailed || error instanceof NotPossible ? error.message : `${String(error)}.`;
    throw new AppError(
      'setup.failed',
      `Asterisk cannot be installed: ${why} Set PARLEY_VOICE=simulated to run without it.`,
      { cause: error },
    );
  }
}

/** Why this machine cannot have it; a sentence. */
export class NotPossible extends Error {}

async function openInstalled(folder: string): Promise<AsteriskInstall | null> {
  const layout = layoutIn(folder);
  let installed: Installed;
  try {
    installed = JSON.parse(await readFile(layout.mark, 'utf8')) as Installed;
    await access(layout.program);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const kept = new Set(installed.modules);
  const brought = new Set(installed.packages.map((archive) => archive.split('_')[0]));
  const whole = modules.every((name) => kept.has(name)) && wantedPackages.every((name) => brought.has(name));
  return whole ? described(layout, installed.version) : null;
}

function described(layout: Layout, version: string): AsteriskInstall {
  return {
    version,
    command: layout.command,
    modulesFolder: layout.modulesFolder,
    dataFolder: layout.dataFolder,
    musicFolder: join(layout.dataFolder, 'moh'),
    indicationsFile: join(layout.root, 'etc/asterisk/indications.conf'),
  };
}

async function install(folder: string, log: Log): Promise<AsteriskInstall> {
  if (process.platform !== 'linux') throw new NotPossible('it needs Linux.');
  // The loader splits its library path at these, Asterisk's configuration begins a comment at a semicolon, and ARI's
  // media are a list with commas.
  if (/[:;,\n]/.test(folder)) throw new NotPossible('the path of PARLEY_HOME holds a colon, a comma or a semicolon.');
  const startedAt = performance.now();
  log.info({ folder }, 'installing Asterisk');
  await removeUnfinished(folder);
  const temporary = `${folder}.installing-${process.pid}`;
  try {
    const layout = layoutIn(temporary);
    const downloads = join(temporary, 'downloads');
    await mkdir(downloads, { recursive: true, mode: 0o755 });
    const archives = await downloadPackages(downloads);
    await unpack(archives, layout);
    const packages = archives.map((archive) => basename(archive, '.deb'));
    await rm(downloads, { recursive: true });
    await keepOnlyNeededLibraries(layout, modules);
    const version = await versionOf(layout);
    await writeFile(layout.mark, JSON.stringify({ version, modules, packages } satisfies Installed, null, 1));
    await putInPlace(temporary, folder);
    log.info({ version, tookMs: Math.round(performance.now() - startedAt) }, 'Asterisk is installed');
    return described(layoutIn(folder), version);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const unpackLimitMs = 120_000;

async function unpack(archives: readonly string[], layout: Layout): Promise<void> {
  // The links of a merged /usr come from base-files, which is not among the packages.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(layout.root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(layout.root, name));
  }
  for (const archive of archives) {
    await pipe(
      ['dpkg-deb', '--fsys-tarfile', archive],
      [
        'tar',
        '-x',
        '-C',
        layout.root,
        '--no-same-owner',
        '--keep-directory-symlink',
        ...left.map((path) => `--exclude=${path}`),
      ],
      unpackLimitMs,
    );
  }
  // Made by update-alternatives when the package is configured, which it is not here.
  const sounds = join(layout.dataFolder, 'sounds');
  for (const name of ['custom', 'recordings', 'priv-callerintros']) await rm(join(sounds, name), { force: true });
  for (const name of ['en', 'en_US']) {
    await rm(join(sounds, name), { force: true });
    await symlink('en_US_f_Allison', join(sounds, name));
  }
}

/** What is not unpacked. */
const left = [
  './usr/share/doc/*',
  './usr/share/man/*',
  './usr/share/locale/*',
  './usr/share/info/*',
  './usr/share/lintian/*',
  './usr/share/perl*',
  './usr/lib/*/gconv/*',
  './usr/lib/*/perl*',
];

async function versionOf(layout: Layout): Promise<string> {
  const [program, ...args] = layout.command;
  const answer = await outputOf(program, [...args, '-V'], { limitMs: 10_000 });
  const match = /^Asterisk ((\d+)\.\d+\.\d+)/.exec(answer);
  if (!match) throw new NotPossible(`it says "${answer.trim().slice(0, 80)}" when asked for its version.`);
  const [, version, major] = match;
  if (Number(major) < supported.from || Number(major) > supported.to) {
    throw new NotPossible(`Debian has Asterisk ${version}, and Parley knows ${supported.from} to ${supported.to}.`);
  }
  return version!;
}

async function putInPlace(temporary: string, folder: string): Promise<void> {
  // Another process was faster: what may be running already stays.
  if ((await openInstalled(folder)) !== null) return;
  const old = `${folder}.installing-${process.pid}-old`;
  try {
    await rename(folder, old);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await rename(temporary, folder);
  await rm(old, { recursive: true, force: true });
}

/** What a killed installation left behind. */
async function removeUnfinished(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const start = `${basename(folder)}.installing-`;
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(start)) continue;
    const owner = Number.parseInt(name.slice(start.length), 10);
    if ((await identify(owner)) === null) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}
