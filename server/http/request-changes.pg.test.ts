// A campaign's requests are changed and removed by REST, while nobody works on them.
import { beforeAll, expect, test } from 'vitest';
import { asId, instant, type UserId } from '../domain/ids.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, centre } = rest;
let space: number;
let supervisor: Record<string, string>;
let ana: number;
let project: number;
let campaigns = 0;

beforeAll(async () => {
  space = await rest.aSpace();
  supervisor = await rest.keyOf(space, 'supervisor');
  const user = { username: 'ana', password: 'x', firstname: 'Ana', surname: 'Nowak', role: 'agent' };
  ana = (await ask('POST', '/users', { space_id: space, ...user })).body.id;
  const seat = { state: 'available', pause: null, phone: 'free', call: null, since: instant(0) } as const;
  centre.seat({ user: asId<UserId>(ana), ...seat });
  project = (await ask('POST', '/projects', { space_id: space, name: 'Insurance' })).body.id;
  const trunk = { space_id: space, name: 'Carrier', type: 'sip', host: '192.0.2.1', outbound: true };
  await ask('POST', '/trunks', trunk);
});

const zofia = { contact_number: '06 12 34 56 01', name: 'Zofia', custom: { policy: 7 }, priority: 300 };

/** Its path, and the campaign's. */
async function aRequest(given: object = zofia, differing: object = {}) {
  const { id } = (
    await ask('POST', '/campaigns', {
      ...{ space_id: space, name: `Campaign ${++campaigns}`, project_id: project, dialing_method: 'PREVIEW' },
      ...{ user_ids: [ana], state: 'running', ...differing },
    })
  ).body;
  const campaign = `/campaigns/${id}`;
  const made = await ask('POST', `${campaign}/requests`, given);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return { campaign, path: `${campaign}/requests/${made.body.id}`, made: made.body };
}

const next = (campaign: string) => ask('POST', `${campaign}/next`, { user_id: ana });

test('PATCH changes what it names, PUT replaces all; both are in the audit', async () => {
  const { path, made } = await aRequest();
  const changed = await ask('PATCH', path, { name: 'Zofia Wójcik', process_day: 'MON,TUE' }, supervisor);
  expect(changed).toMatchObject({ status: 200, body: { ...zofia, name: 'Zofia Wójcik', process_day: 'MON,TUE' } });
  expect((await ask('GET', path)).body).toEqual(changed.body);

  const replaced = await ask('PUT', path, { contact_number: '+33 6 12 34 56 02' }, supervisor);
  const { contact_number: _number, ...bare } = (await aRequest({ contact_number: '0612345601' })).made;
  const own = { id: made.id, campaign_id: made.campaign_id, created_at: made.created_at };
  const moments = { process_not_before: made.created_at, due_at: made.created_at };
  expect(replaced.body).toEqual({ ...bare, ...own, ...moments, contact_number: '+33 6 12 34 56 02' });

  const { items } = (await ask('GET', `/audit?space_id=${space}`)).body;
  const [replace, change] = items.filter((one: { resource_id: string }) => one.resource_id === made.id);
  expect(replace).toMatchObject({ action: 'replace', resource: 'requests' });
  expect(change).toMatchObject({ action: 'change', changes: { name: 'Zofia Wójcik', process_day: 'MON,TUE' } });
});

test('the changed number is the one that is dialled', async () => {
  const { campaign, path } = await aRequest();
  await ask('PATCH', path, { contact_number: '06.12.34.56.09' });
  await next(campaign);
  expect((await ask('POST', `${path}/call`, { user_id: ana })).status).toBe(201);
  expect(centre.asked.at(-1)!.request).toMatchObject({
    campaign: { dial: { number: '33612345609' }, request: { contactNumber: '06.12.34.56.09' } },
  });
});

test.each([
  ['contact_number', { contact_number: 'Ana' }],
  ['assigned_user_id', { assigned_user_id: 999_999 }],
  [
    'process_to_date',
    { process_date: 'RANGE', process_from_date: '2026-02-02 00:00:00', process_to_date: '2026-02-01 00:00:00' },
  ],
  ['process_time', { process_from_time: 5 }],
  ['state', { state: 'closed' }],
  ['priority', { priority: null }],
])('a change of its %s is refused, and nothing of it is kept', async (field, change) => {
  const { path, made } = await aRequest();
  expectRefusal(await ask('PATCH', path, { name: 'Other', ...change }), 400, field);
  expect((await ask('GET', path)).body).toEqual(made);
});

test('a number on a do-not-call list is not changed to; one that was listed meanwhile keeps no other field from it', async () => {
  const { path } = await aRequest();
  for (const number of ['0612345601', '0677777777']) await ask('POST', '/dnc', { space_id: space, number });
  expectRefusal(await ask('PATCH', path, { contact_number: '06 77 77 77 77' }), 409, 'contact_number');
  expect((await ask('PATCH', path, { name: 'Other' })).body).toMatchObject({ name: 'Other' });
  for (const { id } of (await ask('GET', `/dnc?space_id=${space}`)).body.items) await ask('DELETE', `/dnc/${id}`);
});

test('while a consultant has it, it cannot be changed or removed under him; closed, it can only be removed', async () => {
  const { campaign, path } = await aRequest();
  const refusedBoth = async (state: string) => {
    for (const [method, body] of [
      ['PATCH', { name: 'Other' }],
      ['PUT', { contact_number: '0612345602' }],
      ['DELETE', undefined],
    ] as const) {
      if (state === 'closed' && method === 'DELETE') continue;
      const refused = await ask(method, path, body);
      expect(refused, method).toMatchObject({ status: 409, body: { code: 'campaign.request_not_waiting' } });
      expect(refused.body.detail).toContain(state);
    }
    expect((await ask('GET', path)).body).toMatchObject({ ...zofia, state });
  };
  await next(campaign);
  await refusedBoth('reserved');
  await ask('POST', `${path}/call`, { user_id: ana });
  await refusedBoth('calling');
  const { db } = rest.options;
  const id = path.split('/').at(-1);
  await db.query("update campaign_requests set state = 'wrap_up', limit_at = now() + '1 day' where id = $1", [id]);
  await refusedBoth('wrap_up');
  expect((await ask('POST', `${path}/close`, { result: 'done' })).status).toBe(200);
  await refusedBoth('closed');
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await ask('GET', path)).status).toBe(404);
});

test('a request that is removed is not given to anybody', async () => {
  const { campaign, path } = await aRequest();
  expect((await ask('DELETE', path, undefined, supervisor)).status).toBe(204);
  expect((await ask('DELETE', path)).status).toBe(404);
  expect((await next(campaign)).body.code).toBe('campaign.no_callable_contact');
});

test('a schedule that is opened makes it callable at once; until then, what is in its way is named', async () => {
  // The test's clock stands on a Monday.
  const { campaign, path } = await aRequest({ ...zofia, process_day: 'FRI' });
  expect((await next(campaign)).body.code).toBe('campaign.no_callable_contact');
  expect((await ask('GET', `${path}/why`)).body).toMatchObject({ why: 'days', until: '2026-01-08T23:00:00.000Z' });
  await ask('PATCH', path, { process_day: null });
  expect((await next(campaign)).body).toMatchObject({ state: 'reserved', name: 'Zofia' });
});

test('a rest after an attempt is not cut short by a change', async () => {
  const { campaign, path } = await aRequest();
  await next(campaign);
  expect((await ask('POST', `${path}/close`, { result: 'retry' })).body.state).toBe('waiting');
  const before = (await ask('GET', `${path}/why`)).body;
  expect(before).toMatchObject({ callable: false, why: 'resting' });
  expect((await ask('PATCH', path, { priority: 1_000 })).status).toBe(200);
  expect((await ask('GET', `${path}/why`)).body).toEqual(before);
  expect((await next(campaign)).body.code).toBe('campaign.no_callable_contact');
});

test('agents and other spaces change nothing', async () => {
  const { path } = await aRequest();
  const { headers } = await ask('POST', '/sessions', { username: 'ana', password: 'x' }, {});
  const agent = { 'cookie': String(headers['set-cookie']).split(';')[0]!, 'sec-fetch-site': 'same-origin' };
  const stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  for (const [method, body] of [
    ['PATCH', { name: 'x' }],
    ['PUT', { contact_number: '0612345601' }],
    ['DELETE', undefined],
  ] as const) {
    expect((await ask(method, path, body, agent)).status).toBe(403);
    expect((await ask(method, path, body, stranger)).status).toBe(404);
  }
});
