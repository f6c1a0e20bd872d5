// What is administered: the same promises for every resource.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;

let space: number;
let otherSpace: number;
let admin: Record<string, string>;
let user: number;
let queue: number;
let trunk: number;
let foreignUser: number;
let foreignQueue: number;
let foreignGroup: number;
let foreignTrunk: number;

let names = 0;
const aUser = () => ({
  username: `user-${++names}`,
  password: 'secret',
  firstname: 'Ana',
  surname: 'Nowak',
  role: 'agent',
});
const created = async (path: string, body: object): Promise<number> => {
  const answer = await ask('POST', path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
};

beforeAll(async () => {
  space = await rest.aSpace();
  otherSpace = await rest.aSpace();
  admin = await rest.keyOf(space, 'admin');
  user = await created('/users', { space_id: space, ...aUser() });
  queue = await created('/queues', { space_id: space, name: 'Target' });
  trunk = await created('/trunks', { space_id: space, name: 'Target', type: 'sandbox' });
  foreignUser = await created('/users', { space_id: otherSpace, ...aUser() });
  foreignQueue = await created('/queues', { space_id: otherSpace, name: 'Theirs' });
  foreignGroup = await created('/groups', { space_id: otherSpace, name: 'Theirs' });
  foreignTrunk = await created('/trunks', { space_id: otherSpace, name: 'Theirs', type: 'sandbox' });
});

interface Sample {
  path: string;
  /** A body that can be created any number of times. */
  body(): Record<string, unknown>;
  /** What it then shows beside what was given. */
  defaults: Record<string, unknown>;
  change: Record<string, unknown>;
  /** Field and a value that is refused with 400 naming the path (the field's own name, unless said). */
  wrong: [field: string, value: unknown, path?: string][];
  /** Field that must not be the same twice. */
  unique: string[];
}

const samples: Sample[] = [
  {
    path: '/groups',
    body: () => ({ name: `Support ${++names}` }),
    defaults: {},
    change: { name: 'Sales' },
    wrong: [
      ['name', 7],
      ['name', ''],
      ['name', 'two\nlines'],
      ['name', 'half a \ud83d'],
      ['name', 'a bell \u0007'],
      ['name', '  '],
    ],
    unique: ['name'],
  },
  {
    path: '/projects',
    body: () => ({ name: `Project ${++names}` }),
    defaults: { presentation_number: null },
    change: { presentation_number: '33140000000' },
    wrong: [['presentation_number', 'anonymous']],
    unique: [],
  },
  {
    path: '/users',
    body: () => ({ username: `paweł-${++names}`, password: 'x', firstname: 'Paweł', surname: 'Ż', role: 'supervisor' }),
    defaults: { display_name: 'Paweł Ż', groups: [], outbound_number: null, language: null, disabled: false },
    change: { firstname: 'Piotr', outbound_number: '48221234567' },
    wrong: [
      ['role', 'boss'],
      ['username', 'with blank'],
      ['outbound_number', 33],
      ['language', 'français'],
    ],
    unique: ['username'],
  },
  {
    path: '/trunks',
    body: () => ({ name: `Carrier ${++names}`, type: 'sip', host: 'sip.example.com' }),
    defaults: {
      port: 5060,
      username: null,
      match_addresses: ['sip.example.com'],
      dids: [],
      outbound: false,
      max_calls: null,
      calls_per_second: 1,
    },
    change: { outbound: true, dids: [{ number: '33140000000', extension_number: '200' }] },
    wrong: [
      ['host', 'bad host'],
      ['host', '999.1.1.1'],
      ['host', '10.1.2'],
      ['port', 70_000],
      ['dids', [{ number: 'x', extension_number: '200' }], 'dids.0.number'],
      ['dids', [{ number: '33140000000' }], 'dids.0.extension_number'],
      ['calls_per_second', 0],
      ['password', 'line\nbreak'],
      ['match_addresses', ['0.0.0.0/0'], 'match_addresses.0'],
      ['match_addresses', ['192.0.2.0/24', '192.0.2.0/33'], 'match_addresses.1'],
      ['match_addresses', ['sip.example.com/24'], 'match_addresses.0'],
    ],
    unique: ['name'],
  },
  {
    path: '/queues',
    body: () => ({ name: `Queue ${++names}` }),
    defaults: {
      strategy: 'longest_idle',
      user_ids: [],
      ring_timeout_s: 20,
      wrap_up_s: 0,
      max_wait_s: null,
      overflow_extension: null,
      service_level_s: 20,
      recording: 'off',
    },
    change: { strategy: 'ring_all', max_wait_s: 60 },
    wrong: [
      ['strategy', 'random'],
      ['ring_timeout_s', '20'],
      ['wrap_up_s', -1],
      ['overflow_extension', 'reception'],
    ],
    unique: ['name'],
  },
  {
    path: '/extensions',
    body: () => ({ number: String(1_000 + ++names), type: 'phone' }),
    defaults: { user_id: null, sandbox: false, forward: {}, do_not_disturb: false },
    change: { do_not_disturb: true, forward: { busy: '200' } },
    wrong: [
      ['number', 'desk'],
      ['forward', { sometimes: '200' }, 'forward.sometimes'],
      ['sandbox', 'yes'],
      ['type', 'toaster'],
    ],
    unique: ['number'],
  },
];

const asInput = (shown: Record<string, unknown>) => {
  const { id: _id, space_id: _space, ...input } = shown;
  return input;
};

describe.each(samples)('$path', ({ path, body, defaults, change, wrong, unique }) => {
  test('is created with its defaults, read, listed, changed, replaced and deleted', async () => {
    const given = body();
    const { password: _password, ...visible } = given;
    const created = await ask('POST', path, given, admin);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    const shown = (await ask('GET', `${path}/${created.body.id}`, undefined, admin)).body;
    expect(shown).toMatchObject({ ...visible, ...defaults, space_id: space });
    expect(shown).not.toHaveProperty('password');
    expect((await ask('GET', path, undefined, admin)).body.items).toContainEqual(shown);

    const changed = await ask('PATCH', `${path}/${shown.id}`, change, admin);
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect(changed.body).toMatchObject(change);

    const replaced = await ask('PUT', `${path}/${shown.id}`, given, admin);
    expect(replaced.status, JSON.stringify(replaced.body)).toBe(200);
    expect(asInput(replaced.body), 'what a PUT leaves out is back at its default').toEqual(asInput(shown));

    expect((await ask('DELETE', `${path}/${shown.id}`, undefined, admin)).status).toBe(204);
    expect((await ask('GET', `${path}/${shown.id}`, undefined, admin)).status).toBe(404);
  });

  test('is listed in pages that meet without gap or repeat', async () => {
    for (let n = 0; n < 3; n++) await created(path, { space_id: space, ...body() });
    const whole = (await ask('GET', path, undefined, admin)).body.items;
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Answer = await ask('GET', `${path}?limit=2${cursor && `&cursor=${cursor}`}`, undefined, admin);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.body.items);
      cursor = page.body.next_cursor;
    }
    expect(paged).toEqual(whole);
    expectRefusal(await ask('GET', `${path}?cursor=nonsense`, undefined, admin), 400, 'cursor');
    for (const limit of ['0', '501', '1.5', '0x10', '%207', '', '7&limit=8']) {
      expectRefusal(await ask('GET', `${path}?limit=${limit}`, undefined, admin), 400, 'limit');
    }
    expectRefusal(await ask('GET', `${path}?order=name`, undefined, admin), 400, 'order');
  });

  test.each(wrong)('refuses %s = %j', async (field, value, blamed = field) => {
    expectRefusal(await ask('POST', path, { ...body(), [field]: value }, admin), 400, blamed);
  });

  test('refuses unknown and missing fields by their path', async () => {
    const { id } = (await ask('POST', path, body(), admin)).body;
    expectRefusal(await ask('POST', path, { ...body(), colour: 'red' }, admin), 400, 'colour');
    expectRefusal(await ask('PUT', `${path}/${id}`, { ...body(), colour: 'red' }, admin), 400, 'colour');
    expectRefusal(await ask('PATCH', `${path}/${id}`, { colour: 'red' }, admin), 400, 'colour');
    const [field] = Object.keys(body());
    const missing = await ask('POST', path, { ...body(), [field!]: undefined }, admin);
    expectRefusal(missing, 400, field!);
    expect(missing.body.errors).toContainEqual({ path: field, message: 'is needed' });
    expectRefusal(await ask('POST', path, body()), 400, 'space_id');
  });

  test.each(unique)('refuses a second one with the same %s', async (field) => {
    const one = body();
    await created(path, { space_id: space, ...one });
    const second = (await ask('POST', path, body(), admin)).body;
    expectRefusal(await ask('POST', path, { ...body(), [field]: one[field] }, admin), 409, field);
    expectRefusal(await ask('PATCH', `${path}/${second.id}`, { [field]: one[field] }, admin), 409, field);
  });

  test('of another space is not there', async () => {
    const theirs = await created(path, { space_id: otherSpace, ...body() });
    const item = `${path}/${theirs}`;
    expect((await ask('GET', item, undefined, admin)).status).toBe(404);
    expect((await ask('PUT', item, body(), admin)).status).toBe(404);
    expect((await ask('PATCH', item, change, admin)).status).toBe(404);
    expect((await ask('DELETE', item, undefined, admin)).status).toBe(404);
    expect((await ask('POST', path, { ...body(), space_id: otherSpace }, admin)).status).toBe(404);
    expect((await ask('GET', `${path}?space_id=${otherSpace}`, undefined, admin)).status).toBe(404);
    const seen = (await ask('GET', `${path}?limit=500`, undefined, admin)).body.items;
    expect(seen.every((one: { space_id: number }) => one.space_id === space)).toBe(true);
    const all = (await ask('GET', `${path}?limit=500`)).body.items.map((one: { id: number }) => one.id);
    expect(all).toContain(theirs);
    expect((await ask('GET', item)).status).toBe(200);
  });

  test('is read by supervisors, changed by administrators, not seen by agents', async () => {
    const { id } = (await ask('POST', path, body(), admin)).body;
    const supervisor = await rest.keyOf(space, 'supervisor');
    const agent = await rest.keyOf(space, 'agent');
    expect((await ask('GET', path, undefined, supervisor)).status).toBe(200);
    expect((await ask('GET', `${path}/${id}`, undefined, supervisor)).status).toBe(200);
    expect((await ask('POST', path, body(), supervisor)).status).toBe(403);
    expect((await ask('PATCH', `${path}/${id}`, change, supervisor)).status).toBe(403);
    expect((await ask('DELETE', `${path}/${id}`, undefined, supervisor)).status).toBe(403);
    expect((await ask('GET', path, undefined, agent)).status).toBe(403);
  });
});

describe('references', () => {
  test('to another space’s things are refused by their path', async () => {
    const phone = { number: '900', type: 'phone' };
    expectRefusal(await ask('POST', '/extensions', { ...phone, user_id: foreignUser }, admin), 400, 'user_id');
    const toQueue = { number: '901', type: 'queue', queue_id: foreignQueue };
    expectRefusal(await ask('POST', '/extensions', toQueue, admin), 400, 'queue_id');
    const route = { number: '902', type: 'route', trunk_id: foreignTrunk, to: '33140000001' };
    expectRefusal(await ask('POST', '/extensions', route, admin), 400, 'trunk_id');
    expectRefusal(
      await ask('POST', '/queues', { name: 'Mixed', user_ids: [user, foreignUser] }, admin),
      400,
      'user_ids',
    );
    expectRefusal(await ask('POST', '/users', { ...aUser(), groups: [foreignGroup] }, admin), 400, 'groups');
  });

  test('hold what they name: a queue or trunk with an extension is not deleted', async () => {
    await created('/extensions', { space_id: space, number: '910', type: 'queue', queue_id: queue });
    await created('/extensions', { space_id: space, number: '911', type: 'route', trunk_id: trunk, to: '33140000001' });
    expectRefusal(await ask('DELETE', `/queues/${queue}`, undefined, admin), 409, 'id');
    expectRefusal(await ask('DELETE', `/trunks/${trunk}`, undefined, admin), 409, 'id');
  });

  test('to a deleted user and group end: his phone is nobody’s, his queue goes on without him', async () => {
    const group = await created('/groups', { space_id: space, name: 'Short-lived' });
    const gone = await created('/users', { space_id: space, ...aUser(), groups: [group] });
    const phone = await created('/extensions', { space_id: space, number: '920', type: 'phone', user_id: gone });
    const line = await created('/queues', { space_id: space, name: 'Line', user_ids: [gone, user] });
    expect((await ask('DELETE', `/groups/${group}`, undefined, admin)).status).toBe(204);
    expect((await ask('GET', `/users/${gone}`, undefined, admin)).body.groups).toEqual([]);
    expect((await ask('DELETE', `/users/${gone}`, undefined, admin)).status).toBe(204);
    expect((await ask('GET', `/extensions/${phone}`, undefined, admin)).body.user_id).toBeNull();
    expect((await ask('GET', `/queues/${line}`, undefined, admin)).body.user_ids).toEqual([user]);
  });

  test('a user has one phone', async () => {
    const one = await created('/users', { space_id: space, ...aUser() });
    await created('/extensions', { space_id: space, number: '930', type: 'phone', user_id: one });
    const second = { number: '931', type: 'phone', user_id: one };
    expectRefusal(await ask('POST', '/extensions', second, admin), 409, 'user_id');
  });
});

describe('a phone', () => {
  test('shows its SIP password once, and gets a new one on demand', async () => {
    const phone = (await ask('POST', '/extensions', { number: '940', type: 'phone' }, admin)).body;
    expect(phone).toMatchObject({ username: `phone${phone.id}`, registrar: '127.0.0.1:5060' });
    expect(phone.password).toMatch(/^[\w-]{20}$/);
    const later = (await ask('GET', `/extensions/${phone.id}`, undefined, admin)).body;
    expect(later).toMatchObject({ username: phone.username });
    expect(later).not.toHaveProperty('password');

    const renewed = await ask('POST', `/extensions/${phone.id}/credentials`, undefined, admin);
    expect(renewed).toMatchObject({ status: 201, body: { username: phone.username } });
    expect(renewed.body.password).not.toBe(phone.password);
    const known = rest.options.directories.voiceSetup().phones.find((one) => one.extension === phone.id);
    expect(known).toMatchObject({ username: phone.username, password: renewed.body.password });
  });

  test('that nobody holds has no credentials', async () => {
    const phone = (await ask('POST', '/extensions', { number: '941', type: 'phone', sandbox: true }, admin)).body;
    expect(phone).toMatchObject({ username: null, password: null, registrar: null });
    expect((await ask('POST', `/extensions/${phone.id}/credentials`, undefined, admin)).status).toBe(409);
  });

  test('does not become a queue', async () => {
    const phone = await created('/extensions', { space_id: space, number: '942', type: 'phone' });
    const asQueue = { number: '942', type: 'queue', queue_id: queue };
    expectRefusal(await ask('PUT', `/extensions/${phone}`, asQueue, admin), 409, 'type');
    expectRefusal(await ask('PATCH', `/extensions/${phone}`, { type: 'queue', queue_id: queue }, admin), 409, 'type');
    const silenced = await ask('PATCH', `/extensions/${phone}`, { type: 'phone', do_not_disturb: true }, admin);
    expect(silenced).toMatchObject({ status: 200, body: { type: 'phone', do_not_disturb: true } });
  });
});

test('a trunk keeps its password when it is left out, and never shows it', async () => {
  const given = { name: 'Secret', type: 'sip', host: '192.0.2.1', username: 'u', password: 'p4ss' };
  const { id } = (await ask('POST', '/trunks', given, admin)).body;
  const passwordOf = () => rest.options.directories.voiceSetup().trunks.find((one) => one.id === id)?.password;
  await ask('PATCH', `/trunks/${id}`, { host: '192.0.2.2' }, admin);
  expect(passwordOf()).toBe('p4ss');
  expect((await ask('GET', `/trunks/${id}`, undefined, admin)).body.match_addresses).toEqual(['192.0.2.2']);
  await ask('PUT', `/trunks/${id}`, { ...given, password: null }, admin);
  expect(passwordOf()).toBeNull();
});

test('a number belongs to one trunk of a space', async () => {
  const trunk = (name: string, number: string) => ({
    name,
    type: 'sandbox',
    dids: [{ number, extension_number: '200' }],
  });
  expect((await ask('POST', '/trunks', trunk('First', '33140000010'), admin)).status).toBe(201);
  expectRefusal(await ask('POST', '/trunks', trunk('Second', '+33140000010'), admin), 409, 'dids');
});

test('a trunk lists a number once', async () => {
  const did = { number: '33140000009', extension_number: '200' };
  for (const number of [did.number, `+${did.number}`]) {
    const twice = { name: 'Twice', type: 'sandbox', dids: [did, { ...did, number }] };
    expectRefusal(await ask('POST', '/trunks', twice, admin), 409, 'dids');
  }
});

test('a display name that was never given follows the names', async () => {
  const { id } = (await ask('POST', '/users', aUser(), admin)).body;
  expect((await ask('PATCH', `/users/${id}`, { surname: 'Kowalska' }, admin)).body.display_name).toBe('Ana Kowalska');
  await ask('PATCH', `/users/${id}`, { display_name: 'Ani' }, admin);
  expect((await ask('PATCH', `/users/${id}`, { surname: 'Lis' }, admin)).body.display_name).toBe('Ani');
});
