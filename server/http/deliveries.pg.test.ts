// Endpoints and deliveries as an administrator meets them; the receiver is the built-in inbox, which is on this machine
// and reached although nothing else there may be.
import { beforeAll, describe, expect, test } from 'vitest';
import { asId, asKey, type CallId, instant, type SpaceId } from '../domain/ids.ts';
import { addToOutbox, type Push } from '../delivery/outbox.ts';
import { statusReportSchema } from '../../contract/reports.ts';
import { untilEmpty } from '../delivery/testing/rig.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;
const { db, delivery } = rest.options;

let space: number;
let inbox: string;

beforeAll(async () => {
  space = await rest.aSpace();
  inbox = (await ask('PUT', '/inbox', { space_id: space, enabled: true })).body.url;
});

const endpointBody = (differing: object = {}) => ({ space_id: space, type: 'dialogs', url: inbox, ...differing });

async function anEndpoint(differing: object = {}): Promise<{ id: number; secret: string }> {
  const answer = await ask('POST', '/endpoints', endpointBody(differing));
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const aPushTo = (endpoint: number, key: string): Push => ({
  space: asId<SpaceId>(space),
  endpoint,
  key,
  call: asKey<CallId>('0123456789abcdef01234567'),
  number: '48600100200',
  eventName: 'dialog_create',
  occurredAt: instant(Date.UTC(2026, 0, 5)),
  contentType: 'application/json',
  body: JSON.stringify({ key }),
});

async function push(endpoint: number, key: string, differing: object = {}): Promise<number> {
  const [id] = await db.transaction((tx) => addToOutbox(tx, [{ ...aPushTo(endpoint, key), ...differing }]));
  delivery.outbox.wake([endpoint]);
  return id!;
}

const received = async () =>
  (await ask('GET', inbox.slice(inbox.indexOf('/inbox/')))).body.items as {
    headers: Record<string, string>;
    body: string;
  }[];

describe('endpoints', () => {
  test('show their defaults; the secret only once', async () => {
    const { id, secret } = await anEndpoint();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await ask('GET', `/endpoints/${id}`)).body).toEqual({
      id,
      space_id: space,
      type: 'dialogs',
      url: inbox,
      format: 'json',
      status_list: 'full',
      extended: true,
      max_items: 1,
      headers: {},
      retry_enabled: 1,
      retry_config: null,
      subscriptions: null,
      concurrency: 16,
      rate_per_s: null,
      enabled: true,
      disabled_reason: null,
    });
    expect((await ask('GET', `/endpoints?space_id=${space}`)).body.items.at(-1)).not.toHaveProperty('secret');
  });

  test.each([
    ['url', 'ftp://example.com/'],
    ['url', 'https://user:password@example.com/'],
    ['url', 'https://example.com/#part'],
    ['url', 'http://127.0.0.1/'],
    ['url', 'http://2130706433/'],
    ['url', 'http://localhost:8080/'],
    ['url', 'not a url'],
    ['url', 'https://example.com/\r\nX: y'],
    ['url', 'https://example.com/\ud800'],
    [
      'subscriptions.dialog_create.filter.self_name.0',
      { subscriptions: { dialog_create: { active: true, filter: { self_name: ['a\0'] } } } },
    ],
    ['headers.X-A', { headers: { 'X-A': 'one\r\nX-B: two' } }],
    ['headers.Host', { headers: { Host: 'example.com' } }],
    ['headers.content-length', { headers: { 'content-length': '3' } }],
    ['headers.Webhook-Id', { headers: { 'Webhook-Id': '1' } }],
    ['headers.a b', { headers: { 'a b': '1' } }],
    [
      'retry_config.max_retries',
      { retry_config: { retry_value: 10, max_retries: -1, backoff_type: 'multiplier', backoff_value: 2 } },
    ],
    ['retry_enabled', { retry_enabled: 2 }],
    ['subscriptions.dialog_open', { subscriptions: { dialog_open: { active: true } } }],
    ['concurrency', { concurrency: 0 }],
    ['format', { format: 'xml' }],
    ['max_items', { max_items: 501 }],
    ['surprise', { surprise: 1 }],
  ])('%s is refused: %j', async (path, wrong) => {
    const body = endpointBody(typeof wrong === 'string' ? { url: wrong } : wrong);
    expectRefusal(await ask('POST', '/endpoints', body), 400, path);
  });

  test('a header that is not theirs to set is refused with the reason', async () => {
    const { body } = await ask('POST', '/endpoints', endpointBody({ headers: { Host: 'example.com' } }));
    expect(body.errors).toEqual([{ path: 'headers.Host', message: 'is set by Parley or belongs to the connection' }]);
  });

  test('a test event takes the way of all others, and its outcome is told', async () => {
    const { id } = await anEndpoint();
    const result = await ask('POST', `/endpoints/${id}/test`);
    expect(result.body).toMatchObject({ state: 'delivered', status: 200, answer: '{"received":true}', error: null });
    expect((await received())[0]).toMatchObject({ body: expect.stringContaining('"event_name":"test"') });
  });

  test.each(['json', 'xml'] as const)(
    'an endpoint for reports is tested by a report of nobody, in %s',
    async (format) => {
      const { id } = await anEndpoint({ type: 'reports', format });
      expect((await ask('POST', `/endpoints/${id}/test`)).body).toMatchObject({ state: 'delivered', status: 200 });
      const { headers, body } = (await received())[0]!;
      expect(headers['content-type']).toBe(`application/${format}; charset=utf-8`);
      if (format === 'xml')
        return expect(body).toContain(`<sms to="+33639980000" status="SENT" call_id="${'0'.repeat(24)}"`);
      const report = JSON.parse(body);
      expect(statusReportSchema.parse(report)).toEqual(report);
      expect(report.status_report.username).toBe((await ask('GET', `/spaces/${space}`)).body.username);
    },
  );

  test('a private address that only its name leads to is refused at the connection, and told', async () => {
    const { id } = await anEndpoint();
    await db.query(`update endpoints set url = 'http://localhost:9/' where id = $1`, [id]);
    await delivery.endpoints.refresh(asId<SpaceId>(space));
    const result = await ask('POST', `/endpoints/${id}/test`);
    expect(result.body).toMatchObject({ state: 'pending', status: null });
    expect(result.body.error).toContain('private');
    await ask('DELETE', `/endpoints/${id}`);
  });

  test('a disabled endpoint is not tested; its pushes wait until it is enabled', async () => {
    const { id } = await anEndpoint({ enabled: false });
    expect((await ask('POST', `/endpoints/${id}/test`)).body.code).toBe('endpoint.disabled');
    const delivered = await push(id, 'waits');
    expect((await ask('GET', `/deliveries/${delivered}`)).body).toMatchObject({ state: 'pending', tries_made: 0 });
    await ask('PATCH', `/endpoints/${id}`, { enabled: true });
    await untilEmpty(db, id);
    expect((await ask('GET', `/deliveries/${delivered}`)).body).toMatchObject({ state: 'delivered', tries_made: 1 });
  });

  test('while a secret is replaced, pushes carry both signatures', async () => {
    const { id, secret } = await anEndpoint();
    const rotated = await ask('POST', `/endpoints/${id}/secret`);
    expect(rotated.body.secret).not.toBe(secret);
    await push(id, 'rotation');
    await untilEmpty(db, id);
    const arrived = (await received()).find(({ body }) => body.includes('rotation'))!;
    expect(arrived.headers['webhook-signature']!.split(' ').length).toBe(2);
    await ask('POST', `/endpoints/${id}/secret`, { overlap_h: 0 });
    await push(id, 'rotated at once');
    await untilEmpty(db, id);
    const next = (await received()).find(({ body }) => body.includes('rotated at once'))!;
    expect(next.headers['webhook-signature']!.split(' ').length).toBe(1);
  });
});

describe('deliveries', () => {
  test('are found by endpoint, state, call, number and time, and counted', async () => {
    const { id } = await anEndpoint();
    const one = await push(id, 'one');
    const two = await push(id, 'two', { call: null, number: null });
    await untilEmpty(db, id);
    const found = async (query: string) =>
      ((await ask('GET', `/deliveries?endpoint_id=${id}&${query}`)).body.items as { id: number }[]).map((it) => it.id);
    expect(await found('')).toEqual([two, one]);
    expect(await found('state=delivered')).toEqual([two, one]);
    expect(await found('state=dead')).toEqual([]);
    expect(await found('state=pending')).toEqual([]);
    expect(await found('call_id=0123456789abcdef01234567')).toEqual([one]);
    expect(await found('number=48600100200')).toEqual([one]);
    expect(await found('number=%2B48600100200')).toEqual([one]);
    expect(await found('from=2100-01-01T00:00:00Z')).toEqual([]);
    expect(await found('to=2100-01-01T00:00:00Z&limit=1')).toEqual([two]);
    expect((await ask('GET', `/deliveries/summary?endpoint_id=${id}`)).body).toEqual({
      accepted: 2,
      delivered: 2,
      pending: 0,
      dead: 0,
    });
    const details = (await ask('GET', `/deliveries/${one}`)).body;
    expect(details).toMatchObject({ body: '{"key":"one"}', content_type: 'application/json' });
    expect(details.tries).toMatchObject([{ number: 1, status: 200, answer: '{"received":true}', error: null }]);
  });

  test('a replay sends the same bytes under the same id, and its tries go on being numbered', async () => {
    const { id } = await anEndpoint();
    const first = await push(id, 'again');
    await untilEmpty(db, id);
    expect((await ask('POST', `/deliveries/${first}/replay`)).body).toEqual({
      replayed: 1,
      more: false,
      next_cursor: null,
    });
    await untilEmpty(db, id);
    const both = (await received()).filter(({ body }) => body.includes('again'));
    expect(both.length).toBe(2);
    expect(both[0]!.headers['webhook-id']).toBe(both[1]!.headers['webhook-id']);
    expect((await ask('GET', `/deliveries/${first}`)).body.tries.map((it: { number: number }) => it.number)).toEqual([
      1, 2,
    ]);
    expect((await ask('GET', `/deliveries/summary?endpoint_id=${id}`)).body).toMatchObject({
      accepted: 1,
      delivered: 1,
    });
  });

  test('many are replayed by a filter; what is pending is not replayed', async () => {
    const { id } = await anEndpoint();
    for (let at = 0; at < 5; at++) await push(id, `filter ${at}`);
    await untilEmpty(db, id);
    await ask('PATCH', `/endpoints/${id}`, { enabled: false });
    const filter = { endpoint_id: id };
    expect((await ask('POST', '/deliveries/replay', { filter })).body).toEqual({
      replayed: 5,
      more: false,
      next_cursor: null,
    });
    expectRefusal(await ask('POST', '/deliveries/replay', { filter: {} }), 400, 'space_id');
    expect((await ask('POST', '/deliveries/replay', { space_id: space, filter })).body.replayed).toBe(0);
    const [{ id: pending }] = (await ask('GET', `/deliveries?endpoint_id=${id}&limit=1`)).body.items;
    expect((await ask('POST', `/deliveries/${pending}/replay`)).body.code).toBe('delivery.pending');
    expect((await ask('GET', `/deliveries/summary?endpoint_id=${id}`)).body).toEqual({
      accepted: 5,
      delivered: 0,
      pending: 5,
      dead: 0,
    });
  });

  test('asked again by several at once, it waits once, and the others are told so', async () => {
    const { id } = await anEndpoint();
    const one = await push(id, 'at once');
    await untilEmpty(db, id);
    await ask('PATCH', `/endpoints/${id}`, { enabled: false });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('POST', `/deliveries/${one}/replay`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'delivery.pending')).toHaveLength(7);
  });

  test('of more than are replayed at a time there is a rest also for who asks together with somebody else', async () => {
    const { id } = await anEndpoint({ enabled: false });
    const pushes = Array.from({ length: 10_001 }, (_, at) => aPushTo(id, `both ${at}`));
    await db.transaction((tx) => addToOutbox(tx, pushes));
    await db.query('delete from outbox where endpoint_id = $1', [id]); // As if all had been delivered.
    const replay = () => ask('POST', '/deliveries/replay', { filter: { endpoint_id: id, state: 'delivered' } });
    const both = await db.transaction(async (tx) => {
      await tx.query('select from outbox_lanes where endpoint_id = $1 for update', [id]);
      const asked = [replay(), replay()];
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await db.query(waiting)).rows.length, { timeout: 10_000 }).toBe(2);
      return asked;
    });
    const answers = await Promise.all(both);
    expect(new Set(answers.map(({ body }) => body.replayed))).toEqual(new Set([0, 10_000]));
    for (const { body } of answers) expect(body).toMatchObject({ more: true, next_cursor: expect.any(String) });
  });

  test('of more than are replayed at a time the rest is asked for with the cursor, each once', async () => {
    const { id } = await anEndpoint({ enabled: false });
    const many = 10_003;
    const [first] = await db.transaction((tx) =>
      addToOutbox(
        tx,
        Array.from({ length: many }, (_, at) => aPushTo(id, `many ${at}`)),
      ),
    );
    await db.query('delete from outbox where endpoint_id = $1', [id]); // As if all had been delivered.
    const filter = { endpoint_id: id, state: 'delivered' };
    const some = await ask('POST', '/deliveries/replay', { filter });
    expect(some.body).toEqual({ replayed: 10_000, more: true, next_cursor: expect.any(String) });
    await db.query('delete from outbox where endpoint_id = $1', [id]); // Delivered again.
    const rest = await ask('POST', '/deliveries/replay', { filter, cursor: some.body.next_cursor });
    expect(rest.body).toEqual({ replayed: 3, more: false, next_cursor: null });
    const waiting = (await ask('GET', `/deliveries?endpoint_id=${id}&state=pending`)).body.items as { id: number }[];
    expect(waiting.map((it) => it.id - first!)).toEqual([10_002, 10_001, 10_000]);
    expectRefusal(await ask('POST', '/deliveries/replay', { filter, cursor: 'x' }), 400, 'cursor');
  });

  test('another space sees none of them', async () => {
    const { id } = await anEndpoint();
    const one = await push(id, 'secret');
    const foreign = await rest.keyOf(await rest.aSpace(), 'admin');
    for (const [method, path] of [
      ['GET', `/deliveries/${one}`],
      ['POST', `/deliveries/${one}/replay`],
      ['GET', `/endpoints/${id}`],
      ['POST', `/endpoints/${id}/test`],
      ['GET', inbox.slice(inbox.indexOf('/inbox/'))],
    ] as const) {
      expect((await ask(method, path, method === 'POST' ? {} : undefined, foreign)).status, path).toBe(404);
    }
    expect((await ask('GET', '/deliveries', undefined, foreign)).body.items).toEqual([]);
    expect((await ask('GET', '/deliveries/summary', undefined, foreign)).body.accepted).toBe(0);
  });

  test('how long they are kept is set by space', async () => {
    expect((await ask('GET', `/deliveries/retention?space_id=${space}`)).body).toEqual({
      delivered_days: 30,
      undelivered_days: 90,
    });
    const retention = { delivered_days: 7, undelivered_days: 14 };
    await ask('PUT', '/deliveries/retention', { space_id: space, ...retention });
    expect((await ask('GET', `/deliveries/retention?space_id=${space}`)).body).toEqual(retention);
  });
});

describe('the built-in inbox', () => {
  test('is off until it is switched on, and takes any body from anybody then', async () => {
    const other = await rest.aSpace();
    expect((await ask('GET', `/inbox?space_id=${other}`)).body).toEqual({
      space_id: other,
      enabled: false,
      url: null,
    });
    const { url } = (await ask('PUT', '/inbox', { space_id: other, enabled: true })).body;
    const answer = await fetch(url, { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } });
    expect(answer.status).toBe(200);
    const path = url.slice(url.indexOf('/inbox/'));
    expect((await ask('GET', path)).body.items).toMatchObject([
      { body: '<a/>', headers: { 'content-type': 'text/xml' } },
    ]);
    await ask('PUT', '/inbox', { space_id: other, enabled: false });
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  test('keeps the last thousand requests', async () => {
    const other = await rest.aSpace();
    const { url } = (await ask('PUT', '/inbox', { space_id: other, enabled: true })).body;
    await db.query(
      `insert into inbox_requests (space_id, headers, body) select $1, '{}', n::text from generate_series(1, 1100) n`,
      [other],
    );
    await fetch(url, { method: 'POST', body: 'last' });
    const { rows } = await db.query('select body from inbox_requests where space_id = $1 order by id', [other]);
    expect(rows.length).toBe(1_000);
    expect(rows.at(-1)).toEqual({ body: 'last' });
  });
});
