// What became of a broadcast, taken home as one document.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Papa from 'papaparse';
import { beforeAll, expect, test } from 'vitest';
import { broadcastResultsSchema, type ReportItem, statusReportSchema } from '../../contract/reports.ts';
import type { AttemptEvent } from '../domain/contacts/events.ts';
import { asId, asKey, type BroadcastId, type SpaceId } from '../domain/ids.ts';
import { changesOfPage } from '../projections/reports/page.ts';
import { writeChanges } from '../projections/reports/report-store.ts';
import { AttemptStory, attemptId } from '../projections/reports/testing/attempts.ts';
import { ADMIN_KEY, expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, app } = rest;
let space: SpaceId;
let supervisor: Record<string, string>;
beforeAll(async () => {
  space = asId<SpaceId>(await rest.aSpace());
  supervisor = await rest.keyOf(space, 'supervisor');
});

test('as a table, raw or safe for a spreadsheet', async () => {
  const sms = [1, 2, 3].map((number) => new AttemptStory(number));
  const id = await aBroadcast((broadcast) => [
    sms[0]!.begun({ broadcast, refExterne: '=HYPERLINK("x")' }),
    sms[0]!.sent(1),
    sms[0]!.answered(9, '@you; "yes",\nno'),
    sms[1]!.begun({ broadcast, refExterne: null }),
    sms[1]!.failed(2, '11', 'Invalid destination address'),
    // Begun, and nothing known yet.
    sms[2]!.begun({ broadcast }),
  ]);
  const raw = await get(id, 'format=csv&cells=raw');
  expect(raw.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
  expect(raw.headers['content-disposition']).toBe(`attachment; filename="${id}.csv"`);
  const rows = Papa.parse<Record<string, string>>(raw.body, { header: true, skipEmptyLines: true }).data;
  expect(rows).toMatchObject([
    {
      ...{ to: '+33601020000', ref_externe: '=HYPERLINK("x")', call_id: attemptId(1), attempt: '1' },
      ...{ status: 'ANSWERED', date: '2018-10-19 11:48:47 CEST', code: '', info: '@you; "yes",\nno' },
    },
    { ref_externe: '', call_id: attemptId(2), status: 'ERROR', code: '11', info: 'Invalid destination address' },
  ]);
  const safe = await get(id, '');
  expect(safe.body.startsWith('\ufeffto,ref_externe,')).toBe(true);
  const [first] = Papa.parse<Record<string, string>>(safe.body.slice(1), { header: true }).data;
  expect(first).toMatchObject({
    ...{ to: "'+33601020000", ref_externe: `'=HYPERLINK("x")`, status: 'ANSWERED' },
    ...{ info: `'@you; "yes",\nno`, call_id: attemptId(1) },
  });
});

test('a spreadsheet finds nothing to calculate in the safe form, whatever people write', async () => {
  const answers = ['=1+1', '+1', '-1', '@a', '\t=1', '\r=1', '\n=1', '"=1"', 'a=1', ' =1'];
  const id = await aBroadcast((broadcast) =>
    answers.flatMap((answer, index) => {
      const sms = new AttemptStory(100 + index);
      return [sms.begun({ broadcast }), sms.answered(1, answer)];
    }),
  );
  const { body } = await get(id, 'cells=safe');
  const cells = Papa.parse<string[]>(body.slice(1), { skipEmptyLines: true }).data.flat();
  expect(cells.filter((cell) => /^[=+\-@\t\r\n]/.test(cell))).toEqual([]);
  expect(cells).toEqual(expect.arrayContaining(["'=1+1", "'\t=1", '"=1"', 'a=1']));
});

test('as JSON and XML: the reports of all attempts in one, each with its history', async () => {
  const sms = new AttemptStory(200);
  const id = await aBroadcast((broadcast) => [sms.begun({ broadcast }), sms.sent(1), sms.received(2)]);
  const json = (await get(id, 'format=json')).json();
  expect(statusReportSchema.parse(json)).toEqual(json);
  const [item] = json.status_report.sms as ReportItem[];
  expect([item!.status, item!.status_list.map(({ type }) => type)]).toEqual(['RECEIVED', ['RECEIVED', 'SENT']]);
  expect(await validByXmllint((await get(id, 'format=xml')).body)).toBe(true);
  const empty = await aBroadcast(() => []);
  expect(await validByXmllint((await get(empty, 'format=xml')).body)).toBe(true);
  const nothing = (await get(empty, 'format=json')).json();
  expect(broadcastResultsSchema.parse(nothing)).toEqual(nothing);
  expect(nothing.status_report.sms).toEqual([]);
});

test('of many attempts: each once, over all pages', { timeout: 30_000 }, async () => {
  const many = 3_500;
  const id = await aBroadcast((broadcast) =>
    Array.from({ length: many }, (_, index) => new AttemptStory(1_000 + index)).flatMap((sms, index) =>
      // A whole page of which nothing is known yet.
      index >= 1_000 && index < 2_000 ? [sms.begun({ broadcast })] : [sms.begun({ broadcast }), sms.sent(1)],
    ),
  );
  const items = (await get(id, 'format=json')).json().status_report.sms as ReportItem[];
  expect(new Set(items.map(({ call_id }) => call_id)).size).toBe(many - 1_000);
  expect(items).toHaveLength(many - 1_000);
  expect((await get(id, 'format=csv&cells=raw')).body.trim().split('\r\n')).toHaveLength(many - 1_000 + 1);
});

test('only those of the own space, and who may; it is written down who took them', async () => {
  const id = await aBroadcast(() => []);
  const stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  const agent = await rest.keyOf(space, 'agent');
  expect((await ask('GET', `/broadcasts/${id}/results`, undefined, stranger)).status).toBe(404);
  expect((await ask('GET', `/broadcasts/${id}/results`, undefined, agent)).status).toBe(403);
  expectRefusal(await ask('GET', `/broadcasts/${id}/results?format=xls`, undefined, supervisor), 400, 'format');
  await get(id, '');
  const admin = await rest.keyOf(space, 'admin');
  const { items } = (await ask('GET', `/audit?space_id=${space}&limit=5`, undefined, admin)).body;
  expect(items).toContainEqual(expect.objectContaining({ action: 'export', resource_id: id }));
});

test('the schema of the XML is there for everybody', async () => {
  const { statusCode, headers, body } = await app.inject({ url: '/api/report.xsd' });
  expect([statusCode, headers['content-type']]).toEqual([200, 'application/xml; charset=utf-8']);
  expect(body).toContain('<xs:element name="status_report">');
});

async function aBroadcast(story: (broadcast: BroadcastId) => AttemptEvent[]): Promise<string> {
  const made = await ask('POST', '/broadcasts', { space_id: space, media: 'sms', name: 'Offer', text: 'Hello' });
  expect(made.status).toBe(201);
  const id = asKey<BroadcastId>(made.body.id);
  const versions = new Map<string, number>();
  const page = story(id).map((event) => {
    const version = (versions.get(event.attempt) ?? 0) + 1;
    versions.set(event.attempt, version);
    return { event, version };
  });
  await rest.options.db.transaction((tx) => writeChanges(tx, space, changesOfPage(new Map(), page)));
  return id;
}

function get(broadcast: string, query: string) {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  return app.inject({ url: `/api/v1/broadcasts/${broadcast}/results?${query}`, headers });
}

async function validByXmllint(xml: string): Promise<boolean> {
  const schema = fileURLToPath(new URL('../../docs/report.xsd', import.meta.url));
  const child = promisify(execFile)('xmllint', ['--noout', '--schema', schema, '-']);
  child.child.stdin!.end(xml);
  return (await child).stderr.includes('- validates');
}
