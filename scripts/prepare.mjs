// Brings what the repository does not hold: the dependencies of package-lock.json and, among them, Node 24.
// Plain JavaScript without dependencies, for whatever Node (20 or later) the machine has.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const lockFile = join(root, 'package-lock.json');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.parley-installed');
const NODE_MAJOR = 24;

/** A set-up that failed: one sentence for the user, exit code 1. */
export class SetupError extends Error {}

/**
 * Installs the dependencies unless those of the lock file are there (then it costs milliseconds).
 * Returns the path of a Node 24 or later. Throws SetupError.
 */
export async function prepare() {
  if (!isInstalled()) await withInstallLock(install);
  return nodeBinary();
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(lockFile))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash();
}

/** Two starts in one new clone: the second waits, and finds the work done. */
async function withInstallLock(work) {
  const descriptor = openSync(lockFile, 'r');
  try {
    spawnSync('flock', ['--exclusive', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    if (!isInstalled()) await work();
  } finally {
    closeSync(descriptor);
  }
}

async function install() {
  if (!holdsWhatTheLockSays()) {
    console.error('Installing dependencies …');
    await npmCi();
  }
  try {
    writeFileSync(stampFile, lockHash());
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error; // somebody else's clone: looked at again next time
  }
}

/** npm notes what it has installed; whoever ran `npm install` himself need not wait for `npm ci`. */
function holdsWhatTheLockSays() {
  const noted = join(modules, '.package-lock.json');
  if (!existsSync(noted)) return false;
  const wanted = Object.entries(JSON.parse(readFileSync(lockFile, 'utf8')).packages).filter(([path]) => path !== '');
  const found = JSON.parse(readFileSync(noted, 'utf8')).packages;
  const isSame = ([path, entry]) =>
    found[path] === undefined ? mayBeMissing(entry) : found[path].integrity === entry.integrity;
  return wanted.every(isSame) && Object.keys(found).length <= wanted.length;
}

/** Optional packages for other machines are left out, and what only they need. */
function mayBeMissing({ optional, os, cpu, libc }) {
  const fits = (list, mine) => list === undefined || list.includes(mine);
  const mine = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  const isForThisMachine =
    os !== undefined && fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, mine);
  return optional === true && !isForThisMachine;
}

/** npm's own words are shown only if it fails. */
async function npmCi() {
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const viaNode = process.env.npm_execpath?.endsWith('.js') === true;
  const [program, first] = viaNode ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const npm = spawn(program, [...first, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  npm.stdout.on('data', (chunk) => said.push(chunk));
  npm.stderr.on('data', (chunk) => said.push(chunk));
  const stopped = passSignals(npm);
  const code = await new Promise((resolve) => {
    npm.once('error', (error) => {
      said.push(Buffer.from(`${error.message}\n`));
      resolve(1);
    });
    npm.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  if (stopped()) throw new SetupError('Stopped while dependencies were being installed; the next start does it again.');
  if (code === 0) return;
  process.stderr.write(Buffer.concat(said));
  throw new SetupError('The dependencies cannot be installed (`npm ci` says why above).');
}

/** Hands our signals on to the child. Returns a function that takes that back and says whether there was any. */
export function passSignals(child) {
  let asked = false;
  const handlers = ['SIGTERM', 'SIGINT', 'SIGHUP'].map((signal) => {
    const pass = () => {
      asked = true;
      child.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return () => {
    for (const off of handlers) off();
    return asked;
  };
}

function nodeBinary() {
  const packaged = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const machine = `${process.platform}-${process.arch}`;
  throw new SetupError(
    `Parley needs Node ${NODE_MAJOR}: npm has none for ${machine}, and this is Node ${process.versions.node}.`,
  );
}

/** Runs `main`; its number becomes the exit code, a SetupError one line and exit code 1. */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
