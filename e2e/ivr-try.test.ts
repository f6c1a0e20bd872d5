// An IVR tried from the command line, with the script of docs/ivr.md as the customer's server.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { adminKey, type Parley, startParley } from './parley.ts';
import { freeTcpPort } from './peers/ports.ts';

const root = join(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs/ivr.md'), 'utf8');
const port = await freeTcpPort();
const blockOf = (language: string): string => {
  const block = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/ivr.md has no block of ${language}.`);
  return block;
};

let parley: Parley;
let script: ChildProcess;
let ivr: number;

beforeAll(async () => {
  script = spawn('python3', ['-c', blockOf('python').replace('8000', String(port))], { stdio: 'ignore' });
  parley = await startParley({ voice: 'simulated', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
  const space = { name: 'Acme', code: '000', username: 'acme', number: '33140000000', time_zone: 'Europe/Paris' };
  const { id: space_id } = await parley.rest<{ id: number }>('POST', '/spaces', space);
  const { id: queue_id } = await parley.rest<{ id: number }>('POST', '/queues', { space_id, name: 'Support' });
  const document = JSON.parse(blockOf('json')) as { contexts: { options: { key: string; actions: object[] }[] }[] };
  for (const option of document.contexts[0]!.options) {
    if (option.key === 'start') option.actions = [];
    if (option.key === '1') Object.assign(option.actions[0]!, { queue_id });
    if (option.key === '2')
      Object.assign(option.actions[0]!, { url: `http://127.0.0.1:${port}/ivr?customer=$customer` });
  }
  ivr = (await parley.rest<{ id: number }>('POST', '/ivrs', { space_id, ...document })).id;
  await vi.waitFor(async () => {
    const probe = connect(port, '127.0.0.1');
    await once(probe, 'connect');
    probe.destroy();
  }, 10_000);
});
afterAll(async () => {
  script.kill();
  await parley.close();
});

async function tried(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], PARLEY_URL: parley.url, PARLEY_API_KEY: adminKey };
  const command = ['run', '-s', 'parley', '--', 'ivr', 'try', '--ivr', String(ivr), '--called', '332', ...args];
  return (await promisify(execFile)('npm', command, { cwd: root, env, timeout: 60_000 })).stdout;
}

test('the example of the documentation: the script knows the caller, and the IVR does as it says', async () => {
  const known = await tried('--caller', '33612345678', '--digits', '1000:2');
  expect(known).toContain('priority = 200\n');
  expect(known).toMatch(/leaves: queued, to \d+\n/);
  const stranger = await tried('--caller', '33600000000', '--digits', '1000:2');
  expect(stranger).toContain('priority = 100\n');
});

test('nothing of it is a call', async () => {
  await tried('--caller', '33612345678', '--digits', '1000:2');
  expect((await parley.rest<{ items: unknown[] }>('GET', '/calls')).items).toEqual([]);
});
