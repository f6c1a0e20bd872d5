// The programs that the end-to-end tests talk to, from Debian's packages. Runs before anything else is installed, so it
// is plain JavaScript that every Node 20 knows.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const peers = [
  { program: 'sipp', package: 'sip-tester', is: 'callers and callees by the hundred' },
  { program: 'baresip', package: 'baresip-core', is: 'a telephone' },
  { program: 'python3', package: 'python3', is: 'an XML parser and a web server that are not ours' },
  { program: 'xmllint', package: 'libxml2-utils', is: 'a judge of XML by its schema' },
  { file: '/usr/share/zoneinfo/tzdata.zi', package: 'tzdata', is: 'the clocks of all places' },
  { program: 'chromium', package: 'chromium', is: 'a browser' },
  { file: '/usr/share/perl5/Net/SMPP.pm', package: 'libnet-smpp-perl', is: 'a carrier of text messages' },
  { file: '/usr/sbin/bearerbox', package: 'kannel', is: 'an SMS gateway to compare with' },
];

const limitMs = { update: 180_000, install: 600_000 };

/**
 * Installs what is missing and prints one line for each; nothing when all is there. Throws an Error whose message is one
 * clear line: without root, without apt, or when a package cannot be had.
 */
export async function installPeers() {
  const missing = [];
  for (const peer of peers) if (!(await isThere(peer))) missing.push(peer);
  if (missing.length === 0) return;
  const packages = missing.map((peer) => peer.package);
  const byHand = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`The tests need programs that only root can install: ${byHand}`);
  // A source that is not Debian's may be out of reach; what counts is whether the packages can be had.
  const updated = await apt(['update'], limitMs.update);
  const installed = await apt(['install', '-y', '--no-install-recommends', ...packages], limitMs.install);
  if (installed !== null)
    throw new Error(`${byHand} failed: ${installed}${updated === null ? '' : ` (update: ${updated})`}`);
  for (const peer of missing) console.log(`installed ${peer.package}: ${peer.is}`);
}

/** Null, or why it failed, in one line. */
async function apt(args, timeout) {
  const settings = {
    timeout,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  };
  try {
    await promisify(execFile)('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], settings);
    return null;
  } catch (error) {
    if (error.code === 'ENOENT') return 'this machine has no apt-get';
    if (error.killed) return `it took longer than ${timeout / 1000} s`;
    const lines = String(error.stderr).split('\n');
    return (
      lines.find((line) => line.startsWith('E: ')) ?? lines.find((line) => line !== '') ?? `exit code ${error.code}`
    );
  }
}

/** A program anywhere on the path, or a file. */
async function isThere({ program, file }) {
  const places = file ? [file] : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  for (const place of places) {
    try {
      await access(place, file ? constants.R_OK : constants.X_OK);
      return true;
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code)) throw error;
    }
  }
  return false;
}
