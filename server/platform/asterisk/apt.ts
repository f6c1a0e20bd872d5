// Asterisk's packages with all they depend on, by the host's own apt-get, on lists and caches of our own: the host's
// package state is neither read nor changed.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, outputOf } from './command.ts';

/** Debian 12 and 13 have no Asterisk; forky is the first release that has one again, sid the archive it comes from. */
const suites = ['forky', 'sid'];

/** Music as plain samples: each waiting caller hears it on his own, and decoding GSM for hundreds takes half a core. */
export const wantedPackages: readonly string[] = ['asterisk', 'libc6', 'libgcc-s1', 'asterisk-moh-opsound-wav'];

/** Dependencies of the packages' scripts, which do not run here; not of Asterisk. */
const unwanted =
  /^(adduser|base-passwd|debconf|dirmngr|gnupg|gpg|login\.defs|libperl|libpam-modules|libsnmp-base|passwd|pci\.ids|perl|pinentry|sysvinit-utils|init-system-helpers)/;

const limitMs = { update: 120_000, resolve: 30_000, download: 600_000 };

/** Paths of the archives, downloaded into `folder` and verified by apt. Rejects with CommandFailed. */
export async function downloadPackages(folder: string): Promise<string[]> {
  const mirror = await debianMirror();
  let problem: unknown;
  for (const suite of suites) {
    try {
      return await downloadFrom(mirror, suite, folder);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      problem ??= error;
    }
  }
  throw problem;
}

async function downloadFrom(mirror: string, suite: string, folder: string): Promise<string[]> {
  const apt = await aptIn(join(folder, suite), mirror, suite);
  await apt(['update'], limitMs.update);
  const uris = await apt(['install', '--print-uris', '-y', ...wantedPackages], limitMs.resolve);
  // 'http://…/libc6_2.43-7_amd64.deb' libc6_2.43-7_amd64.deb 1234 SHA256:…
  const names = [...uris.matchAll(/^'\S+' ([^_\s]+)_\S+\.deb \d+/gm)].map((match) => match[1]!);
  await apt(['download', ...names.filter((name) => !unwanted.test(name))], limitMs.download);
  const archives = (await readdir(join(folder, suite))).filter((name) => name.endsWith('.deb'));
  return archives.map((name) => join(folder, suite, name));
}

async function aptIn(
  folder: string,
  mirror: string,
  suite: string,
): Promise<(args: string[], limitMs: number) => Promise<string>> {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'etc']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await writeFile(join(folder, 'state/status'), '');
  await writeFile(
    join(folder, 'etc/sources.list'),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${suite} main\n`,
  );
  // -c is read after the host's own configuration: its proxies count, its hooks (which clean the host's cache) do not.
  await writeFile(
    join(folder, 'etc/apt.conf'),
    `Dir::State "${folder}/state";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
Dir::Etc::sourcelist "${folder}/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Debug::NoLocking "true";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
`,
  );
  return (args, limit) =>
    outputOf('apt-get', ['-q', '-c', join(folder, 'etc/apt.conf'), ...args], { limitMs: limit, cwd: folder });
}

/** Where this machine's own apt gets its Debian release from. */
async function debianMirror(): Promise<string> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  // --no-release-info: also where no list was ever fetched, as in a fresh container.
  const targets = await outputOf(
    'apt-get',
    ['indextargets', '--no-release-info', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    { limitMs: limitMs.resolve },
  );
  for (const line of targets.split('\n')) {
    const [uri, suite, component] = line.split(' ');
    if (uri !== undefined && (suite === release || suite === 'stable') && component === 'main')
      return uri.replace(/\/$/, '');
  }
  throw new CommandFailed("among this machine's apt sources is no archive of its Debian release.");
}
