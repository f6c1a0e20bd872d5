// A client reads a thing, edits it and puts it back, as it does with any REST.
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;

let space: number;
let headers: Record<string, string>;
let project: number;
let queue: number;

beforeAll(async () => {
  space = await rest.aSpace();
  headers = await rest.keyOf(space, 'admin');
  project = await created('/projects', { name: 'Insurance' });
  queue = await created('/queues', { name: 'Support' });
});

const put = (path: string, body: unknown) => ask('PUT', path, body, headers);
const read = async (path: string) => (await ask('GET', path, undefined, headers)).body;

async function created(path: string, body: object): Promise<number> {
  const answer = await ask('POST', path, body, headers);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

async function aRequest(): Promise<string> {
  const campaign = { name: 'Renewals', project_id: project, dialing_method: 'PREVIEW', user_ids: [] };
  const path = `/campaigns/${await created('/campaigns', campaign)}/requests`;
  return `${path}/${await created(path, { contact_number: '0612345601', name: 'Zofia', custom: { policy: 7 } })}`;
}

const menu = { name: 'Menu', entry_context: 'main', contexts: [{ id: 'main', options: [] }] };
const person = { firstname: 'Ana', surname: 'Nowak', role: 'agent', password: 'x' };
const carrier = { type: 'smpp', name: 'Carrier', settings: { host: 'smsc.example', system_id: 'a', password: 'b' } };

/** What creates it; its own path, where that is not by its id. */
const things: [what: string, path: string, body: () => object, own?: string][] = [
  ['a user', '/users', () => ({ ...person, username: 'ana' })],
  ['a group', '/groups', () => ({ name: 'Sales' })],
  ['a project', '/projects', () => ({ name: 'Surveys', presentation_number: '33140000000' })],
  ['a queue', '/queues', () => ({ name: 'Sales', max_wait_s: 60 })],
  ['a SIP trunk', '/trunks', () => ({ type: 'sip', name: 'Nord', host: '192.0.2.1', password: 'x' })],
  ['a sandbox trunk', '/trunks', () => ({ type: 'sandbox', name: 'Trial' })],
  ['a phone', '/extensions', () => ({ type: 'phone', number: '301' })],
  ['the extension of a queue', '/extensions', () => ({ type: 'queue', number: '302', queue_id: queue })],
  ['an endpoint', '/endpoints', () => ({ type: 'dialogs', url: 'https://crm.example/hook' })],
  ['a channel', '/channels', () => carrier],
  ['an IVR', '/ivrs', () => menu],
  [
    'a campaign',
    '/campaigns',
    () => ({ name: 'Spring', project_id: project, dialing_method: 'PREVIEW', user_ids: [] }),
  ],
  ['a broadcast', '/broadcasts', () => ({ media: 'sms', name: 'News', text: 'Hello' })],
  ['a VIP', '/vips', () => ({ number: '33612345601', vip_rate: 3 }), '/vips/33612345601'],
  ['an opt-out', '/optouts', () => ({ number: '0612345601' }), '/optouts/33612345601'],
];

describe.each(things)('%s', (_what, path, body, own) => {
  test('is put back as it was read, without what nobody knows', async () => {
    const id = await created(path, body());
    await expectPutBack(own ?? `${path}/${id}`);
  });
});

test.each([
  ['a space', () => `/spaces/${space}`],
  ['a pause', () => '/pauses/user3'],
  ['retention', () => '/deliveries/retention'],
  ['a request of a campaign', aRequest],
])('%s as well', async (_what, pathOf) => await expectPutBack(await pathOf()));

async function expectPutBack(path: string): Promise<void> {
  const shown = await read(path);
  const answer = await put(path, shown);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(await read(path)).toMatchObject({ ...shown, ...('version' in shown && { version: expect.any(Number) }) });
  expectRefusal(await put(path, { ...shown, colour: 'red' }), 400, 'colour');
}

test('what is another one is refused by its path, and nothing of the rest is kept', async () => {
  const path = `/extensions/${await created('/extensions', { type: 'phone', number: '303' })}`;
  const phone = await read(path);
  for (const [field, value] of [
    ['id', phone.id + 1],
    ['space_id', space + 1],
    ['username', 'somebody'],
    ['username', null],
  ] as const) {
    expectRefusal(await put(path, { ...phone, number: '304', [field]: value }), 400, field);
  }
  expect(await read(path)).toEqual(phone);
  expect((await put(path, { ...phone, number: '304' })).body).toEqual({ ...phone, number: '304' });
});

test('what was read before somebody else has changed the IVR is refused: its version is another one', async () => {
  const path = `/ivrs/${await created('/ivrs', { ...menu, name: 'Lines' })}`;
  const before = await read(path);
  await put(path, { ...menu, name: 'Other' });
  expectRefusal(await put(path, before), 400, 'version');
});

test('the draft of an IVR stays one', async () => {
  const path = `/ivrs/${await created('/ivrs', { ...menu, name: 'Draft', draft: true })}`;
  const draft = await read(path);
  expect((await put(path, { ...draft, name: 'Better draft' })).body).toEqual({ ...draft, name: 'Better draft' });
  expect((await put(path, { ...menu, name: 'Best' })).body).toMatchObject({ state: 'published', version: 1 });
});

test('what others may not read is not shown by what is refused', async () => {
  const path = `/groups/${await created('/groups', { name: 'Ours' })}`;
  const ours = await read(path);
  const stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  for (const body of [ours, { ...ours, space_id: space + 1 }]) {
    expect((await ask('PUT', path, body, stranger)).status).toBe(404);
  }
});
