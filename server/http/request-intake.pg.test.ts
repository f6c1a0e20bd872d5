// Requests come into a campaign as files; on a real PostgreSQL.
import { describe, expect, test } from 'vitest';
import { startCampaignRest } from './testing/campaigns.ts';
import { expectRefusal } from './testing/rest.ts';
import { halfAnUpload, upload } from './testing/uploads.ts';

const { rest, stranger, supervisor, ana, campaign } = await startCampaignRest();
const { ask } = rest;
const send = (id: string, body: Buffer | string, type?: string) =>
  upload(rest, { path: `/campaigns/${id}/requests`, headers: supervisor }, body, type);

describe('an import', () => {
  test('takes CSV with quotes, semicolons and a BOM, and tells every refused row with its line', async () => {
    const id = await campaign();
    await ask('POST', '/dnc', { number: '0611111111', campaign_id: id });
    const csv = [
      '\ufeffContact_Number;name;priority;custom.city;process_day',
      '+33612345601;"Zofia ""Zo"" Wójcik";;Łódź;',
      '0612345602;"two',
      'lines";5;;',
      'nobody;Ana;;;',
      '',
      '0611111111;Bob;;;',
      '0612345603;Eve;first;;',
      '0612345604;Eve;;;MON,FRI',
      '0612345605;Eve',
    ].join('\r\n');
    const answer = await send(id, csv);
    expect(answer).toMatchObject({ status: 201, body: { accepted: 2, refused: 5 } });
    expect(answer.body.refusals).toEqual([
      { line: 3, path: 'name', message: expect.stringContaining('one line') },
      { line: 5, path: 'contact_number', message: 'is no telephone number' },
      { line: 7, path: 'contact_number', message: 'is on a do-not-call list' },
      { line: 8, path: 'priority', message: expect.any(String) },
      { line: 10, path: '', message: 'has 2 cells, the header has 5' },
    ]);
    const report = await ask('GET', `/campaigns/${id}/imports/${answer.body.import_id}?limit=2`);
    expect(report.body.items).toEqual(answer.body.refusals.slice(0, 2));
    const { items } = (await ask('GET', `/campaigns/${id}/requests`)).body;
    expect(items).toMatchObject([
      { contact_number: '+33612345601', name: 'Zofia "Zo" Wójcik', custom: { city: 'Łódź' }, priority: 200 },
      { contact_number: '0612345604', name: 'Eve', process_day: 'MON,FRI' },
    ]);
  });

  test('may name its space, as lists and imports with the key of the installation do; another space has no such campaign', async () => {
    const id = await campaign();
    const { space_id } = (await ask('GET', `/campaigns/${id}`)).body;
    const path = `/campaigns/${id}/requests?space_id=`;
    expect((await ask('POST', `${path}${space_id}`, [{ contact_number: '0612345601' }])).body.accepted).toBe(1);
    expect((await ask('POST', `${path}${space_id + 1}`, [{ contact_number: '0612345602' }])).status).toBe(404);
    expect((await ask('GET', `${path}${space_id}`)).body.items).toHaveLength(1);
    expect((await ask('GET', `${path}${space_id + 1}`)).status).toBe(404);
  });

  test('takes lines of JSON', async () => {
    const id = await campaign();
    const lines = ['{"contact_number":"0612345601","custom":{"a":1}}', '', 'nonsense', '{"contact_number":"1"}'];
    const answer = await send(id, `${lines.join('\n')}\n`, 'application/x-ndjson');
    expect(answer.body).toMatchObject({ accepted: 1, refused: 2, refusals: [{ line: 3 }, { line: 4 }] });
  });

  test.each<[string, string | Buffer, string]>([
    ['empty', '', 'is empty'],
    ['without rows', 'contact_number,name\n', 'no row'],
    ['without numbers', 'name\nAna\n', 'missing'],
    ['with a column that nobody knows', 'contact_number,shoe_size\n0612345601,43\n', 'no column'],
    ['in another charset', Buffer.from('contact_number,name\n0612345601,Zo\xeb\n', 'latin1'), 'not UTF-8'],
    ['in UTF-16', Buffer.from('\ufeffcontact_number\n0612345601\n', 'utf16le'), 'not UTF-8'],
    ['with a quote that never ends', 'contact_number,name\n0612345601,"Ana\n0612345602,Bob\n', 'never closed'],
  ])('that is %s is refused whole', async (_what, body, message) => {
    const id = await campaign();
    const answer = await send(id, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.detail).toContain(message);
    expect((await ask('GET', `/campaigns/${id}/requests`)).body.items).toEqual([]);
  });

  test('says that it speaks UTF-8 only', async () => {
    const answer = await send(await campaign(), 'contact_number\n', 'text/csv; charset=windows-1250');
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.wrong_media_type' } });
  });

  test('of another kind is told which ones there are', async () => {
    const answer = await send(await campaign(), '<contact_number/>', 'application/xml');
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.wrong_media_type' } });
    expect(answer.body.detail).toContain('text/csv');
  });

  test('whose connection breaks in the middle keeps nothing', async () => {
    const id = await campaign();
    const target = { path: `/campaigns/${id}/requests`, headers: supervisor };
    const half = await halfAnUpload(rest, target, { column: 'contact_number', table: 'campaign_requests' });
    await half.cutOff();
    expect((await ask('GET', `/campaigns/${id}/requests`)).body.items).toEqual([]);
  });

  test('is for supervisors, into their own space', async () => {
    const id = await campaign();
    const body = [{ contact_number: '0612345601' }];
    expect((await ask('POST', `/campaigns/${id}/requests`, body, ana.headers)).status).toBe(403);
    expect((await ask('POST', `/campaigns/${id}/requests`, body, stranger)).status).toBe(404);
    expect((await ask('POST', `/campaigns/${id}/requests`, body, supervisor)).body).toMatchObject({ accepted: 1 });
    expectRefusal(await ask('POST', `/campaigns/${id}/requests`, [], supervisor), 400, '');
  });
});
