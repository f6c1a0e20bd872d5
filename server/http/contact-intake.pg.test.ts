// Contacts come into a broadcast: arrays, and files by the ten thousand; on a real PostgreSQL.
import { describe, expect, test } from 'vitest';
import { anna, startBroadcastRest } from './testing/broadcasts.ts';
import { expectRefusal } from './testing/rest.ts';
import { halfAnUpload, upload } from './testing/uploads.ts';

const { rest, stranger, supervisor, agent, broadcast, filled, contactsOf } = await startBroadcastRest();
const { ask, broadcasts } = rest;
const send = (id: string, body: Buffer | string, type?: string) =>
  upload(rest, { path: `/broadcasts/${id}/contacts`, headers: supervisor }, body, type);

describe('contacts', () => {
  test('are kept with their numbers in one form, and listed page by page', async () => {
    const id = await filled();
    expect(await contactsOf(id)).toEqual([
      expect.objectContaining({ to: '+33612345601', ref_externe: 'A-1', fields: { name: 'Anna' }, state: 'waiting' }),
      expect.objectContaining({ to: '+33612345602', ref_externe: null, fields: { name: 'Zoë' }, call_id: null }),
    ]);
    const first = (await ask('GET', `/broadcasts/${id}/contacts?limit=1&state=waiting`)).body;
    const second = (await ask('GET', `/broadcasts/${id}/contacts?limit=1&cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...second.items].map(({ to }) => to)).toEqual(['+33612345601', '+33612345602']);
    expect(second.next_cursor).toBeNull();
    expect((await ask('GET', `/broadcasts/${id}`)).body.counts).toMatchObject({ contacts: 2, waiting: 2 });
    expect(broadcasts.woken).toBeGreaterThan(0);
  });

  test('may be sent and listed with the space of their broadcast; another space has no such broadcast', async () => {
    const id = await broadcast();
    const { space_id } = (await ask('GET', `/broadcasts/${id}`)).body;
    const path = `/broadcasts/${id}/contacts?space_id=`;
    expect((await ask('POST', `${path}${space_id}`, [anna])).body.accepted).toBe(1);
    expect((await ask('POST', `${path}${space_id + 1}`, [anna])).status).toBe(404);
    expect((await ask('GET', `${path}${space_id}`)).body.items).toHaveLength(1);
    expect((await ask('GET', `${path}${space_id + 1}`)).status).toBe(404);
  });

  test('come as CSV with semicolons, quotes and a BOM; every refused row is told with its line', async () => {
    const id = await broadcast();
    const csv = [
      '\ufeffTo;Ref_Externe;name;Shoe size;priority',
      '+33612345601;A-1;"Zofia ""Zo"" Wójcik";38;',
      '0612345602;;"two',
      'lines";;7',
      'nobody;;Ana;;',
      '',
      '06 12 34 56 01;;Again;;',
      '+3361234;;Short;;',
      '+33612345603;;Eve;;first',
      '+33612345604;;Eve',
      '+33612345605;a\tb;Eve;;',
    ].join('\r\n');
    const answer = await send(id, csv);
    expect(answer).toMatchObject({ status: 201, body: { accepted: 2, refused: 6 } });
    expect(answer.body.refusals).toEqual([
      { line: 5, path: 'to', message: 'is no telephone number' },
      { line: 7, path: 'to', message: 'is in the broadcast already' },
      { line: 8, path: 'to', message: 'is no telephone number' },
      { line: 9, path: 'priority', message: expect.stringContaining('whole number') },
      { line: 10, path: '', message: 'has 3 cells, the header has 5' },
      { line: 11, path: 'ref_externe', message: expect.stringContaining('one line') },
    ]);
    const report = await ask('GET', `/broadcasts/${id}/imports/${answer.body.import_id}?limit=2`);
    expect(report.body.items).toEqual(answer.body.refusals.slice(0, 2));
    expect(await contactsOf(id)).toMatchObject([
      {
        to: '+33612345601',
        ref_externe: 'A-1',
        fields: { 'name': 'Zofia "Zo" Wójcik', 'Shoe size': '38' },
        priority: 0,
      },
      { to: '+33612345602', ref_externe: null, fields: { name: 'two\r\nlines' }, priority: 7 },
    ]);
    const again = await send(id, 'to\n+33612345602\n+33612345699\n');
    expect(again.body).toMatchObject({
      outside_hours: 0,
      accepted: 1,
      refusals: [{ line: 2, message: 'is in the broadcast already' }],
    });
  });

  test('come as lines of JSON', async () => {
    const id = await broadcast();
    const lines = [
      '{"to":"+33612345601","ref_externe":123456,"name":"Zoë \\"Z\\"","age":7,"vip":true,"gone":null}',
      '',
      'nonsense',
      '{"to":"1"}',
      '{"name":"Ana"}',
      '{"to":"+33612345602","list":[1]}',
      '{"to":"+33612345603","a{b}":"x"}',
      '{"to":"+33612345604","name":"a\\u0000b"}',
      '[]',
      JSON.stringify({ to: '+33612345605', name: 'x'.repeat(4_001) }),
      JSON.stringify({ to: '+33612345606', ref_externe: 'x'.repeat(201) }),
      '{"to":"+33612345607","ref_externe":""}',
      '{"to":"+33612345608","ref_externe":false}',
    ];
    const answer = await send(id, lines.join('\n'), 'application/x-ndjson');
    expect(answer.body).toMatchObject({
      accepted: 2,
      refusals: [
        { line: 3, path: '' },
        { line: 4, path: 'to' },
        { line: 5, path: 'to', message: 'is needed' },
        { line: 6, path: 'list' },
        { line: 7, path: 'a{b}' },
        { line: 8, path: 'name' },
        { line: 9, path: '', message: 'must be an object' },
        { line: 10, path: 'name', message: 'must be text, 4,000 characters at most' },
        { line: 11, path: 'ref_externe', message: expect.stringContaining('200 characters at most') },
        { line: 13, path: 'ref_externe' },
      ],
    });
    expect(await contactsOf(id)).toMatchObject([
      { ref_externe: '123456', fields: { name: 'Zoë "Z"', age: '7', vip: 'true' } },
      { to: '+33612345607', ref_externe: null },
    ]);
  });

  test('that are refused by the ten thousand are all told', async () => {
    const id = await broadcast();
    const numbers = Array.from({ length: 12_000 }, (_, at) => `+336${20_000_000 + (at % 1_000)}`);
    const answer = await send(id, ['to', ...numbers, '+33699999999'].join('\n'));
    expect(answer.body).toMatchObject({ accepted: 1_001, refused: 11_000 });
    expect(answer.body.refusals).toHaveLength(1_000);
    const path = `/broadcasts/${id}/imports/${answer.body.import_id}`;
    const [last] = (await ask('GET', `${path}?limit=1&cursor=${Buffer.from('12000').toString('base64url')}`)).body
      .items;
    expect(last).toMatchObject({ line: 12_001, message: 'is in the broadcast already' });
    expect((await ask('GET', `/broadcasts/${id}`)).body.counts.contacts).toBe(1_001);
  });

  test('have two hundred columns in all, and no more', async () => {
    const id = await broadcast();
    const lines = Array.from({ length: 202 }, (_, at) =>
      JSON.stringify({ to: `+336${20_000_000 + at}`, [`c${at}`]: 'x' }),
    );
    const answer = await send(id, lines.join('\n'), 'application/x-ndjson');
    expect(answer.body).toMatchObject({ accepted: 200, refusals: [{ line: 201, path: 'c200' }, { line: 202 }] });
  });

  test.each<[string, string | Buffer, string]>([
    ['empty', '', 'is empty'],
    ['without rows', 'to,name\n', 'no row'],
    ['without numbers', 'name\nAna\n', 'missing'],
    ['with a column twice', 'to,name,name\n0612345601,a,b\n', 'twice'],
    ['with a column that no text can name', 'to,{{x}}\n0612345601,43\n', 'names no column'],
    ['in another charset', Buffer.from('to,name\n0612345601,Zo\xeb\n', 'latin1'), 'not UTF-8'],
    ['in UTF-16', Buffer.from('\ufeffto\n0612345601\n', 'utf16le'), 'not UTF-8'],
    ['with a quote that never ends', 'to,name\n0612345601,"Ana\n0612345602,Bob\n', 'never closed'],
  ])('in a file that is %s are refused whole', async (_what, body, message) => {
    const id = await broadcast();
    const answer = await send(id, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.detail).toContain(message);
    expect(await contactsOf(id)).toEqual([]);
  });

  test('whose connection breaks in the middle of the file are not kept; meanwhile nobody else’s come in', async () => {
    const id = await broadcast();
    const target = { path: `/broadcasts/${id}/contacts`, headers: supervisor };
    const half = await halfAnUpload(rest, target, { column: 'to', table: 'broadcast_contacts' });
    expect((await send(id, 'to\n+33612345601\n')).body.code).toBe('broadcast.import_running');
    expect((await ask('PATCH', `/broadcasts/${id}`, { name: 'Not held up' })).status).toBe(200);
    await half.cutOff();
    expect(await contactsOf(id)).toEqual([]);
    await expect.poll(async () => (await send(id, 'to\n+33612345601\n')).status).toBe(201);
  });

  test('outside whose hours they come are counted', async () => {
    const id = await broadcast();
    const there = [{ to: '+33612345601' }, { to: '+13105550101' }, { to: '+18085550101' }]; // Paris, Los Angeles, Honolulu
    expect((await ask('POST', `/broadcasts/${id}/contacts`, there)).body).toMatchObject({
      accepted: 3,
      outside_hours: 2,
    });
  });

  test('are for supervisors, into their own space', async () => {
    const id = await broadcast();
    expect((await ask('POST', `/broadcasts/${id}/contacts`, [anna], agent)).status).toBe(403);
    expect((await ask('POST', `/broadcasts/${id}/contacts`, [anna], stranger)).status).toBe(404);
    expectRefusal(await ask('POST', `/broadcasts/${id}/contacts`, [], supervisor), 400, '');
    const { items } = (await ask('GET', '/audit?limit=5')).body;
    expect(JSON.stringify(items)).not.toContain('612345601');
  });
});
