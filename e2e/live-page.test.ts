// A supervisor in front of the live page.
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStream, type StreamServer, wsSpace } from '../server/delivery/stream/testing/stream-server.ts';
import { agent } from '../server/delivery/stream/testing/directory.ts';
import { after, asId, instant } from '../server/domain/ids.ts';
import { serveLivePage } from '../server/http/live-page.ts';
import { testDatabase } from '../server/platform/testing/database.ts';
import { atDesk, queueCall } from '../server/projections/supervision/testing/stories.ts';
import { openBrowser } from './browser.ts';

const database = await testDatabase();
const folder = fileURLToPath(new URL('../web/live', import.meta.url));
let server: StreamServer;
let browser: Browser;

beforeAll(async () => {
  server = await startStream({ database, configure: (app) => serveLivePage(app as never, folder) });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('he signs in, sees calls and agents move, and sees at once when the connection is lost', async () => {
  const page = await openPage();
  await page.getByLabel('Login').fill('zofia');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('do not belong to a supervisor').waitFor();

  await page.getByLabel('Login').fill('zażółć');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('status').getByText('Live').waitFor();

  const now = instant(Date.now());
  const call = queueCall(26, agent, after(now, -5_000));
  await server.happen(wsSpace, [...atDesk(agent, after(now, -600_000)), ...call.slice(0, 1)]);
  const queue = page.getByRole('article').filter({ hasText: 'Support' });
  await queue.getByText('1 waiting').waitFor();
  await expect.poll(() => queue.getByRole('time').textContent()).toMatch(/^0:(0[5-9]|1\d)$/);

  await server.happen(wsSpace, call.slice(1, 4));
  const agentCard = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Konsultant Paweł' }) });
  await agentCard.getByText('In a call').waitFor();
  await page.getByText('33761433333 talks to Konsultant Paweł').waitFor();
  await server.happen(wsSpace, [
    ...call.slice(4),
    { type: 'agent.paused', user: agent, at: now, pause: 'user0', reason: 'asked' },
  ]);
  await agentCard.getByText('Déjeuner').waitFor();
  await queue.getByText('Nobody is waiting.').waitFor();

  await page.reload();
  await page.getByRole('status').getByText('Live').waitFor();
  await agentCard.getByText('Déjeuner').waitFor();

  await page.context().setOffline(true);
  await page
    .getByRole('status')
    .getByText(/lost|No connection/)
    .waitFor({ timeout: 60_000 });
  expect(await page.evaluate('document.querySelector("#floor").hidden')).toBe(false);
  await page.context().close();
});

test('he is told when his access is taken away', async () => {
  const page = await openPage();
  await page.getByLabel('Login').fill('zofia');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('status').getByText('Live').waitFor();
  await server.hub.revoke(asId(3));
  await page.getByRole('status').getByText('Your access has changed').waitFor();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.context().close();
});

/** Fails the test on a script error, a refused resource or a request to anywhere else. */
async function openPage(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => expect.unreachable(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) expect.unreachable(message.text());
  });
  page.on('request', (request) => expect(new URL(request.url()).host).toBe(new URL(server.url).host));
  await page.goto(server.url);
  return page;
}
