// Two hundred consultants call at the same time, in a whole server on the simulated engine.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { campaignStory, toldCount, toldFaults } from './campaign-check.ts';
import { eventually } from './parley.ts';
import { Story } from './story.ts';
import { aCampaign, Webhooks } from './webhooks.ts';

const many = 200;
const path = '/ok/many';

let story: Story;
let webhooks: Webhooks;

beforeAll(async () => {
  webhooks = await Webhooks.open();
  story = await Story.begin({ voice: 'simulated', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
});
afterAll(async () => {
  await story?.end();
  await webhooks?.close();
});

test('200 campaign calls at once: the customer’s server gets each call’s events once and in order', async () => {
  const { parley } = story;
  const consultants = Array.from({ length: many }, (_, n) => `Agent${n}`);
  const desk = await story.desk({ agents: [], sandboxAgents: consultants });
  await parley.rest('PATCH', `/trunks/${desk.sandboxTrunkId}`, { calls_per_second: 1_000 });
  await webhooks.sendTo(desk, path);
  const campaign = await aCampaign(desk, { dialing_method: 'PROGRESSIVE', state: 'paused' });
  // They answer after 2 s and talk until somebody hangs up.
  const requests = consultants.map((_, n) => ({ contact_number: `06123${String(n).padStart(3, '0')}01` }));
  await parley.rest('POST', `${campaign}/requests`, requests);
  await Promise.all(consultants.map((name) => desk.state(name, 'available')));
  await parley.rest('PATCH', campaign, { state: 'running' });

  await eventually('all call at once', async () => (await liveCalls(parley.url)) === many, 60_000);
  const talking = await webhooks.bodiesAt(path, many * 7, 20_000);
  const own = talking.filter((body) => body.event_name === 'dialog_create' && body.dialog_type === 'CONSULTANT');
  await Promise.all(own.map(({ dialog_uuid }) => parley.rest('PUT', `/dialogs/${dialog_uuid}/hangup`)));
  await eventually('all have ended', async () => (await liveCalls(parley.url)) === 0, 20_000);
  const { events } = await campaignStory(parley.home);
  const received = await webhooks.receivedAt(path, many * 9);
  expect(toldCount(events)).toBe(many * 9);
  expect(received).toHaveLength(many * 9);
  expect(toldFaults(events, received)).toEqual([]);
});

async function liveCalls(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  return Number(/^parley_calls (\d+)$/m.exec(metrics)![1]);
}
