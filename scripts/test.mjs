// npm test [-- arguments for vitest]: everything that holds the code, cheap things first, ends at the first that fails.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { exitWith, passSignals, prepare, root, SetupError } from './prepare.mjs';

const tool = (name) => join(root, 'node_modules', name);

await exitWith(async () => {
  const node = await prepare();
  // Tools start others (oxlint its type-aware half) by the name `node`.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const run = (file, args) => runToEnd(node, [file, ...args], env);

  const checks = [
    ['format', tool('oxfmt/bin/oxfmt'), ['--check', '.']],
    ['lint', tool('oxlint/bin/oxlint'), ['--type-aware', '--deny-warnings']],
    ['types', tool('typescript/bin/tsc'), ['--noEmit', '-p', '.']],
  ];
  for (const [name, file, args] of checks) {
    const code = await timed(name, () => run(file, args));
    if (code !== 0) return code;
  }
  const { installPeers } = await import('./peers.mjs');
  await timed('peers', async () => {
    try {
      await installPeers();
      return 0;
    } catch (error) {
      throw new SetupError(error.message, { cause: error });
    }
  });

  const folder = mkdtempSync(join(tmpdir(), 'parley-results-'));
  try {
    const results = join(folder, 'results.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const code = await timed('tests', () =>
      run(tool('vitest/vitest.mjs'), ['run', ...reporters, ...process.argv.slice(2)]),
    );
    return tell(results) ? code : code || 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function timed(name, work) {
  const begin = performance.now();
  console.log(`— ${name}`);
  const code = await work();
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(code === 0 ? `  ${name}: ok, ${seconds} s` : `  ${name}: FAILED after ${seconds} s`);
  return code;
}

async function runToEnd(program, args, env) {
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
  const release = passSignals(child);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  release();
  return code;
}

/** The closing line; false when something failed or vitest left no result. A file that does not even load counts as one failure. */
function tell(results) {
  if (!existsSync(results)) {
    console.log('0 passed, 1 failed');
    return false;
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(results, 'utf8'));
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const failed = numFailedTests + unloaded;
  console.log(`${numPassedTests} passed, ${failed} failed`);
  return failed === 0;
}
