// kill -9 of the server while consultants work a campaign off: the telephone network sees at most one call an attempt, an
// attempt of which nobody knows ends as failed, and the customer's server is told all of it, in order.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { campaignStory, dialFaults, toldFaults } from './campaign-check.ts';
import { live } from './crowd.ts';
import type { Desk } from './desk.ts';
import { journalFaults } from './journal-check.ts';
import { eventually } from './parley.ts';
import { Carrier } from './peers/carrier.ts';
import { Story } from './story.ts';
import { aCampaign, Webhooks } from './webhooks.ts';

const consultants = ['Sam', 'Sid', 'Sue', 'Sol', 'Sia', 'Sky'] as const;
const kills = 5;
const contacts = 60;
const path = '/ok/kills';

let story: Story;
let webhooks: Webhooks;

beforeAll(async () => {
  webhooks = await Webhooks.open();
  story = await Story.begin({ voice: 'asterisk', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
});
afterAll(async () => {
  await story?.end();
  await webhooks?.close();
});

test('the server dies again and again in the middle of campaign calls', { timeout: 240_000 }, async () => {
  const { parley } = story;
  const agents = { agents: [], sandboxAgents: consultants };
  const desk = await story.desk({ ...agents, outboundBy: 'carrier', space: { country: 'PL' } });
  const carrier = await Carrier.open({ port: desk.trunkPort, serverPort: parley.sipPort });
  await webhooks.sendTo(desk, path);
  const [often, twice] = [50, 2].map((max) => ({ delay_s: 0, max }));
  const campaign = await aCampaign(desk, {
    ring_timeout_s: 5,
    retry: {
      ...{ busy: twice, no_answer: twice, failed: often, canceled: often },
      ...{ max_contact_tries: 100, consultant_delay_s: 0 },
    },
  });
  // Of ten contacts one is busy and one does not answer; the others talk.
  const endings = ['02', '03'];
  const requests = Array.from({ length: contacts }, (_, n) => ({
    contact_number: `6007${String(n).padStart(3, '0')}${endings[n % 10] ?? '01'}`,
  }));
  await parley.rest('POST', `${campaign}/requests`, requests);
  for (const name of consultants) await desk.state(name, 'available');

  const evening = new AbortController();
  const working = consultants.map((name) => works(desk, campaign, name, evening.signal));
  for (let kill = 0; kill < kills; kill++) {
    await eventually('several calls live', async () => (await live(desk)).length >= 3, 30_000);
    await sleep(Math.random() * 1_000);
    await parley.dies();
    await parley.start();
  }
  // An attempt whose call is in no journal ends after 20 s.
  const open = async () =>
    (await parley.rest<{ items: { state: string }[] }>('GET', `${campaign}/requests?limit=100`)).items;
  await eventually('all are closed', async () => (await open()).every(({ state }) => state === 'closed'), 60_000);
  evening.abort();
  await Promise.all(working);

  const told = await campaignStory(parley.home);
  expect(dialFaults(told, carrier.dialled)).toEqual([]);
  expect(carrier.dialled.length).toBeGreaterThan(contacts / 2);
  const faults = async () => toldFaults(told.events, await webhooks.receivedAt(path, 1));
  await expect.poll(faults, { timeout: 30_000 }).toEqual([]); // The last ones may still be on their way.
  expect(await journalFaults(parley.home)).toEqual([]);
  await carrier.close();
});

/** A consultant's day: what he owes a result for, then the next request and its call, also where he has one already.
 *  While the server is dead he asks again. */
async function works(desk: Desk, campaign: string, name: string, evening: AbortSignal): Promise<void> {
  const { parley } = desk;
  const { userId: user_id } = desk.agent(name);
  while (!evening.aborted) {
    try {
      const owed = await parley.ask<{ items: Owed[] }>('GET', `${campaign}/requests?state=wrap_up&limit=100`);
      for (const { id } of owed.status === 200 ? owed.body.items.filter((one) => one.user_id === user_id) : []) {
        await parley.ask('POST', `${campaign}/requests/${id}/close`, { result: 'done' });
      }
      const next = await parley.ask<{ id: string }>('POST', `${campaign}/next`, { user_id });
      if (next.status === 200) await parley.ask('POST', `${campaign}/requests/${next.body.id}/call`, { user_id });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch: nobody listens, or he died with the question.
    }
    await sleep(100);
  }
}

interface Owed {
  id: string;
  user_id: number;
}
