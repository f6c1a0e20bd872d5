// Broadcasts as they are administered; on a real PostgreSQL.
import { describe, expect, test } from 'vitest';
import { anna, startBroadcastRest } from './testing/broadcasts.ts';
import { expectRefusal } from './testing/rest.ts';

const { rest, space, stranger, supervisor, agent, broadcast, filled } = await startBroadcastRest();
const { ask } = rest;
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
    ['ivr_id', { ivr_id: 999 }],
    ['trunk_id', { trunk_id: 999 }],
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

  test('begins when somebody says on his own clock, and may be put back as it is while it runs', async () => {
    const id = await filled([anna], { starts_at: '2026-01-12T10:00:00+01:00' });
    const { starts_at } = (await ask('GET', `/broadcasts/${id}`)).body;
    expect(starts_at).toBe('2026-01-12T09:00:00.000Z');
    await rest.options.db.query(`update broadcasts set state = 'scheduled' where id = $1`, [id]);
    const put = (at: string) =>
      ask(
        'PUT',
        `/broadcasts/${id}`,
        { media: 'sms', name: 'Later', text: 'Hello {{name}}', starts_at: at },
        supervisor,
      );
    expect(await put('2026-01-12T09:00:00Z')).toMatchObject({ status: 200, body: { name: 'Later', starts_at } });
    expectRefusal(await put('2026-01-12T10:00:00Z'), 409, 'starts_at');
  });

  test('goes out by a trunk of its space, and of no other', async () => {
    const trunk = { name: 'Sandbox', type: 'sandbox' };
    const { body: own } = await ask('POST', '/trunks', { ...trunk, space_id: space });
    const { body: other } = await ask('POST', '/trunks', trunk, stranger);
    const id = await broadcast({ media: 'call', trunk_id: own.id });
    expectRefusal(await ask('PATCH', `/broadcasts/${id}`, { trunk_id: other.id }, supervisor), 400, 'trunk_id');
    expect((await ask('GET', `/broadcasts/${id}`)).body.trunk_id).toBe(own.id);
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
