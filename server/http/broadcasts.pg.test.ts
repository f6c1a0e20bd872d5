// Broadcasts as their users meet them: administered, filled, checked, started; on a real PostgreSQL, and nothing is sent.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, broadcasts } = rest;
/** Tuesday, noon in Paris. */
const tuesday = Date.parse('2026-01-06T11:00:00Z');

let space: number;
let stranger: Record<string, string>;
let supervisor: Record<string, string>;
let agent: Record<string, string>;

beforeAll(async () => {
  await rest.clock.advance(tuesday - rest.clock.now());
  space = await rest.aSpace();
  stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  supervisor = await rest.keyOf(space, 'supervisor');
  agent = await rest.keyOf(space, 'agent');
  const carrier = { host: '127.0.0.1', system_id: 'parley', password: 'secret' };
  await ask('POST', '/channels', { space_id: space, type: 'smpp', name: 'Carrier', settings: carrier });
});

beforeEach(() => void (broadcasts.asked.length = 0));

async function broadcast(differing: object = {}): Promise<string> {
  const body = { space_id: space, media: 'sms', name: 'Autumn', text: 'Hello {{name}}', ...differing };
  const made = await ask('POST', '/broadcasts', body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

const anna = { to: '06 12 34 56 01', ref_externe: 'A-1', name: 'Anna' };
const zoe = { to: '+33612345602', name: 'Zoë' };

async function filled(contacts: object[] = [anna, zoe], differing: object = {}): Promise<string> {
  const id = await broadcast(differing);
  const done = await ask('POST', `/broadcasts/${id}/contacts`, contacts, supervisor);
  expect(done.body).toMatchObject({ accepted: contacts.length, refused: 0 });
  return id;
}

async function upload(id: string, body: Buffer | string, type = 'text/csv') {
  const answer = await rest.app.inject({
    ...{ method: 'POST', url: `/api/v1/broadcasts/${id}/contacts`, payload: body },
    headers: { ...supervisor, 'content-type': type },
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

const contactsOf = async (id: string) => (await ask('GET', `/broadcasts/${id}/contacts`)).body.items;
const check = async (id: string) => (await ask('POST', `/broadcasts/${id}/check`, undefined, supervisor)).body;
const start = (id: string) => ask('POST', `/broadcasts/${id}/start`, undefined, supervisor);

describe('a broadcast', () => {
  test('has defaults, is changed, and belongs to its space', async () => {
    const id = await broadcast();
    const shown = (await ask('GET', `/broadcasts/${id}`, undefined, supervisor)).body;
    expect(shown).toMatchObject({
      ...{ id, space_id: space, media: 'sms', state: 'draft', max_attempts: 1, rate_per_s: null, hours: null },
      ...{ retry: { delays_s: [600], undelivered: false }, resend_unknown: false, started_at: null },
      counts: { contacts: 0, waiting: 0, not_due: 0, under_way: 0, done: 0, attempts: {} },
    });
    const changed = await ask('PATCH', `/broadcasts/${id}`, { from: '36180', rate_per_s: 12.5 }, supervisor);
    expect(changed.body).toMatchObject({ from: '36180', rate_per_s: 12.5, text: 'Hello {{name}}' });
    const put = await ask('PUT', `/broadcasts/${id}`, { media: 'sms', name: 'Winter' }, supervisor);
    expect(put.body).toMatchObject({ name: 'Winter', from: null, text: null });
    expect((await ask('GET', '/broadcasts?state=draft', undefined, supervisor)).body.items).toContainEqual(put.body);
    expect((await ask('GET', '/broadcasts?state=running', undefined, supervisor)).body.items).toEqual([]);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? {} : undefined;
      expect((await ask(method, `/broadcasts/${id}`, body, stranger)).status).toBe(404);
      expect((await ask(method, `/broadcasts/${id}`, body, agent)).status).toBe(403);
    }
    expect((await ask('DELETE', `/broadcasts/${id}`, undefined, supervisor)).status).toBe(204);
    expect((await ask('GET', `/broadcasts/${id}`)).status).toBe(404);
  });

  test.each([
    ['media', { media: 'pigeon' }],
    ['name', { name: ' ' }],
    ['rate_per_s', { rate_per_s: 0 }],
    ['max_attempts', { max_attempts: 0 }],
    ['retry.delays_s.0', { retry: { delays_s: [-1] } }],
    ['hours.windows.0.to', { hours: { windows: [{ days: [1], from: '20:00', to: '08:00' }] } }],
    ['text', { text: 'a\0b' }],
    ['starts_at', { starts_at: 'tomorrow' }],
    ['colour', { colour: 'red' }],
  ])('is refused for its %s', async (path, differing) => {
    const body = { space_id: space, media: 'sms', name: 'Refused', ...differing };
    expectRefusal(await ask('POST', '/broadcasts', body), 400, path);
  });

  test('of another media is kept as a draft, and not started', async () => {
    const id = await broadcast({ media: 'mail', subject: 'News' });
    expect(
      await ask('POST', `/broadcasts/${id}/contacts`, [{ to: 'ana@example.com' }, { to: 'ANA@example.com' }]),
    ).toMatchObject({
      body: { accepted: 1, refusals: [{ line: 2, path: 'to', message: 'is in the broadcast already' }] },
    });
    expect(await start(id)).toMatchObject({ status: 422, body: { code: 'broadcast.media_not_available' } });
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('draft');
    expectRefusal(await ask('PATCH', `/broadcasts/${id}`, { media: 'sms' }), 400, 'media');
  });

  test('that runs changes its pace and hours only', async () => {
    const id = await filled();
    await rest.options.db.query(`update broadcasts set state = 'running' where id = $1`, [id]);
    expect((await ask('PATCH', `/broadcasts/${id}`, { rate_per_s: 5, name: 'Fast' })).status).toBe(200);
    expectRefusal(await ask('PATCH', `/broadcasts/${id}`, { text: 'Bye' }), 409, 'text');
    expect((await ask('DELETE', `/broadcasts/${id}`)).body.code).toBe('broadcast.wrong_state');
    await rest.options.db.query(`update broadcasts set state = 'done' where id = $1`, [id]);
    expectRefusal(await ask('PATCH', `/broadcasts/${id}`, { rate_per_s: 6 }), 409, 'rate_per_s');
    expect((await ask('POST', `/broadcasts/${id}/contacts`, [{ to: '+33612345609' }])).body.code).toBe(
      'broadcast.wrong_state',
    );
    expect((await ask('DELETE', `/broadcasts/${id}`)).status).toBe(204);
  });
});

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
    const answer = await upload(id, csv);
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
    const again = await upload(id, 'to\n+33612345602\n+33612345699\n');
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
    ];
    const answer = await upload(id, lines.join('\n'), 'application/x-ndjson');
    expect(answer.body).toMatchObject({
      accepted: 1,
      refusals: [
        { line: 3, path: '' },
        { line: 4, path: 'to' },
        { line: 5, path: 'to', message: 'is needed' },
        { line: 6, path: 'list' },
        { line: 7, path: 'a{b}' },
        { line: 8, path: 'name' },
        { line: 9, path: '', message: 'must be an object' },
      ],
    });
    expect(await contactsOf(id)).toMatchObject([
      { ref_externe: '123456', fields: { name: 'Zoë "Z"', age: '7', vip: 'true' } },
    ]);
  });

  test('that are refused by the ten thousand are all told', async () => {
    const id = await broadcast();
    const numbers = Array.from({ length: 12_000 }, (_, at) => `+336${20_000_000 + (at % 1_000)}`);
    const answer = await upload(id, ['to', ...numbers, '+33699999999'].join('\n'));
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
    const answer = await upload(id, lines.join('\n'), 'application/x-ndjson');
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
    const answer = await upload(id, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.detail).toContain(message);
    expect(await contactsOf(id)).toEqual([]);
  });

  test('whose connection breaks in the middle of the file are not kept; meanwhile nobody else’s come in', async () => {
    const id = await broadcast();
    const { port } = rest.app.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/broadcasts/${id}/contacts`;
    const headers = { ...supervisor, 'content-type': 'text/csv', 'content-length': '1000000' };
    const sending = httpRequest(url, { method: 'POST', headers });
    const broken = once(sending, 'error');
    sending.write('to\n');
    for (let row = 0; row < 5_000; row++) sending.write(`+33612${String(row).padStart(6, '0')}\n`);
    const copying = async () => {
      const sql = "select from pg_stat_activity where query like 'copy broadcast_contacts%' and state <> 'idle'";
      return (await rest.options.db.query(sql)).rowCount;
    };
    await expect.poll(copying).toBe(1);
    expect((await upload(id, 'to\n+33612345601\n')).body.code).toBe('broadcast.import_running');
    expect((await ask('PATCH', `/broadcasts/${id}`, { name: 'Not held up' })).status).toBe(200);
    sending.destroy(new Error('unplugged'));
    await broken;
    await expect.poll(copying).toBe(0);
    expect(await contactsOf(id)).toEqual([]);
    await expect.poll(async () => (await upload(id, 'to\n+33612345601\n')).status).toBe(201);
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

describe('the check', () => {
  test('counts whom it reaches, why not the others, and what the texts become', async () => {
    await ask('POST', '/optouts', { number: '0612345603', reason: 'STOP' }, supervisor);
    await ask('POST', '/dnc', { number: '0612345604' }, supervisor);
    const contacts = [
      anna,
      zoe,
      { to: '0612345603' },
      { to: '0612345604' },
      { to: '0899123456' },
      { to: '+48601123401' },
    ];
    const id = await filled([...contacts, { to: '+33612345607', name: 'Ελένη' }]);
    expect(await check(id)).toEqual({
      ...{ ok: true, contacts: 7, contactable: 3, later: [], errors: [] },
      blocked: [
        { cause: 'opted_out', contacts: 1 },
        { cause: 'do_not_call', contacts: 1 },
        { cause: 'forbidden_number', contacts: 2 },
      ],
      sms: { encodings: { gsm7: 1, ucs2: 2 }, messages: 3, most_parts: 1, example: 'Hello Anna' },
      columns: [{ name: 'name', without: 4 }],
    });
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('ready');
    await ask('POST', `/broadcasts/${id}/contacts`, [{ to: '+33612345608' }]);
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('draft');
    expect(broadcasts.asked).toEqual([]);
  });

  test('looks at every one of many', async () => {
    const id = await broadcast();
    const rows = Array.from(
      { length: 1_203 },
      (_, at) => `+336${String(20_000_000 + at)},${at % 2 === 0 ? 'Ana' : ''}`,
    );
    expect((await upload(id, ['to,name', ...rows].join('\n'))).body.accepted).toBe(1_203);
    expect(await check(id)).toMatchObject({
      contacts: 1_203,
      contactable: 1_203,
      columns: [{ name: 'name', without: 601 }],
    });
  });

  test('says when those outside their hours are reached', async () => {
    const id = await filled([anna, zoe], { starts_at: '2026-01-11T10:00:00Z' }); // a Sunday
    expect(await check(id)).toMatchObject({
      ...{ ok: true, contactable: 0 },
      later: [{ cause: 'sunday', contacts: 2, from: '2026-01-12T09:00:00.000Z' }],
    });
  });

  test.each<[string, object, object[], { path: string; message: string }[]]>([
    ['an empty text', { text: ' ' }, [anna], [{ path: 'text', message: 'is needed' }]],
    ['no text', { text: null }, [anna], [{ path: 'text', message: 'is needed' }]],
    [
      'unknown columns',
      { text: '{{nom}} {{name}} {{to}} {{City}}' },
      [anna],
      [
        { path: 'text', message: 'names {{nom}}, which no contact has' },
        { path: 'text', message: 'names {{City}}, which no contact has' },
      ],
    ],
    [
      'a text that is too long',
      { text: 'Hello {{name}}' },
      [anna, { ...zoe, name: 'x'.repeat(1_600) }],
      [
        {
          path: 'text',
          message: 'is too long for 1 of the contacts: it makes up to 11 messages, 10 are allowed',
        },
      ],
    ],
    [
      'a text that is too long for everybody',
      { text: 'x'.repeat(1_531) },
      [anna],
      [{ path: 'text', message: 'makes 11 messages or more, 10 are allowed' }],
    ],
    [
      'nobody in reach',
      { text: 'Hello' },
      [{ to: '+48601123402' }],
      [{ path: 'contacts', message: 'none of them can be reached' }],
    ],
  ])('finds %s, and so does the start', async (_what, differing, contacts, errors) => {
    const id = await filled(contacts, differing);
    expect(await check(id)).toMatchObject({ ok: false, errors });
    const started = await start(id);
    const code = errors[0]!.path === 'contacts' ? 'broadcast.nothing_to_send' : 'broadcast.check_failed';
    expect(started).toMatchObject({ status: 422, body: { code } });
    if (code === 'broadcast.check_failed') expect(started.body.errors).toEqual(errors);
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('draft');
    expect(broadcasts.asked).toEqual([]);
  });
});

describe('a start', () => {
  test('checks a draft and asks the desk, once for one key', async () => {
    const id = await filled();
    const headers = { ...supervisor, 'idempotency-key': `start-${id}` };
    const first = await ask('POST', `/broadcasts/${id}/start`, undefined, headers);
    expect(first).toMatchObject({ status: 200, body: { id, state: 'ready' } });
    const second = await ask('POST', `/broadcasts/${id}/start`, undefined, headers);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(broadcasts.asked).toEqual([['start', space, id]]);
    for (const action of ['pause', 'cancel']) {
      expect((await ask('POST', `/broadcasts/${id}/${action}`, undefined, supervisor)).status).toBe(200);
    }
    expect(broadcasts.asked.map(([what]) => what)).toEqual(['start', 'pause', 'cancel']);
  });

  test('that the desk refuses is told', async () => {
    const id = await filled();
    broadcasts.refusal = new AppError('broadcast.no_channel', 'The space has no enabled channel for sms.');
    expect(await start(id)).toMatchObject({ status: 422, body: { code: 'broadcast.no_channel' } });
    for (const action of ['start', 'pause', 'cancel', 'check']) {
      expect((await ask('POST', `/broadcasts/${id}/${action}`, undefined, stranger)).status).toBe(404);
      expect((await ask('POST', `/broadcasts/${id}/${action}`, undefined, agent)).status).toBe(403);
    }
    expect(broadcasts.asked).toEqual([]);
  });
});
