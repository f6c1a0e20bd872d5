// Campaigns as their users meet them: administered, filled, worked off; on a real PostgreSQL, without real calls.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { asId, asKey, type CallId, instant, type UserId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, centre } = rest;

interface Person {
  id: number;
  headers: Record<string, string>;
}
let space: number;
let stranger: Record<string, string>;
let supervisor: Record<string, string>;
let ana: Person;
let bob: Person;
let project: number;
let trunk: number;
let campaigns = 0;

async function agent(username: string): Promise<Person> {
  const person = { username, password: 'x', firstname: username, surname: 'Nowak', role: 'agent' };
  const { id } = (await ask('POST', '/users', { space_id: space, ...person })).body;
  const { headers } = await ask('POST', '/sessions', { username, password: 'x' }, {});
  centre.seat({
    user: asId<UserId>(id),
    state: 'available',
    pause: null,
    phone: 'free',
    call: null,
    since: instant(0),
  });
  return { id, headers: { 'cookie': String(headers['set-cookie']).split(';')[0]!, 'sec-fetch-site': 'same-origin' } };
}

beforeAll(async () => {
  space = await rest.aSpace();
  stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  supervisor = await rest.keyOf(space, 'supervisor');
  ana = await agent('ana');
  bob = await agent('bob');
  project = (await ask('POST', '/projects', { space_id: space, name: 'Insurance' })).body.id;
  const carrier = { space_id: space, name: 'Carrier', type: 'sip', host: '192.0.2.1', outbound: true };
  trunk = (await ask('POST', '/trunks', carrier)).body.id;
});

async function campaign(differing: object = {}): Promise<string> {
  const body = {
    ...{ space_id: space, name: `Campaign ${++campaigns}`, project_id: project, dialing_method: 'PREVIEW' },
    ...{ user_ids: [ana.id, bob.id], state: 'running' },
    ...differing,
  };
  const made = await ask('POST', '/campaigns', body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

async function filled(numbers: (string | object)[], differing: object = {}): Promise<string> {
  const id = await campaign(differing);
  const body = numbers.map((one) => (typeof one === 'string' ? { contact_number: one } : one));
  expect((await ask('POST', `/campaigns/${id}/requests`, body)).body).toMatchObject({ accepted: numbers.length });
  return id;
}

const next = (id: string, who = ana) => ask('POST', `/campaigns/${id}/next`, { user_id: who.id }, who.headers);
const call = (id: string, request: string, who = ana) =>
  ask('POST', `/campaigns/${id}/requests/${request}/call`, { user_id: who.id }, who.headers);
const close = (id: string, request: string, body: object, who = ana) =>
  ask('POST', `/campaigns/${id}/requests/${request}/close`, body, who.headers);
const why = async (id: string, request: string) =>
  (await ask('GET', `/campaigns/${id}/requests/${request}/why`)).body as { callable: boolean; why: string | null };

async function upload(id: string, body: Buffer | string, type = 'text/csv') {
  const answer = await rest.app.inject({
    ...{ method: 'POST', url: `/api/v1/campaigns/${id}/requests`, payload: body },
    headers: { ...supervisor, 'content-type': type },
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

describe('a campaign', () => {
  test('has defaults, is changed, and belongs to its space', async () => {
    const id = await campaign({ state: 'draft' });
    const shown = (await ask('GET', `/campaigns/${id}`)).body;
    expect(shown).toMatchObject({
      ...{ id, space_id: space, priority: 200, ring_timeout_s: 30, recording: 'off', trunk_id: null, hours: null },
      ...{ state: 'draft', retry: { busy: { delay_s: 600, max: 5 }, max_contact_tries: 5 } },
    });
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect((await ask('PATCH', `/campaigns/${id}`, { state: 'running' }, supervisor)).body.state).toBe('running');
    expect((await ask('PATCH', `/campaigns/${id}`, { name: 'x' }, supervisor)).status).toBe(403);
    expect((await ask('PATCH', `/campaigns/${id}`, { state: 'draft' })).status).toBe(409);
    expect((await ask('DELETE', `/campaigns/${id}`)).status).toBe(409);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      expect((await ask(method, `/campaigns/${id}`, method === 'PATCH' ? {} : undefined, stranger)).status).toBe(404);
    }
    expect((await ask('PATCH', `/campaigns/${id}`, { state: 'done' })).status).toBe(200);
    expect((await ask('DELETE', `/campaigns/${id}`)).status).toBe(204);
  });

  test.each([
    ['project_id', { project_id: 999_999 }],
    ['user_ids', { user_ids: [999_999] }],
    ['trunk_id', { trunk_id: 999_999 }],
    ['dialing_method', { dialing_method: 'PREDICTIVE' }],
    ['retry.busy.delay_s', { retry: { busy: { delay_s: -1 } } }],
    ['hours.windows.0.to', { hours: { windows: [{ days: [1], from: '20:00', to: '08:00' }] } }],
    ['colour', { colour: 'red' }],
  ])('is refused for its %s', async (path, differing) => {
    const body = {
      ...{ space_id: space, name: `Refused ${path}`, project_id: project, dialing_method: 'PREVIEW', user_ids: [] },
      ...differing,
    };
    expectRefusal(await ask('POST', '/campaigns', body), 400, path);
  });

  test('is seen by its own agents only', async () => {
    const id = await campaign({ user_ids: [ana.id] });
    expect((await ask('GET', `/campaigns/${id}`, undefined, ana.headers)).status).toBe(200);
    expect((await ask('GET', `/campaigns/${id}`, undefined, bob.headers)).status).toBe(404);
    const { items } = (await ask('GET', '/campaigns', undefined, bob.headers)).body;
    expect(items.map((one: { id: string }) => one.id)).not.toContain(id);
    expect((await ask('POST', '/campaigns', {}, ana.headers)).status).toBe(403);
  });
});

describe('a request', () => {
  test('is created alone, and shown as it was given', async () => {
    const id = await campaign();
    const given = { contact_number: '06 12 34 56 01', name: 'Zofia "Zo" Wójcik', custom: { a: [1, 'b\tc\\'] } };
    const made = await ask('POST', `/campaigns/${id}/requests`, given, supervisor);
    expect(made).toMatchObject({ status: 201, body: { ...given, priority: 200, state: 'waiting', contact_try: 1 } });
    expect((await ask('GET', `/campaigns/${id}/requests/${made.body.id}`)).body).toEqual(made.body);
    expect(await why(id, made.body.id)).toEqual({ callable: true, why: null, until: null });
  });

  test.each([
    ['contact_number', { contact_number: 'Ana' }],
    ['contact_number', { contact_number: '12' }],
    ['contact_number', {}],
    ['process_from_date', { contact_number: '0612345601', process_date: 'RANGE' }],
    ['process_from_date', { contact_number: '0612345601', process_from_date: '2026-02-30 00:00:00' }],
    ['process_to_time', { contact_number: '0612345601', process_time: 'RANGE', process_from_time: 5 }],
    ['assigned_user_id', { contact_number: '0612345601', assigned_user_id: 999_999 }],
    ['shoe_size', { contact_number: '0612345601', shoe_size: 43 }],
  ])('is refused for its %s', async (path, given) => {
    expectRefusal(await ask('POST', `/campaigns/${await campaign()}/requests`, given), 400, path);
  });
});

describe('the next request', () => {
  test('goes to one consultant only, whoever asks at the same moment; he who asks again gets the same', async () => {
    const id = await filled(Array.from({ length: 20 }, (_, n) => `061234560${n % 10}`));
    const answers = await Promise.all([ana, bob, ana, bob, ana].map((who) => next(id, who)));
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200, 200, 200]);
    const [anas, bobs] = [0, 1].map((who) => new Set(answers.filter((_, at) => at % 2 === who).map((a) => a.body.id)));
    expect([anas!.size, bobs!.size]).toEqual([1, 1]);
    expect([...anas!]).not.toEqual([...bobs!]);
    expect(answers[0]!.body).toMatchObject({ state: 'reserved', user_id: ana.id, user_reservation_try: 1 });
  });

  test('is his call-back, then anyone’s, then by priority, then the oldest', async () => {
    const id = await filled([
      { contact_number: '0612345601', name: 'oldest' },
      { contact_number: '0612345602', name: 'first', priority: 300 },
      { contact_number: '0612345603', name: 'bob’s', assigned_user_id: bob.id, priority: 900 },
      { contact_number: '0612345604', name: 'anyone’s call-back', priority: 1 },
      { contact_number: '0612345605', name: 'own call-back', priority: 1 },
    ]);
    const { items } = (await ask('GET', `/campaigns/${id}/requests`)).body;
    const named = (name: string) => items.find((one: { name: string }) => one.name === name).id;
    const callbackAt = new Date(rest.clock.now() + 1_000).toISOString();
    const promise = { result: 'callback', callback_at: callbackAt };
    for (const [name, body] of [
      ['anyone’s call-back', promise],
      ['own call-back', { ...promise, callback_user_id: ana.id }],
    ] as const) {
      await rest.options.db.query(
        "update campaign_requests set state = 'reserved', user_id = $2, limit_at = now() + '1 day' where id = $1",
        [named(name), ana.id],
      );
      expect((await close(id, named(name), body)).body).toMatchObject({ state: 'waiting', callback_at: callbackAt });
    }
    expect(await why(id, named('own call-back'))).toEqual({ callable: false, why: 'callback', until: callbackAt });
    await rest.clock.advance(1_000);
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const { body } = await next(id);
      order.push(body.name);
      await close(id, body.id, { result: 'done' });
    }
    expect(order).toEqual(['own call-back', 'anyone’s call-back', 'first', 'oldest']);
    expect(await next(id)).toMatchObject({ status: 409, body: { code: 'campaign.no_callable_contact' } });
    expect((await next(id, bob)).body.name).toBe('bob’s');
  });

  test('goes back when it is not used in time', async () => {
    const id = await filled(['0612345601'], { reservation_s: 60 });
    const taken = (await next(id)).body;
    expect((await next(id, bob)).body.code).toBe('campaign.no_callable_contact');
    await rest.clock.advance(60_000);
    expect((await call(id, taken.id)).body.code).toBe('campaign.not_reserved');
    expect((await next(id, bob)).body).toMatchObject({ id: taken.id, user_reservation_try: 2 });
  });

  test('is not given by a paused campaign, to a stranger, or to a colleague’s name', async () => {
    const id = await filled(['0612345601'], { user_ids: [ana.id] });
    expect((await ask('POST', `/campaigns/${id}/next`, { user_id: bob.id }, ana.headers)).status).toBe(403);
    expect((await ask('POST', `/campaigns/${id}/next`, { user_id: bob.id })).body.code).toBe('campaign.not_consultant');
    expect((await ask('POST', `/campaigns/${id}/next`, { user_id: ana.id }, stranger)).status).toBe(404);
    await ask('PATCH', `/campaigns/${id}`, { state: 'paused' });
    expect((await next(id)).body.code).toBe('campaign.not_running');
  });

  test('out of hours there is none, and it is known when there will be', async () => {
    // The test's clock stands on a Monday, 10:00 in Paris.
    const hours = { windows: [{ days: [2], from: '09:00', to: '12:00' }] };
    const id = await filled(['0612345601'], { hours });
    const refused = await next(id);
    expect(refused.body.detail).toContain('2026-01-06T08:00:00.000Z');
  });

  test('whose last date is past is closed as expired', async () => {
    const schedule = { process_date: 'RANGE', process_to_date: '2026-01-04 20:00:00' };
    const id = await filled([{ contact_number: '0612345601', ...schedule }]);
    expect((await next(id)).status).toBe(409);
    expect((await ask('GET', `/campaigns/${id}/requests?state=closed`)).body.items).toMatchObject([
      { result: 'expired' },
    ]);
  });
});

describe('the call of a request', () => {
  async function reserved(differing: object = {}) {
    const id = await filled(['0612345601'], differing);
    return { id, request: (await next(id)).body.id as string };
  }
  const made = () => centre.asked.filter(({ request }) => request.ask === 'callContact').length;

  test('is asked of the floor once, whoever clicks twice', async () => {
    const { id, request } = await reserved();
    const before = made();
    const both = await Promise.all([call(id, request), call(id, request)]);
    expect(new Set(both.map((one) => one.status))).toEqual(new Set([201, 409]));
    expect(both.find((one) => one.status === 409)!.body.code).toBe('campaign.in_call');
    expect(made()).toBe(before + 1);
    const placed = both.find((one) => one.status === 201)!.body;
    expect(placed).toEqual({
      call_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      consultant_dialog_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(centre.asked.at(-1)!.request).toMatchObject({
      ...{ ask: 'callContact', user: ana.id, call: placed.call_id },
      campaign: {
        dial: { trunk, number: '33612345601', ringForMs: 30_000, recorded: false },
        request: {
          contactNumber: '0612345601',
          consultantTry: 1,
          contactTry: 1,
          reservationTry: 1,
          processDate: 'ANY',
        },
      },
    });
  });

  test('is not made for another consultant, a consultant logged out, or a paused campaign', async () => {
    const { id, request } = await reserved();
    const before = made();
    expect((await call(id, request, bob)).body.code).toBe('campaign.not_reserved');
    const view = centre.agent(asId(space), asId<UserId>(ana.id))!;
    centre.seat({ ...view, state: 'logged_out' });
    expect((await call(id, request)).body.code).toBe('agent.logged_out');
    centre.seat(view);
    await ask('PATCH', `/campaigns/${id}`, { state: 'paused' });
    expect((await call(id, request)).body.code).toBe('campaign.not_running');
    expect(made()).toBe(before);
    expect((await ask('GET', `/campaigns/${id}/requests/${request}`)).body.state).toBe('reserved');
  });

  test('refused by the floor leaves the request reserved', async () => {
    const { id, request } = await reserved();
    centre.refusal = new AppError('agent.busy', 'He is in a call.');
    expect((await call(id, request)).body.code).toBe('agent.busy');
    expect((await ask('GET', `/campaigns/${id}/requests/${request}`)).body).toMatchObject({
      ...{ state: 'reserved', call_id: null, user_id: ana.id },
    });
    expect((await call(id, request)).status).toBe(201);
  });

  test('of which nobody knows whether it was made is not made again', async () => {
    const { id, request } = await reserved();
    centre.refusal = new Error('bug');
    expect((await call(id, request)).status).toBe(500);
    expect((await call(id, request)).body.code).toBe('campaign.in_call');
  });

  test('is refused out of hours and for a number listed meanwhile', async () => {
    const { id, request } = await reserved({ reservation_s: 86_400 });
    const hours = { windows: [{ days: [2], from: '09:00', to: '12:00' }] };
    await ask('PATCH', `/campaigns/${id}`, { hours });
    expect(await call(id, request)).toMatchObject({ status: 409, body: { code: 'campaign.not_now' } });
    await ask('PATCH', `/campaigns/${id}`, { hours: null });
    const entry = await ask(
      'POST',
      '/dnc',
      { number: '+33 6 12 34 56 01', campaign_id: id, reason: 'asked' },
      supervisor,
    );
    expect(entry).toMatchObject({ status: 201, body: { number: '33612345601', campaign_id: id } });
    expect((await call(id, request)).body.code).toBe('campaign.do_not_call');
    expect((await ask('GET', `/campaigns/${id}/requests/${request}`)).body.result).toBe('do_not_call');
    expect(await why(id, request)).toMatchObject({ why: 'closed' });
  });
});

describe('a result', () => {
  test.each([
    ['callback_at', { result: 'callback' }],
    ['callback_at', { result: 'done', callback_at: '2026-01-06T08:00:00Z' }],
    ['callback_user_id', { result: 'done', callback_user_id: 1 }],
    ['result', { result: 'Fine!' }],
  ])('is refused for its %s', async (path, body) => {
    const id = await filled(['0612345601']);
    expectRefusal(await close(id, (await next(id)).body.id, body), 400, path);
  });

  test('is a word of their own, given once, by him who has the request', async () => {
    const id = await filled(['0612345601']);
    const { id: request } = (await next(id)).body;
    expect((await close(id, request, { result: 'sold' }, bob)).status).toBe(403);
    expect((await close(id, request, { result: 'sold' })).body).toMatchObject({ state: 'closed', result: 'sold' });
    expect((await close(id, request, { result: 'sold' })).body.code).toBe('campaign.no_result_due');
  });
});

describe('a do-not-call list', () => {
  test('is unique, searched by number in any form, and emptied', async () => {
    const entry = await ask('POST', '/dnc', { number: '0699999901' }, supervisor);
    expect(entry.body).toMatchObject({ number: '33699999901', campaign_id: null });
    expectRefusal(await ask('POST', '/dnc', { number: '+33699999901' }, supervisor), 409, 'number');
    expectRefusal(await ask('POST', '/dnc', { number: 'x' }, supervisor), 400, 'number');
    expect((await ask('GET', '/dnc?number=06.99.99.99.01', undefined, supervisor)).body.items).toHaveLength(1);
    expect((await ask('GET', `/dnc/${entry.body.id}`, undefined, stranger)).status).toBe(404);
    const id = await campaign();
    const single = await ask('POST', `/campaigns/${id}/requests`, { contact_number: '0699999901' });
    expect(single).toMatchObject({ status: 409, body: { code: 'campaign.do_not_call' } });
    expect((await ask('DELETE', `/dnc/${entry.body.id}`, undefined, supervisor)).status).toBe(204);
    expect((await ask('POST', `/campaigns/${id}/requests`, { contact_number: '0699999901' })).status).toBe(201);
  });
});

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
    const answer = await upload(id, csv);
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

  test('takes lines of JSON', async () => {
    const id = await campaign();
    const lines = ['{"contact_number":"0612345601","custom":{"a":1}}', '', 'nonsense', '{"contact_number":"1"}'];
    const answer = await upload(id, `${lines.join('\n')}\n`, 'application/x-ndjson');
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
    const answer = await upload(id, body);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.detail).toContain(message);
    expect((await ask('GET', `/campaigns/${id}/requests`)).body.items).toEqual([]);
  });

  test('says that it speaks UTF-8 only', async () => {
    const answer = await upload(await campaign(), 'contact_number\n', 'text/csv; charset=windows-1250');
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.wrong_media_type' } });
  });

  test('of another kind is told which ones there are', async () => {
    const answer = await upload(await campaign(), '<contact_number/>', 'application/xml');
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.wrong_media_type' } });
    expect(answer.body.detail).toContain('text/csv');
  });

  test('whose connection breaks in the middle keeps nothing', async () => {
    const id = await campaign();
    const { port } = rest.app.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/campaigns/${id}/requests`;
    const headers = { ...supervisor, 'content-type': 'text/csv', 'content-length': '1000000' };
    const sending = httpRequest(url, { method: 'POST', headers });
    const broken = once(sending, 'error');
    sending.write('contact_number\n');
    for (let row = 0; row < 5_000; row++) sending.write(`+33612${String(row).padStart(6, '0')}\n`);
    const copying = async () => {
      const sql = "select from pg_stat_activity where query like 'copy campaign_requests%' and state <> 'idle'";
      return (await rest.options.db.query(sql)).rowCount;
    };
    await expect.poll(copying).toBe(1);
    sending.destroy(new Error('unplugged'));
    await broken;
    await expect.poll(copying).toBe(0);
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

test('the id of a call is the one that was chosen before', async () => {
  const id = await filled(['0612345601']);
  const { id: request } = (await next(id)).body;
  const { call_id } = (await call(id, request)).body;
  const shown = (await ask('GET', `/campaigns/${id}/requests/${request}`)).body;
  expect(shown).toMatchObject({ state: 'calling', call_id: asKey<CallId>(call_id) });
});
