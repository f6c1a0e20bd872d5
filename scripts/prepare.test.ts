// What a start finds to do before it starts, in a clone whose npm only notes that it was called.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

let clone: string;
let npm: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'parley-prepare-'));
  await mkdir(join(clone, 'scripts'));
  await cp(join(import.meta.dirname, 'prepare.mjs'), join(clone, 'scripts/prepare.mjs'));
  await writeFile(
    join(clone, 'prepare.mjs'),
    "import { exitWith, prepare } from './scripts/prepare.mjs';\nawait exitWith(async () => { await prepare(); return 0; });\n",
  );
  npm = join(clone, 'npm.js');
  await npmThat('');
  await lock({ a: 'sha512-1' });
});
afterEach(() => rm(clone, { recursive: true }));

/** Each call adds its arguments to `calls`, makes node_modules, and does what is given. */
async function npmThat(does: string): Promise<void> {
  await writeFile(
    npm,
    `const fs = require('node:fs');
     fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
     fs.mkdirSync('node_modules', { recursive: true });
     ${does}`,
  );
}

const packages = (hashes: Record<string, string>) => ({
  packages: Object.fromEntries(
    Object.entries(hashes).map(([name, integrity]) => [`node_modules/${name}`, { integrity }]),
  ),
});
const lock = (hashes: Record<string, string>) =>
  writeFile(join(clone, 'package-lock.json'), JSON.stringify(packages(hashes)));

async function prepare(): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [join(clone, 'prepare.mjs')], {
    cwd: clone,
    env: { PATH: process.env['PATH'], npm_execpath: npm },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
  return { code, said };
}

async function installs(): Promise<number> {
  const calls = await readFile(join(clone, 'calls'), 'utf8').catch(() => '');
  return calls.split('\n').filter((call) => call.startsWith('ci ')).length;
}

test('a new clone installs once, and says so', async () => {
  expect(await prepare()).toEqual({ code: 0, said: 'Installing dependencies …\n' });
  expect(await prepare()).toEqual({ code: 0, said: '' });
  expect(await installs()).toBe(1);
});

test('a changed lock file installs again', async () => {
  await prepare();
  await lock({ a: 'sha512-2' });
  await prepare();
  expect(await installs()).toBe(2);
});

test('whoever has installed by hand what the lock file says does not wait', async () => {
  await mkdir(join(clone, 'node_modules'));
  await writeFile(join(clone, 'node_modules/.package-lock.json'), JSON.stringify(packages({ a: 'sha512-1' })));
  expect(await prepare()).toEqual({ code: 0, said: '' });
  expect(await installs()).toBe(0);
});

test('what was installed by hand but differs is installed again', async () => {
  await mkdir(join(clone, 'node_modules'));
  await writeFile(join(clone, 'node_modules/.package-lock.json'), JSON.stringify(packages({ a: 'sha512-0' })));
  await prepare();
  expect(await installs()).toBe(1);
});

test('when npm fails its words are shown, and the next start tries again', async () => {
  await npmThat("console.error('no network'); process.exit(1);");
  expect(await prepare()).toEqual({
    code: 1,
    said: 'Installing dependencies …\nno network\nThe dependencies cannot be installed (`npm ci` says why above).\n',
  });
  await npmThat('');
  expect((await prepare()).code).toBe(0);
});

test('two starts at once install once', async () => {
  await npmThat('setTimeout(() => undefined, 300);');
  const both = await Promise.all([prepare(), prepare()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await installs()).toBe(1);
});
