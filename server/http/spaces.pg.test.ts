// A space itself, and what is in it from the start or named by a number; and the audit of all that.
import { beforeAll, describe, expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;

let space: number;
let otherSpace: number;
let admin: Record<string, string>;
let foreignGroup: number;
let users = 0;
const aUser = () => ({
  username: `user-${++users}`,
  password: 'secret',
  firstname: 'Ana',
  surname: 'Nowak',
  role: 'agent',
});

beforeAll(async () => {
  space = await rest.aSpace();
  otherSpace = await rest.aSpace();
  admin = await rest.keyOf(space, 'admin');
  foreignGroup = (await ask('POST', '/groups', { space_id: otherSpace, name: 'Theirs' })).body.id;
});

describe('/spaces', () => {
  const aSpace = { name: 'Kontakt', code: '007', username: '123456789', time_zone: 'Europe/Warsaw' };

  test('takes its country from the time zone and may then call that country', async () => {
    const { id } = (await ask('POST', '/spaces', aSpace)).body;
    const shown = (await ask('GET', `/spaces/${id}`)).body;
    expect(shown).toMatchObject({ ...aSpace, country: 'PL', allowed_prefixes: ['48'], ring_timeout_s: 30 });
    const moved = await ask('PATCH', `/spaces/${id}`, { country: 'FR' });
    expect(moved.body).toMatchObject({ country: 'FR', allowed_prefixes: ['33'] });
    expect(
      (await ask('PATCH', `/spaces/${id}`, { allowed_prefixes: ['33', '49'] })).body.allowed_prefixes,
    ).toHaveLength(2);
    expect((await ask('PUT', `/spaces/${id}`, aSpace)).body).toEqual(shown);
    expect((await ask('DELETE', `/spaces/${id}`)).status).toBe(204);
    expect((await ask('GET', `/spaces/${id}`)).status).toBe(404);
  });

  test.each([
    ['time_zone', 'Europe/Atlantis'],
    ['time_zone', '+02:00'],
    ['country', 'XX'],
    ['code', 0],
    ['colour', 'red'],
  ])('refuses %s = %j', async (field, value) => {
    expectRefusal(await ask('POST', '/spaces', { ...aSpace, [field]: value }), 400, field);
  });

  test('in UTC needs a country', async () => {
    expectRefusal(await ask('POST', '/spaces', { ...aSpace, time_zone: 'UTC' }), 400, 'country');
    expect((await ask('POST', '/spaces', { ...aSpace, time_zone: 'UTC', country: 'FI' })).body.country).toBe('FI');
  });

  test('is not deleted while it holds something', async () => {
    expectRefusal(await ask('DELETE', `/spaces/${otherSpace}`), 409, 'id');
  });

  test('its administrators change it; only the installation makes and removes spaces', async () => {
    expect((await ask('GET', '/spaces', undefined, admin)).body.items.map((one: { id: number }) => one.id)).toEqual([
      space,
    ]);
    expect((await ask('PATCH', `/spaces/${space}`, { ring_timeout_s: 15 }, admin)).body.ring_timeout_s).toBe(15);
    expect((await ask('GET', `/spaces/${otherSpace}`, undefined, admin)).status).toBe(404);
    expect((await ask('POST', '/spaces', aSpace, admin)).status).toBe(403);
    expect((await ask('DELETE', `/spaces/${space}`, undefined, admin)).status).toBe(403);
  });

  test('set their own calling hours, a country at a time', async () => {
    const windows = [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:30' }];
    const calling_hours = { 'FR': { messages: { windows, public_holidays: 'closed' } }, '*': { calls: null } };
    const changed = await ask('PATCH', `/spaces/${space}`, { calling_hours, max_sms_parts: 3 }, admin);
    expect(changed.body).toMatchObject({ calling_hours, max_sms_parts: 3 });
    expect(rest.options.directories.of(asId<SpaceId>(space))?.space).toMatchObject({
      callingHours: {
        'FR': { messages: { windows: [{ from: 32_400, to: 66_600 }], closedOnHolidays: true, closedDates: [] } },
        '*': { calls: null },
      },
    });
    const wrong = { FR: { messages: { windows: [{ days: [8], from: '09:00', to: '10:00' }] } } };
    const answer = await ask('PATCH', `/spaces/${space}`, { calling_hours: wrong }, admin);
    expectRefusal(answer, 400, 'calling_hours.FR.messages.windows.0.days.0');
    expectRefusal(
      await ask('PATCH', `/spaces/${space}`, { calling_hours: { France: {} } }, admin),
      400,
      'calling_hours.France',
    );
  });
});

describe('/pauses', () => {
  test('are sixteen from the start, and get other names', async () => {
    const { items } = (await ask('GET', '/pauses', undefined, admin)).body;
    expect(items.map((pause: { id: string }) => pause.id)).toEqual(Array.from({ length: 16 }, (_, n) => `user${n}`));
    expect(items[15].value).toBe('Unavailable');
    expect((await ask('PUT', '/pauses/user0', { value: 'Déjeuner' }, admin)).body.value).toBe('Déjeuner');
    expect((await ask('PUT', `/pauses/user1?space_id=${space}`, { value: 'Café' })).body.value).toBe('Café');
    expect(rest.options.directories.of(asId<SpaceId>(space))?.pauses.get('user0')).toBe('Déjeuner');
    const first = (await ask('GET', '/pauses?limit=10', undefined, admin)).body;
    const rest10 = (await ask('GET', `/pauses?limit=10&cursor=${first.next_cursor}`, undefined, admin)).body;
    expect([...first.items, ...rest10.items]).toHaveLength(16);
    expect(rest10.next_cursor).toBeNull();
  });

  test('there is no seventeenth', async () => {
    expect((await ask('PUT', '/pauses/user16', { value: 'Nap' }, admin)).status).toBe(404);
    expectRefusal(await ask('PUT', '/pauses/user0', { value: 'Nap' }), 400, 'space_id');
    expect((await ask('PUT', `/pauses/user0?space_id=${otherSpace}`, { value: 'Nap' }, admin)).status).toBe(404);
  });
});

describe('/vips', () => {
  test('are named by their number', async () => {
    const vip = { number: '33612345678', vip_rate: 5, priority: 300 };
    expect(await ask('POST', '/vips', vip, admin)).toMatchObject({ status: 201, body: vip });
    expectRefusal(await ask('POST', '/vips', vip, admin), 409, 'number');
    expectRefusal(await ask('POST', '/vips', { ...vip, number: `+${vip.number}` }, admin), 409, 'number');
    expect((await ask('PATCH', `/vips/${vip.number}`, { priority: 1 }, admin)).body).toMatchObject({
      ...vip,
      priority: 1,
    });
    expect(rest.options.directories.of(asId<SpaceId>(space))?.vips.get(vip.number)).toMatchObject({
      vipRate: 5,
      priority: 1,
    });
    expect((await ask('PUT', `/vips/${vip.number}`, {}, admin)).body).toMatchObject({ vip_rate: 0, priority: 100 });
    await ask('POST', '/vips', { number: '33612345679', space_id: otherSpace });
    expect((await ask('GET', '/vips', undefined, admin)).body.items).toHaveLength(1);
    const page = (await ask('GET', '/vips?limit=1')).body;
    expect((await ask('GET', `/vips?limit=1&cursor=${page.next_cursor}`)).body.items[0].number).toBe('33612345679');
    expect((await ask('GET', '/vips/33612345679', undefined, admin)).status).toBe(404);
    expect((await ask('DELETE', `/vips/${vip.number}`, undefined, admin)).status).toBe(204);
    expect((await ask('GET', `/vips/${vip.number}`, undefined, admin)).status).toBe(404);
  });
});

test('of headers that are sent to customers the audit keeps the names only', async () => {
  const endpoint = {
    type: 'dialogs',
    url: 'https://crm.example/hook',
    headers: { Authorization: 'Bearer very-secret' },
  };
  expect((await ask('POST', '/endpoints', endpoint, admin)).status).toBe(201);
  const [last] = (await ask('GET', '/audit?limit=1', undefined, admin)).body.items;
  expect(last).toMatchObject({ resource: 'endpoints', changes: { headers: ['Authorization'] } });
  expect(JSON.stringify(last)).not.toContain('very-secret');
});

test('the audit says who did what, when and from where, without secrets', async () => {
  const { id } = (await ask('POST', '/users', { ...aUser(), password: 'very-secret' }, admin)).body;
  const [last] = (await ask('GET', '/audit?limit=1', undefined, admin)).body.items;
  expect(last).toMatchObject({
    space_id: space,
    actor_type: 'api_key',
    actor_name: 'admin',
    address: '127.0.0.1',
    action: 'create',
    resource: 'users',
    resource_id: String(id),
    changes: { firstname: 'Ana' },
  });
  expect(JSON.stringify(last)).not.toContain('very-secret');
  await ask('POST', '/users', { ...aUser(), groups: [foreignGroup] }, admin);
  expect((await ask('GET', '/audit?limit=1', undefined, admin)).body.items[0].id, 'what failed is not noted').toBe(
    last.id,
  );
  expect(
    (await ask('GET', '/audit?limit=500', undefined, admin)).body.items.every(
      (one: { space_id: number }) => one.space_id === space,
    ),
  ).toBe(true);
});
