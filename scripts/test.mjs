// npm test [-- arguments for vitest]: everything that holds the code, cheap things first, ends at the first that fails.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { exitWith, passSignals, prepare, root, SetupError } from './prepare.mjs';
import { failures, secondTry, sum } from './results.mjs';

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
  const runTests = async (name, args) => {
    const path = join(folder, `${name}.json`);
    const unhandled = join(folder, `${name}-unhandled.json`);
    const reporters = ['default', 'json', join(root, 'scripts/unhandled.mjs')].map((one) => `--reporter=${one}`);
    const given = [...reporters, `--outputFile.json=${path}`, ...args];
    const testing = { ...env, UNHANDLED_ERRORS_FILE: unhandled };
    const code = await timed(name, () => runToEnd(node, [tool('vitest/vitest.mjs'), 'run', ...given], testing));
    const report = readJson(path, null);
    return { code, report: report && { ...report, unhandled: readJson(unhandled, []) } };
  };
  try {
    const first = await runTests('tests', process.argv.slice(2));
    if (first.report === null) {
      console.log('0 passed, 1 failed');
      return first.code || 1;
    }
    const files = secondTry(first.report, root);
    const second = files.length > 0 ? await runTests('second try', files) : null;
    tell('failed', first.report);
    if (second?.report) tell('failed again', second.report);
    const { passed, failed } = sum(first.report, second?.report ?? undefined);
    console.log(`${passed} passed, ${failed} failed`);
    return (second ?? first).code || (failed > 0 ? 1 : 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function readJson(path, missing) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : missing;
}

function tell(what, report) {
  for (const failure of failures(report, root)) console.log(`  ${what}: ${failure}`);
}

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
