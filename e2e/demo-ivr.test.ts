// The IVR of the demo: callers press their way through it, and its web server, the built-in inbox, is asked.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Parley, startParley } from './parley.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley({ voice: 'simulated', env: { PARLEY_DEMO: '1' } });
});
afterAll(() => parley.close());

interface Ivr {
  id: number;
  version: number;
  findings: object[];
}
interface Listed<Item> {
  items: Item[];
}

async function theIvr(): Promise<Ivr> {
  const found = await parley.rest<Listed<Ivr>>('GET', '/ivrs');
  expect(found.items).toHaveLength(1);
  return found.items[0]!;
}

test('a newcomer finds it, without a finding, and its sounds', async () => {
  const ivr = await vi.waitFor(theIvr, 15_000);
  expect(ivr).toMatchObject({ version: 1, findings: [] });
  const sounds = await parley.rest<Listed<{ duration_ms: number }>>('GET', '/sounds');
  expect(sounds.items.map(({ duration_ms }) => duration_ms > 1_000)).toEqual([true, true, true, true]);
});

test('its second choice asks the inbox, which has no wish, and leads on to a queue', async () => {
  const { id } = await theIvr();
  const trial = { caller: { number: '33612345678' }, called: '332', digits: [{ at_ms: 3_000, digits: '2' }] };
  const tried = await parley.rest<{ outcome: string; steps: object[] }>('POST', `/ivrs/${id}/try`, trial);
  expect(tried.outcome).toBe('queued');
  expect(tried.steps).toContainEqual(expect.objectContaining({ type: 'ivr.answered', status: 204, problems: [] }));
});

test('its callers come by themselves, and press', async () => {
  const pressed = async () => {
    const calls = await parley.rest<Listed<{ id: string; did: string | null }>>('GET', '/calls?limit=100');
    const call = calls.items.find(({ did }) => did === '33140000003');
    expect(call).toBeDefined();
    const { items } = await parley.rest<Listed<{ type: string }>>('GET', `/calls/${call!.id}/timeline`);
    expect(items.map(({ type }) => type)).toContain('ivr.digit');
  };
  await vi.waitFor(pressed, { timeout: 60_000, interval: 500 });
});

test('after a restart it is the same one, and its inbox is where the server listens', async () => {
  const before = await theIvr();
  await parley.stop();
  await parley.start();
  expect(await theIvr()).toEqual(before);
});

test('who deletes it does not get it again', async () => {
  const { id } = await theIvr();
  const all = await parley.rest<Listed<{ id: number; number: string }>>('GET', '/extensions?limit=100');
  await parley.rest('DELETE', `/extensions/${all.items.find(({ number }) => number === '332')!.id}`);
  await parley.rest('DELETE', `/ivrs/${id}`);
  await parley.stop();
  await parley.start();
  await sleep(3_000); // It would be made by then.
  expect((await parley.rest<Listed<Ivr>>('GET', '/ivrs')).items).toEqual([]);
});
