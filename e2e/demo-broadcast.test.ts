// The broadcast of the demo: it leaves by itself, contacts write back, and its reports lie in the built-in inbox.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusReport } from '../contract/reports.ts';
import { eventually, type Parley, startParley } from './parley.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley({ voice: 'simulated', env: { PARLEY_DEMO: '1' } });
});
afterAll(() => parley.close());

interface Listed<Item> {
  items: Item[];
}

test('within a minute of the first start everybody is told of, and two have written back', async () => {
  const spaces = await parley.rest<Listed<{ id: number }>>('GET', '/spaces');
  const inbox = await parley.rest<{ url: string }>('GET', `/inbox?space_id=${spaces.items[0]!.id}`);
  const token = inbox.url.split('/').at(-1)!;
  const reports = async () => {
    const { items } = await parley.rest<Listed<{ body: string }>>('GET', `/inbox/${token}?limit=100`);
    return items.flatMap(({ body }) => (body.includes('status_report') ? [JSON.parse(body) as StatusReport] : []));
  };
  const statuses = async () =>
    (await reports())
      .flatMap(({ status_report: { sms = [] } }) => sms.map(({ to, status }) => `${to} ${status}`))
      .sort();
  await eventually(
    'two have answered',
    async () => (await statuses()).filter((one) => one.endsWith('ANSWERED')).length === 2,
    60_000,
  );
  await eventually('all have been told of', async () => (await statuses()).length === 12, 10_000);
  expect(await statuses()).toContain('+33612345813 ERROR');
  const { items } = await parley.rest<Listed<{ state: string }>>('GET', '/broadcasts');
  expect(items).toMatchObject([{ state: 'done' }]);
});
