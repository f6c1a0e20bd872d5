// `parley ivr try` as its user runs it: a process, against a server with a real PostgreSQL.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, startRest } from '../server/http/testing/rest.ts';

const rest = await startRest();
const root = join(import.meta.dirname, '..');

let folder: string;
let ivr: number;

interface Ran {
  code: number;
  out: string;
  told: string;
}

/** `env` replaces PARLEY_URL and PARLEY_API_KEY. */
function parley(args: string[], env: Record<string, string> = {}, file = 'cli/main.ts'): Promise<Ran> {
  const { port } = rest.app.server.address() as AddressInfo;
  const own = { PARLEY_URL: `http://127.0.0.1:${port}`, PARLEY_API_KEY: ADMIN_KEY };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, file), ...args],
      { env: { PATH: process.env['PATH'], ...own, ...env }, timeout: 20_000 },
      (error, out, told) => resolve({ code: error === null ? 0 : Number(error.code), out, told }),
    );
  });
}
const attempt = (...more: string[]) => [
  'ivr',
  'try',
  '--ivr',
  String(ivr),
  '--caller',
  '33612345678',
  '--called',
  '332',
  ...more,
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-cli-'));
  await writeFile(
    join(folder, 'vip.xml'),
    '<Response>\n  <SetVar name="vip">oui, Zoé</SetVar>\n  <Dance/>\n</Response>',
  );
  await writeFile(join(folder, 'latin.xml'), Buffer.from('<Response>\xe9</Response>', 'latin1'));
  const url = 'https://crm.example/?who=$who';
  const options = [
    { key: 'start', actions: [] },
    { key: '1', actions: [{ type: 'call_interactive', url }, { type: 'hangup' }] },
    { key: '2', actions: [{ type: 'simple_transfer', numbers: ['101'], final: false }, { type: 'hangup' }] },
    { key: 'timeout', actions: [{ type: 'hangup' }] },
  ];
  const menu = { name: 'Menu', entry_context: 'main', contexts: [{ id: 'main', options }] };
  ivr = (await rest.ask('POST', '/ivrs', { space_id: await rest.aSpace(), ...menu })).body.id;
});
afterAll(() => rm(folder, { recursive: true }));

test('the trace is told line by line, with the problems of an answer by line and column', async () => {
  const { code, out, told } = await parley(
    attempt('--digits', '1000:1', '--answer', join(folder, 'vip.xml'), '--var', 'who=a=b'),
  );
  expect([code, told]).toEqual([0, '']);
  expect(out).toContain(`    0.000  enters IVR ${ivr} "Menu", version 1\n`);
  expect(out).toContain('    1.000      1 is pressed\n    1.000  main/1 (digits 1)\n');
  expect(out).toMatch(/ {4}1\.000 {6}GET https:\/\/crm\.example\/\?who=a%3Db&EventType=call_interactive&CallID=\S+\n/);
  expect(out).toMatch(/ {4}1\.001 {6}200 in 1 ms\n {15}! line 3, column 3: .*Dance/);
  expect(out).toContain('    1.001      vip = oui, Zoé\n');
  expect(out).toMatch(/leaves: hung_up\n\noutcome: hung_up\nvariables:\n {2}who=a=b\n {2}vip=oui, Zoé\n$/);
});

test('--json is the answer of the server as it is', async () => {
  const { code, out } = await parley(attempt('--digits', '1000:2', '--target', '101=busy', '--json'));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ outcome: 'hung_up', requests: [], variables: {} });
});

test.each<[what: string, args: () => string[], told: RegExp]>([
  ['no command', () => [], /no such command[^]*parley ivr try --ivr ID/],
  ['no IVR', () => ['ivr', 'try'], /--ivr is needed/],
  ['an IVR by name', () => attempt('--ivr', 'Menu'), /--ivr is the id/],
  ['an option that is none', () => attempt('--loud'), /--loud/],
  ['digits without a time', () => attempt('--digits', '12'), /--digits is milliseconds, a colon and digits/],
  ['a variable without a value', () => attempt('--var', 'x'), /--var has a = in it/],
  ['an answer that is not there', () => attempt('--answer', '/nowhere/x.xml'), /nowhere/],
  ['an answer in another charset', () => attempt('--answer', join(folder, 'latin.xml')), /latin\.xml: .*utf-8/i],
])('%s is a wrong command line: exit code 2, and nothing is asked', async (_what, args, told) => {
  const ran = await parley(args());
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.told).toMatch(told);
});

test('without a key it says so', async () => {
  expect(await parley(attempt(), { PARLEY_API_KEY: '' })).toMatchObject({
    code: 2,
    told: expect.stringMatching(/PARLEY_API_KEY is not set/),
  });
});

test('what the server refuses is exit code 1, with the fields', async () => {
  const { code, told } = await parley(attempt('--digits', '9999999:1', '--target', '101=sings'));
  expect(code).toBe(1);
  expect(told).toMatch(/\(400 request\.invalid\)\n {2}digits\.0\.at_ms: .*\n {2}targets\.101: /);
  expect(await parley(attempt(), { PARLEY_API_KEY: 'wrong' })).toMatchObject({
    code: 1,
    told: expect.stringMatching(/401/),
  });
});

test('a server that is not there is exit code 1 in one line', async () => {
  const { code, told } = await parley(attempt(), { PARLEY_URL: 'http://127.0.0.1:1' });
  expect([code, told.trim().split('\n').length]).toEqual([1, 1]);
});

test('`npm run parley` and the command `parley` are the same', async () => {
  const { code, out } = await parley(attempt(), {}, 'scripts/parley.mjs');
  expect(code).toBe(0);
  expect(out).toContain('outcome: hung_up');
});

test.each([['--help'], ['ivr', 'try', '--help']])('--help tells the usage, wherever it stands: %s', async (...line) => {
  expect(await parley(line)).toMatchObject({ code: 0, out: expect.stringMatching(/PARLEY_API_KEY/) });
});
