// The interface's own sample page, from another origin: only the host, the two ids and the addresses of its two scripts
// are filled in.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { SignInAnswer } from '../contract/supervision.ts';
import { startStream, wsSpace } from '../server/delivery/stream/testing/stream-server.ts';
import { agent } from '../server/delivery/stream/testing/directory.ts';
import { testDatabase } from '../server/platform/testing/database.ts';
import { atDesk, start } from '../server/projections/supervision/testing/stories.ts';
import { openBrowser } from './browser.ts';

const database = await testDatabase();

test('the sample page shows what happens, once', async () => {
  const server = await startStream({ database });
  onTestFinished(() => server.close());
  const header =
    '{"requete":"init","header":{"login":"zofia","password":"secret","account_type":"supervisor"},"msg":{}}';
  const response = await fetch(`${server.url}/ws/`, { method: 'POST', headers: { 'X-JSON': header } });
  const { target, id_session } = (await response.json()) as SignInAnswer;

  const sample = await readFile(new URL('fixtures/supervision-demo.html', import.meta.url), 'utf8');
  const site = await serveElsewhere({
    '/': sample
      .replace('./socket.io.js', `${server.url}/socket.io/socket.io.js`)
      .replace('https://code.jquery.com/jquery-3.2.1.min.js', '/jquery.js')
      .replace('https://voice-management.axialys.com', server.url)
      .replace('= [target]', `= ${target}`)
      .replace('= [id_session]', `= '${id_session}'`),
    '/jquery.js': await readFile(new URL('../node_modules/jquery/dist/jquery.min.js', import.meta.url), 'utf8'),
  });
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(site);
  await page.getByText('ready').waitFor();
  await expect.poll(() => server.hub.clients).toBe(1);

  await server.happen(wsSpace, atDesk(agent, start));
  await page.getByText('"cpt":2').waitFor();
  const shown = await page.locator('#text p').allTextContents();
  expect(shown[0]).toBe('ready');
  expect(shown.slice(1).map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: { type_notification: 'UI', event: 'login', msg: { supp: '', id_operator: 8, id_client: 1 } }, cpt: 1 },
    { event: { type_notification: 'operator', event: 'status', msg: { status: 'available' } }, cpt: 2 },
  ]);
  expect(errors).toEqual([]);
});

/** On a name of its own, so that it is another site as well as another origin. */
async function serveElsewhere(files: Record<string, string>): Promise<string> {
  const site = createServer((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': request.url === '/' ? 'text/html' : 'text/javascript',
    });
    response.end(file);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void site.close());
  return `http://localhost:${(site.address() as AddressInfo).port}/`;
}
