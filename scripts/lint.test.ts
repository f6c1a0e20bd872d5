// The lint rules that hold the design bite: files that must be refused, and some that must not, linted together in a
// folder of their own under our configuration.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const compilerOptions = {
  strict: true,
  target: 'es2024',
  module: 'nodenext',
  allowImportingTsExtensions: true,
  noEmit: true,
};

const importing = (path: string): string => `import { a } from '${path}';\nexport const b = a;\n`;
const importingTypes = (path: string): string => `import type { A } from '${path}';\nexport type B = A;\n`;
const doing = (expression: string): string => `export const a = () => ${expression};\n`;
const work = 'const work = async (): Promise<void> => undefined;\n';

const direction = 'eslint(no-restricted-imports)';
const refusedImports = [
  ['contract/rest', '../../server/domain/ids.ts'],
  ['server/domain', '../journal/journal.ts'],
  ['server/domain/rules', '../../platform/clock.ts'],
  ['server/domain', '../../contract/supervision.ts'],
  ['server/domain', 'node:fs'],
  ['server/domain', 'pg'],
  ['server/platform', '../store/migrate.ts'],
  ['server/journal', '../flows/calls.ts'],
  ['server/journal', '../store/users.ts'],
  ['server/store', '../flows/calls.ts'],
  ['server/store', '../journal/pg-journal.ts'],
  ['server/channels/voice', '../../flows/calls.ts'],
  ['server/channels/voice', './asterisk/engine.ts'],
  ['server/flows', '../projections/reports.ts'],
  ['server/flows', '../http/server.ts'],
  ['server/flows', '../delivery/outbox.ts'],
  ['server/flows', '../channels/voice/asterisk/engine.ts'],
  ['server/flows', '../channels/voice/simulated/engine.ts'],
  ['server/flows', '../channels/sms/smpp/channel.ts'],
  ['server/projections/supervision', '../../flows/calls.ts'],
  ['server/projections', '../channels/voice/engine.ts'],
  ['server/projections', '../delivery/stream/socket.ts'],
  ['server/delivery/stream', '../../http/server.ts'],
  ['server/http/routes', '../../channels/voice/asterisk/engine.ts'],
  ['server/http/routes', '../../main.ts'],
  ['server/flows', '../start/followers.ts'],
  ['server/demo', '../channels/voice/asterisk/engine.ts'],
  ['web/src', '../../server/domain/ids.ts'],
  ['web/src', '../../cli/trace.ts'],
  ['sdk', '../server/errors.ts'],
  ['sdk', '../contract/supervision.ts'],
  ['sdk', '../cli/trace.ts'],
  ['sdk', 'zod'],
  ['sdk', 'node:fs'],
  ['cli', '../server/config.ts'],
  ['cli', '../contract/rest/ivrs.ts'],
  ['cli', 'pino'],
] as const;

const allowedImports = [
  ['server/flows', '../channels/voice/engine.ts'],
  ['server/flows', '../journal/journal.ts'],
  ['server/http/routes', '../../flows/calls.ts'],
  ['server/projections', '../delivery/outbox.ts'],
  ['server/channels/voice/asterisk', '../../../domain/ids.ts'],
  ['server/channels/voice/asterisk', '../engine.ts'],
  ['server/channels/sms/smpp', '../../message.ts'],
  ['server/domain/rules', '../ids.ts'],
  ['server/domain/rules', '../../errors.ts'],
  ['e2e', '../server/channels/voice/simulated/engine.ts'],
  ['web/src', '../../sdk/parley.ts'],
  ['cli', '../sdk/parley.ts'],
  ['cli', 'node:fs'],
] as const;

const impurities = [
  ['Date.now()', 'eslint(no-restricted-properties)'],
  ['Math.random()', 'eslint(no-restricted-properties)'],
  ['setTimeout(() => undefined, 1)', 'eslint(no-restricted-globals)'],
  ['setInterval(() => undefined, 1)', 'eslint(no-restricted-globals)'],
  ['performance.now()', 'eslint(no-restricted-globals)'],
  ['crypto.randomUUID()', 'eslint(no-restricted-globals)'],
  ['process.pid', 'eslint(no-restricted-globals)'],
] as const;

const others = {
  'server/domain/circle-a.ts': "import { b } from './circle-b.ts';\nexport const a = () => b;\n",
  'server/domain/circle-b.ts': "import { a } from './circle-a.ts';\nexport const b = () => a;\n",
  'server/flows/floating.ts': `${work}export const a = () => {\n  work();\n};\n`,
  'server/flows/misused.ts': `${work}export const b = (each: (act: () => void) => void) => each(work);\n`,
  'server/flows/any.ts': 'export const c = (value: any) => value;\n',
  'server/platform/environment.ts': doing("process.env['HOME']"),
  'server/config.ts': doing("process.env['HOME']"),
  'server/main.ts': importing('./channels/voice/asterisk/engine.ts'),
  'server/start/voice.ts': importing('../channels/voice/asterisk/engine.ts'),
  'server/store/types.ts': importingTypes('../journal/journal.ts'),
  'sdk/types.ts': importingTypes('../contract/rest/ivrs.ts'),
  'cli/types.ts': importingTypes('../contract/rest/ivrs.ts'),
  'cli/main.ts': doing("process.env['HOME']"),
  'cli/environment.ts': doing("process.env['HOME']"),
};

const refusedFile = (at: number): string => `${refusedImports[at]?.[0]}/refused-${at}.ts`;
const allowedFile = (at: number): string => `${allowedImports[at]?.[0]}/allowed-${at}.ts`;
const impureFile = (at: number): string => `server/domain/impure-${at}.ts`;

const rulesBroken = await lint({
  ...others,
  ...Object.fromEntries(refusedImports.map(([, path], at) => [refusedFile(at), importing(path)])),
  ...Object.fromEntries(allowedImports.map(([, path], at) => [allowedFile(at), importing(path)])),
  ...Object.fromEntries(impurities.map(([expression], at) => [impureFile(at), doing(expression)])),
});

/** Per file the rules that it breaks. */
async function lint(files: Record<string, string>): Promise<(file: string) => string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-lint-'));
  await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': JSON.stringify({ compilerOptions }) })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    OXLINT_TSGOLINT_PATH: join(root, 'node_modules/.bin/tsgolint'),
  };
  const args = [join(root, 'node_modules/oxlint/bin/oxlint'), '--type-aware', '--format=json'];
  const options = { cwd: folder, env, timeout: 60_000 };
  const { stdout } = await run(process.execPath, args, options).catch((failed: { stdout: string }) => failed);
  await rm(folder, { recursive: true });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  return (file) => [...new Set(diagnostics.filter(({ filename }) => filename === file).map(({ code }) => code))];
}

test.each(refusedImports.map(([folder, path], at) => ({ folder, path, at })))(
  '$folder may not import $path',
  ({ at }) => {
    expect(rulesBroken(refusedFile(at))).toEqual([direction]);
  },
);

test.each(allowedImports.map(([folder, path], at) => ({ folder, path, at })))('$folder may import $path', ({ at }) => {
  expect(rulesBroken(allowedFile(at))).toEqual([]);
});

test('main.ts and start/ alone may import an adapter', () => {
  expect(rulesBroken('server/main.ts')).toEqual([]);
  expect(rulesBroken('server/start/voice.ts')).toEqual([]);
});

test('store may name what the journal keeps, but not call it', () => {
  expect(rulesBroken('server/store/types.ts')).toEqual([]);
});

test('sdk and cli name what the contract describes, without its schemas', () => {
  expect(rulesBroken('sdk/types.ts')).toEqual([]);
  expect(rulesBroken('cli/types.ts')).toEqual([]);
});

test('imports do not go round in a circle', () => {
  expect(rulesBroken('server/domain/circle-a.ts')).toEqual(['import(no-cycle)']);
  expect(rulesBroken('server/domain/circle-b.ts')).toEqual(['import(no-cycle)']);
});

test('a promise is neither left floating nor given where none is awaited', () => {
  expect(rulesBroken('server/flows/floating.ts')).toEqual(['typescript(no-floating-promises)']);
  expect(rulesBroken('server/flows/misused.ts')).toEqual(['typescript(no-misused-promises)']);
});

test('nothing is `any`', () => {
  expect(rulesBroken('server/flows/any.ts')).toEqual(['typescript(no-explicit-any)']);
});

test.each(impurities.map(([expression, rule], at) => ({ expression, rule, at })))(
  'a rule of the domain has no $expression',
  ({ rule, at }) => {
    expect(rulesBroken(impureFile(at))).toEqual([rule]);
  },
);

test('config.ts alone reads the environment, and the entry of the command line', () => {
  expect(rulesBroken('server/platform/environment.ts')).toEqual(['node(no-process-env)']);
  expect(rulesBroken('server/config.ts')).toEqual([]);
  expect(rulesBroken('cli/environment.ts')).toEqual(['node(no-process-env)']);
  expect(rulesBroken('cli/main.ts')).toEqual([]);
});
