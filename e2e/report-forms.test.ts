// The same broadcast as endpoints ask for it: JSON and XML, the whole history or the latest status, one or many in a
// document; received by a server of its own, the XML read by xmllint with the schema that the server has.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusReportSchema, type ReportItem } from '../contract/reports.ts';
import { type Received, type Receiver, startReceiver } from '../server/delivery/testing/receiver.ts';
import { eventually, type Parley, startParley } from './parley.ts';

const forms = {
  '/ok/json-full': { format: 'json' },
  '/ok/json-latest': { format: 'json', status_list: 'latest' },
  '/ok/xml-full': { format: 'xml' },
  '/ok/xml-many': { format: 'xml', status_list: 'latest', max_items: 500 },
} as const;
type Form = keyof typeof forms;

/** By the sandbox: who answers, whom it reaches, whom it does not, of whom nothing is heard. */
const contacts = ['11', '12', '13', '14'].flatMap((end, kind) =>
  Array.from({ length: 25 }, (_, place) => ({
    to: `+336010${kind}${place + 10}${end}`,
    ref_externe: `<"${place}" & 'é😀'>`,
  })),
);

let parley: Parley;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  parley = await startParley({ voice: 'simulated', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
});
afterAll(async () => {
  await parley?.close();
  await receiver?.stop();
});

test('every endpoint is told the same, in its form', { timeout: 120_000 }, async () => {
  const about = { name: 'Forms', code: '000', username: '123456789', time_zone: 'Europe/Paris' };
  const { id: space_id } = await parley.rest<{ id: number }>('POST', '/spaces', about);
  await parley.rest('POST', '/channels', { space_id, media: 'sms', type: 'sandbox', name: 'Sandbox' });
  for (const [path, form] of Object.entries(forms)) {
    await parley.rest('POST', '/endpoints', { space_id, type: 'reports', url: receiver.url(path), ...form });
  }
  const broadcast = { space_id, media: 'sms', name: 'All', text: 'Hello', from: '38000' };
  const { id } = await parley.rest<{ id: string }>('POST', '/broadcasts', broadcast);
  await parley.rest('POST', `/broadcasts/${id}/contacts`, contacts);
  await parley.rest('POST', `/broadcasts/${id}/start`);
  const single = { space_id, media: 'sms', to: '0601099912', text: 'Hello' };
  const { call_id } = await parley.rest<{ call_id: string }>('POST', '/messages', single);
  const told = 25 * (3 + 2 + 2 + 1) + 2;
  await eventually('all is told', async () => (await toldTo('/ok/xml-many')).length >= told, 60_000);
  await eventually('to all', async () => (await toldTo('/ok/json-full')).length >= told);

  const expected = (await itemsOf('/ok/json-full')).map(summaryOf).toSorted();
  expect(expected).toHaveLength(told);
  for (const form of Object.keys(forms) as Form[]) {
    const pushes = await pushesTo(form);
    const type = `application/${forms[form].format}; charset=utf-8`;
    expect(new Set(pushes.map(({ headers }) => headers['content-type']))).toEqual(new Set([type]));
    expect((await toldTo(form)).toSorted()).toEqual(expected);
    if (form !== '/ok/xml-many') expect(pushes).toHaveLength(told);
  }
  expect((await pushesTo('/ok/xml-many')).length).toBeLessThan(told / 2);
  await expectValid([...(await pushesTo('/ok/xml-full')), ...(await pushesTo('/ok/xml-many'))]);

  const full = await itemsOf('/ok/json-full');
  expect(full.filter((item) => !('broadcast_id' in item)).map((item) => item.call_id)).toEqual([call_id, call_id]);
  // Each in the order in which it happened, the newest status first.
  const lists = Map.groupBy(full, (item) => item.call_id).values();
  const stories = [...lists].map((items) => items.map((item) => item.status_list.map(({ type }) => type).join('<')));
  expect(new Set(stories.map((story) => story.join(' ')))).toEqual(
    new Set(['SENT RECEIVED<SENT ANSWERED<RECEIVED<SENT', 'SENT RECEIVED<SENT', 'SENT ERROR<SENT', 'SENT']),
  );
  expect((await itemsOf('/ok/json-latest')).every((item) => item.status_list.length === 1)).toBe(true);
});

const pushesTo = async (form: Form): Promise<Received[]> =>
  (await receiver.received()).filter(({ path }) => path === form);

async function itemsOf(form: Form): Promise<ReportItem[]> {
  const reports = (await pushesTo(form)).map(({ body }) => statusReportSchema.parse(JSON.parse(body)));
  return reports.flatMap(({ status_report }) => status_report.sms ?? []);
}

const summaryOf = ({ call_id, status, date, to }: ReportItem): string => [call_id, status, date, to].join(' ');

/** A line for each report, the same for each form. */
async function toldTo(form: Form): Promise<string[]> {
  if (forms[form].format === 'json') return (await itemsOf(form)).map(summaryOf);
  const bodies = (await pushesTo(form)).map(({ body }) => body);
  return bodies.flatMap((body) =>
    [...body.matchAll(/<sms to="(.+?)" status="(.+?)" call_id="(.+?)"[^>]* date="(.+?)">/g)].map(
      ([, to, status, call, date]) => [call, status, date, to].join(' '),
    ),
  );
}

/** By an independent reader, with the schema that customers get. */
async function expectValid(pushes: readonly Received[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-reports-'));
  const schema = join(folder, 'report.xsd');
  await writeFile(schema, await (await fetch(`${parley.url}/api/report.xsd`)).text());
  const files = pushes.map((_, index) => join(folder, `${index}.xml`));
  for (const [index, { body }] of pushes.entries()) await writeFile(files[index]!, body);
  // It ends with an error if one of them is not valid.
  execFileSync('xmllint', ['--noout', '--schema', schema, ...files], { stdio: 'pipe' });
  await rm(folder, { recursive: true });
}
