// The installation from Debian's packages, on this machine and by its own apt sources.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isAppError } from '../../errors.ts';
import { silentLog } from '../log.ts';
import { startAsterisk } from './asterisk.ts';
import { installAsterisk } from './install.ts';
import { asteriskForTests, aTestConfig } from './testing.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-install-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

test('an installation killed in the middle leaves nothing that counts, and the next one clears it away', async () => {
  const folder = join(home, 'asterisk');
  const killed = installingProcess(folder);
  await vi.waitFor(async () => expect(await readdir(home)).toEqual([`asterisk.installing-${killed.pid}`]), 10_000);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const install = await installAsterisk({ folder, log: silentLog });
  expect(install.version).toMatch(/^2[0-3]\./);
  expect(await readdir(home)).toEqual(['asterisk']);

  // What is complete is opened, not installed again; and the folder may be moved.
  await rename(folder, join(home, 'elsewhere'));
  vi.stubEnv('PATH', '/nowhere');
  const moved = await installAsterisk({ folder: join(home, 'elsewhere'), log: silentLog });
  const asterisk = await startAsterisk({
    home,
    install: moved,
    config: await aTestConfig(),
    dialplan: '',
    log: silentLog,
  });
  await asterisk.stop();
}, 180_000);

test('without apt, one line says so and names the simulated engine', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const failure = await failureIn(join(home, 'asterisk'));
  expect(failure).toMatch(/^Asterisk cannot be installed: this machine has no apt-get\. .*PARLEY_VOICE=simulated.*$/);
  expect(await readdir(home)).toEqual([]);
});

test('without a Debian archive, one line says so and names the simulated engine', async () => {
  const aptConfig = join(home, 'apt.conf');
  await writeFile(aptConfig, 'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "/dev/null";\n');
  vi.stubEnv('APT_CONFIG', aptConfig);
  expect(await failureIn(join(home, 'asterisk'))).toMatch(/among this machine's apt sources.*PARLEY_VOICE=simulated/);
});

test('a home whose path the loader would split is refused', async () => {
  expect(await failureIn(join(home, 'a:b'))).toMatch(/colon.*PARLEY_VOICE=simulated/);
});

test('it has prompts, and music for those who wait', async () => {
  const install = await asteriskForTests();
  expect((await readdir(install.musicFolder)).length).toBeGreaterThan(0);
  expect(await readdir(join(install.dataFolder, 'sounds/en'))).toContain('hello-world.gsm');
}, 120_000);

async function failureIn(folder: string): Promise<string> {
  try {
    await installAsterisk({ folder, log: silentLog });
  } catch (error) {
    if (isAppError(error, 'setup.failed')) return error.message;
    throw error;
  }
  throw new Error('it was installed');
}

function installingProcess(folder: string): ChildProcess {
  const program = `
    import { installAsterisk } from './install.ts';
    import { silentLog } from '../log.ts';
    await installAsterisk({ folder: process.argv[1], log: silentLog });`;
  return spawn(process.execPath, ['--input-type=module', '-e', program, folder], { cwd: import.meta.dirname });
}
