import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHome } from './home.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-home-'));
});
afterEach(() => rm(folder, { recursive: true }));

const refusal = (path: string) =>
  openHome(path, { waitMs: 0 }).then(
    () => 'opened',
    (error: { message: string }) => error.message,
  );

test('a new home is made, and closed to others', async () => {
  const home = await openHome(join(folder, 'a/b'));
  expect((await stat(home.path)).mode & 0o777).toBe(0o700);
  home.release();
});

test('two servers never share a home', async () => {
  const home = await openHome(folder);
  expect(await refusal(folder)).toBe(
    `Another Parley (process ${process.pid}) works in ${folder}; give this one a PARLEY_HOME of its own.`,
  );
  home.release();
  (await openHome(folder)).release();
});

test('a server that was killed leaves its home free', async () => {
  const program = `
    import { openHome } from ${JSON.stringify(join(import.meta.dirname, 'home.ts'))};
    await openHome(process.argv[1]);
    console.log('open');
    setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  expect(await refusal(folder)).toContain(`process ${other.pid}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  (await openHome(folder)).release();
});

test('a server that is just stopping is waited for', async () => {
  const home = await openHome(folder);
  const sentences: string[] = [];
  const next = openHome(folder, {
    waitMs: 5_000,
    onWait: (sentence) => {
      sentences.push(sentence);
      home.release();
    },
  });
  (await next).release();
  expect(sentences).toEqual([`Another Parley (process ${process.pid}) works in ${folder}; waiting 5 s for it to end.`]);
});

test('a home that is a file, or that cannot be written, is refused in one line that names the variable', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  expect(await refusal(file)).toMatch(/^PARLEY_HOME must be a folder that can be written, not [^\n]+ \(ENOTDIR\)\.$/);
  expect(await refusal('/proc/a/b')).toMatch(/^PARLEY_HOME must be a folder that can be written, not [^\n]+\.$/);
});
