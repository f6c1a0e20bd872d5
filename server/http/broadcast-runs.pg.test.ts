// A broadcast is checked, started, paused and cancelled; on a real PostgreSQL, and nothing is sent.
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { anna, zoe, startBroadcastRest } from './testing/broadcasts.ts';
import { expectRefusal } from './testing/rest.ts';
import { upload } from './testing/uploads.ts';

const { rest, space, stranger, supervisor, agent, broadcast, filled } = await startBroadcastRest();
const { ask, broadcasts } = rest;
const check = async (id: string) => (await ask('POST', `/broadcasts/${id}/check`, undefined, supervisor)).body;
const start = (id: string) => ask('POST', `/broadcasts/${id}/start`, undefined, supervisor);

beforeEach(() => void (broadcasts.asked.length = 0));

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
      ...{ ok: true, contacts: 7, contactable: 3, later: [], errors: [], warnings: [] },
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
    const target = { path: `/broadcasts/${id}/contacts`, headers: supervisor };
    expect((await upload(rest, target, ['to,name', ...rows].join('\n'))).body.accepted).toBe(1_203);
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

  test('warns of a sender that carriers refuse where some contacts are', async () => {
    const french = await filled([anna, zoe, { to: '+48601123401' }], { from: '0612345678' });
    const message = 'is a mobile number, under which carriers in FR take no automated messages: to 2 of the contacts';
    expect(await check(french)).toMatchObject({ ok: true, errors: [], warnings: [{ path: 'from', message }] });
    const code = await filled([anna], { from: '38000' });
    expect(await check(code)).toMatchObject({ ok: true, warnings: [] });
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
      'a text that is too long for everybody',
      { text: 'x'.repeat(1_531) },
      [anna],
      [{ path: 'text', message: 'makes 11 messages or more, 10 are allowed' }],
    ],
    [
      'a sender that is none',
      { from: 'Parley Telecom' },
      [anna],
      [{ path: 'from', message: 'must be a number, a short code, or a name of 11 characters at most' }],
    ],
  ])('finds %s, and so does the start', async (_what, differing, contacts, errors) => {
    const id = await filled(contacts, differing);
    expect(await check(id)).toMatchObject({ ok: false, errors });
    expect(await start(id)).toMatchObject({ status: 422, body: { code: 'broadcast.check_failed', errors } });
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('draft');
    expect(broadcasts.asked).toEqual([]);
  });

  test.each<[string, object, object[], { path: string; message: string }]>([
    [
      'a text that is too long for some',
      { text: 'Hello {{name}}' },
      [anna, { ...zoe, name: 'x'.repeat(1_600) }],
      { path: 'text', message: 'is too long for 1 of the contacts: it makes up to 11 messages, 10 are allowed' },
    ],
    [
      'nobody in reach',
      { text: 'Hello' },
      [{ to: '+48601123402' }],
      { path: 'contacts', message: 'none of them can be reached' },
    ],
  ])('finds %s, where it looks at every contact', async (_what, differing, contacts, error) => {
    const id = await filled(contacts, differing);
    expect(await check(id)).toMatchObject({ ok: false, errors: [error] });
    expect((await ask('GET', `/broadcasts/${id}`)).body.state).toBe('draft');
  });
});

describe('a start', () => {
  test('asks the desk to check a draft first, once for one key', async () => {
    const id = await filled();
    const headers = { ...supervisor, 'idempotency-key': `start-${id}` };
    const first = await ask('POST', `/broadcasts/${id}/start`, undefined, headers);
    expect(first).toMatchObject({ status: 200, body: { id, state: 'draft' } });
    const second = await ask('POST', `/broadcasts/${id}/start`, undefined, headers);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(broadcasts.asked).toEqual([['start', space, id]]);
    for (const action of ['pause', 'cancel']) {
      expect((await ask('POST', `/broadcasts/${id}/${action}`, undefined, supervisor)).status).toBe(200);
    }
    expect(broadcasts.asked.map(([what]) => what)).toEqual(['start', 'pause', 'cancel']);
  });

  test('takes no settings: what would be passed over is refused', async () => {
    const id = await filled();
    const later = { starts_at: '2026-02-01T10:00:00Z' };
    for (const action of ['check', 'start', 'pause', 'cancel']) {
      expectRefusal(await ask('POST', `/broadcasts/${id}/${action}`, later, supervisor), 400, 'starts_at');
      expect((await ask('POST', `/broadcasts/${id}/${action}`, { space_id: space })).status).toBe(200);
    }
  });

  test('of one that was checked looks at nobody again', async () => {
    const id = await filled();
    await check(id);
    expect((await start(id)).status).toBe(200);
    expect(broadcasts.asked).toEqual([['start', space, id]]);
  });

  test('that is asked keeps the broadcast as it is, but for what may change while it runs', async () => {
    const id = await filled();
    await rest.options.db.query(
      `update broadcasts set state = 'validating', start_asked_at = now(), start_held_until = now() where id = $1`,
      [id],
    );
    const change = (body: object) => ask('PATCH', `/broadcasts/${id}`, body, supervisor);
    expect(await change({ text: 'Other' })).toMatchObject({ status: 409, body: { code: 'broadcast.wrong_state' } });
    expect(await change({ rate_per_s: 5 })).toMatchObject({ status: 200, body: { state: 'validating' } });
    expect((await ask('DELETE', `/broadcasts/${id}`)).body.code).toBe('broadcast.wrong_state');
    expect((await ask('POST', `/broadcasts/${id}/contacts`, [{ to: '+33612345608' }])).body.accepted).toBe(1);
    await check(id);
    const { body } = await ask('GET', `/broadcasts/${id}`);
    expect({ state: body.state, asked: body.start_asked_at !== null }).toEqual({ state: 'validating', asked: true });
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
