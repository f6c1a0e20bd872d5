// Single sends, channels, replies and opt-outs, on a real PostgreSQL, and nothing is sent.
import { beforeAll, describe, expect, test } from 'vitest';
import { asId, type ChannelId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, broadcasts } = rest;

let space: number;
let stranger: Record<string, string>;
let admin: Record<string, string>;
let supervisor: Record<string, string>;
let agent: Record<string, string>;

beforeAll(async () => {
  space = await rest.aSpace();
  stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  admin = await rest.keyOf(space, 'admin');
  supervisor = await rest.keyOf(space, 'supervisor');
  agent = await rest.keyOf(space, 'agent');
});

const settings = { host: 'smsc.example', system_id: 'parley', password: 'secret' };
const hello = { media: 'sms', to: '06 12 34 56 01', text: 'Hello {{name}}', ref_externe: 'A-1' };

describe('a channel', () => {
  let id: number;

  test('shows its settings without the password, and its state', async () => {
    const made = await ask('POST', '/channels', { type: 'smpp', name: 'Carrier', settings }, admin);
    expect(made).toMatchObject({
      status: 201,
      body: { media: 'sms', priority: 0, enabled: true, state: null, settings: { port: 2775, system_id: 'parley' } },
    });
    expect(JSON.stringify(made.body)).not.toContain('secret');
    ({ id } = made.body);
    expect(broadcasts.asked.at(-1)).toEqual(['channelsChanged', space]);
    expect(made.body.problem).toBeNull();
    broadcasts.health.set(asId<ChannelId>(id), { state: 'down', problem: 'The carrier refused the bind.' });
    expect((await ask('GET', `/channels/${id}`, undefined, supervisor)).body).toMatchObject({
      ...{ state: 'down', problem: 'The carrier refused the bind.' },
    });
    const { items } = (await ask('GET', '/audit?limit=1', undefined, admin)).body;
    expect(items[0].resource).toBe('channels');
    expect(JSON.stringify(items)).not.toContain('secret');
  });

  test('keeps a password that is left out, and takes another one', async () => {
    const passwordNow = async () => {
      const sql = `select settings ->> 'password' as password from channels where id = $1`;
      return (await rest.options.db.query(sql, [id])).rows[0]!.password;
    };
    const { password: _, ...open } = settings;
    const changed = await ask('PATCH', `/channels/${id}`, { settings: { ...open, window: 50 }, priority: 3 }, admin);
    expect(changed.body).toMatchObject({ priority: 3, settings: { window: 50 } });
    expect(await passwordNow()).toBe('secret');
    const put = { type: 'smpp', name: 'Carrier', settings: { ...settings, password: 'other' } };
    expect((await ask('PUT', `/channels/${id}`, put, admin)).body).toMatchObject({
      priority: 0,
      settings: { window: 10 },
    });
    expect(await passwordNow()).toBe('other');
  });

  test.each<[string, object, string?]>([
    ['type', { type: 'mm7' }, 'this release does not send by mm7 or smtp yet'],
    ['type', { type: 'smtp' }, 'this release does not send by mm7 or smtp yet'],
    ['settings', { type: 'smpp' }],
    ['settings.host', { type: 'smpp', settings: { system_id: 'parley' } }],
    ['settings.port', { type: 'smpp', settings: { ...settings, port: 0 } }],
    ['settings.colour', { type: 'smpp', settings: { ...settings, colour: 'red' } }],
    ['media', { type: 'smpp', media: 'mail', settings }],
    ['media', { type: 'sandbox', media: 'fax' }],
    ['priority', { type: 'sandbox', media: 'sms', priority: -1 }],
  ])('is refused for its %s', async (path, differing, message) => {
    const answer = await ask('POST', '/channels', { name: 'Refused', ...differing }, admin);
    expectRefusal(answer, 400, path);
    if (message !== undefined) expect(JSON.stringify(answer.body.errors)).toContain(message);
  });

  test('is for administrators, of its own space, and may share its name', async () => {
    const sandbox = { type: 'sandbox', media: 'sms', name: 'Trial', enabled: false };
    expect((await ask('POST', '/channels', sandbox, supervisor)).status).toBe(403);
    expect((await ask('GET', `/channels/${id}`, undefined, stranger)).status).toBe(404);
    expectRefusal(await ask('PUT', `/channels/${id}`, { ...sandbox, name: 'Carrier' }, admin), 409, 'type');
    const other = await ask('POST', '/channels', { ...sandbox, name: 'Carrier' }, admin);
    expect(other).toMatchObject({ status: 201, body: { settings: { from: null }, enabled: false } });
    const ofMms = { ...sandbox, media: 'mms' };
    expectRefusal(await ask('PUT', `/channels/${other.body.id}`, ofMms, admin), 409, 'media');
    expect((await ask('DELETE', `/channels/${other.body.id}`, undefined, admin)).status).toBe(204);
    expect((await ask('GET', '/channels', undefined, supervisor)).body.items).toHaveLength(1);
  });
});

describe('a single send', () => {
  test('is written once for one key, and shows that it waits', async () => {
    const headers = { ...supervisor, 'idempotency-key': 'send-1' };
    const sent = await ask('POST', '/messages', hello, headers);
    expect(sent).toMatchObject({ status: 201 });
    expect(await ask('POST', '/messages', hello, headers)).toMatchObject({ status: 201, body: sent.body });
    const { call_id, contact_id } = sent.body;
    expect((await ask('GET', `/messages/${call_id}`, undefined, supervisor)).body).toEqual({
      ...{ call_id, contact_id, broadcast_id: null, space_id: space, media: 'sms', to: '+33612345601', from: null },
      ...{ ref_externe: 'A-1', attempt: 1, channel_id: null, status: null, begun_at: null, statuses: [] },
    });
    const { rows } = await rest.options.db.query('select attempt_id, content, state from broadcast_contacts');
    expect(rows).toMatchObject([{ attempt_id: call_id, content: { text: 'Hello {{name}}' }, state: 'waiting' }]);
    expect(broadcasts.woken).toBe(1);
    expect((await ask('GET', `/messages/${call_id}`, undefined, stranger)).status).toBe(404);
    const { items } = (await ask('GET', '/audit?limit=1', undefined, admin)).body;
    expect(items[0]).toMatchObject({ resource: 'messages', resource_id: call_id });
    expect(JSON.stringify(items)).not.toContain('Hello');
  });

  test.each([
    ['to', { to: 'Ana' }, 400],
    ['to', { to: '+3361234' }, 400],
    ['text', { text: '' }, 400],
    ['text', { text: ' ' }, 400],
    ['text', { text: 'x'.repeat(1_531) }, 400],
    ['media', { media: 'mail', to: 'ana@example.com' }, 422],
    ['from', { from: 'x'.repeat(41) }, 400],
    ['from', { from: 'Parley Telecom' }, 400],
    ['colour', { colour: 'red' }, 400],
  ])('is refused for its %s', async (path, differing, status) => {
    expectRefusal(await ask('POST', '/messages', { ...hello, ...differing }, supervisor), status, path);
  });

  test('needs a channel, and is not for agents', async () => {
    expect((await ask('POST', '/messages', hello, stranger)).body.code).toBe('broadcast.no_channel');
    expect((await ask('POST', '/messages', hello, agent)).status).toBe(403);
  });

  test('is cancelled while it has not left', async () => {
    const { call_id } = (await ask('POST', '/messages', hello, supervisor)).body;
    expect((await ask('DELETE', `/messages/${call_id}`, undefined, stranger)).status).toBe(404);
    expect((await ask('DELETE', `/messages/${call_id}`, undefined, supervisor)).status).toBe(204);
    expect(broadcasts.asked.at(-1)).toEqual(['cancelSend', space, call_id]);
    broadcasts.refusal = new AppError('message.left', 'The message has left already.');
    expect((await ask('DELETE', `/messages/${call_id}`, undefined, supervisor)).body.code).toBe('message.left');
  });

  test('shows the history of its attempt, as the reports tell it', async () => {
    const { call_id, contact_id } = (await ask('POST', '/messages', hello, supervisor)).body;
    const statuses = [
      { at: Date.UTC(2026, 0, 5, 11), type: 'SENT' },
      { at: Date.UTC(2026, 0, 5, 11, 1), type: 'ERROR', code: '021', info: 'absent subscriber' },
    ];
    await rest.options.db.query(
      `insert into contact_attempts (space_id, id, contact_id, media, address, number, channel_id, username, time_zone, begun_at,
         status, statuses, version)
       values ($1, $2, $3, 'sms', '+33612345601', 1, 7, 'space1', 'Europe/Paris', '2026-01-05T11:00:00Z', 'ERROR', $4, 3)`,
      [space, call_id, contact_id, JSON.stringify(statuses)],
    );
    expect((await ask('GET', `/messages/${call_id}`)).body).toMatchObject({
      ...{ status: 'ERROR', channel_id: 7, begun_at: '2026-01-05T11:00:00.000Z' },
      statuses: [
        { at: '2026-01-05T11:00:00.000Z', type: 'SENT' },
        { at: '2026-01-05T11:01:00.000Z', type: 'ERROR', code: '021', info: 'absent subscriber' },
      ],
    });
  });
});

describe('an opt-out', () => {
  test('is named by its number in any form, and by media', async () => {
    const made = await ask('POST', '/optouts', { number: '06.12.34.56.01', reason: 'letter' }, supervisor);
    expect(made).toMatchObject({ status: 201, body: { number: '+33612345601', media: 'sms', reason: 'letter' } });
    expectRefusal(await ask('POST', '/optouts', { number: '+33612345601' }, supervisor), 409, 'number');
    expect((await ask('POST', '/optouts', { number: '0612345601', media: 'mms' }, supervisor)).status).toBe(201);
    const old = { number: '0612345604', since: '2024-05-01T00:00:00.000Z' };
    expect((await ask('POST', '/optouts', { ...old, media: 'fax' }, supervisor)).body.since).toBe(old.since);
    await ask('DELETE', '/optouts/0612345604?media=fax', undefined, supervisor);
    expect((await ask('POST', '/optouts', { number: 'ana@example.com', media: 'mail' }, supervisor)).status).toBe(201);
    expectRefusal(await ask('POST', '/optouts', { number: 'x' }, supervisor), 400, 'number');
    expectRefusal(await ask('GET', '/optouts?number=%00', undefined, supervisor), 400, 'number');
    expect((await ask('GET', '/optouts/0612345601', undefined, supervisor)).body).toEqual(made.body);
    expect((await ask('PUT', '/optouts/+33612345601', { reason: 'STOP' }, supervisor)).body.reason).toBe('STOP');
    expect((await ask('GET', '/optouts?number=0612345601&media=mms', undefined, supervisor)).body.items).toHaveLength(
      1,
    );
    const first = (await ask('GET', '/optouts?limit=2', undefined, supervisor)).body;
    const rest2 = (await ask('GET', `/optouts?limit=2&cursor=${first.next_cursor}`, undefined, supervisor)).body;
    expect([...first.items, ...rest2.items]).toHaveLength(3);
    expect((await ask('GET', '/optouts/0612345601', undefined, stranger)).status).toBe(404);
    expect((await ask('DELETE', '/optouts/0612345601', undefined, supervisor)).status).toBe(204);
    expect((await ask('GET', '/optouts/0612345601', undefined, supervisor)).status).toBe(404);
    expect((await ask('GET', '/optouts/0612345601?media=mms', undefined, supervisor)).status).toBe(200);
  });
});

describe('replies', () => {
  test('are listed newest first, those that answer nothing as well', async () => {
    await rest.options.db.query(
      `insert into replies (space_id, id, media, channel_id, at, address, recipient, text, attempt_id, opted_out)
       select $1, lpad(n::text, 24, '0'), 'sms', 1, '2026-01-05T11:00:00Z'::timestamptz + n * interval '1 s',
              '+3361234560' || n, '36180', 'Ok ' || n, case n when 2 then repeat('a', 24) end, n = 3
         from generate_series(1, 3) n`,
      [space],
    );
    const first = (await ask('GET', '/replies?limit=2', undefined, supervisor)).body;
    expect(first.items).toMatchObject([
      {
        text: 'Ok 3',
        from: '+33612345603',
        to: '36180',
        call_id: null,
        opted_out: true,
        at: '2026-01-05T11:00:03.000Z',
      },
      { text: 'Ok 2', call_id: 'a'.repeat(24) },
    ]);
    const rest1 = (await ask('GET', `/replies?limit=2&cursor=${first.next_cursor}`, undefined, supervisor)).body;
    expect(rest1.items.map(({ text }: { text: string }) => text)).toEqual(['Ok 1']);
    const texts = async (query: string) =>
      (await ask('GET', `/replies?${query}`, undefined, supervisor)).body.items.map(
        ({ text }: { text: string }) => text,
      );
    expect(await texts('matched=true')).toEqual(['Ok 2']);
    expect(await texts('matched=false&from=0612345601')).toEqual(['Ok 1']);
    expect(await texts(`broadcast_id=${'b'.repeat(24)}`)).toEqual([]);
    expect((await ask('GET', '/replies', undefined, stranger)).body.items).toEqual([]);
    expect((await ask('GET', '/replies', undefined, agent)).status).toBe(403);
  });
});
