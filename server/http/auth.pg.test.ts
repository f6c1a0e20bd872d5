// Who may come in, and who may do what.
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_KEY, type Method, type Rest, startRest } from './testing/rest.ts';

const own = 'https://parley.example';
const dashboard = 'https://dashboard.example';
const rest: Rest = await startRest({ origins: [dashboard] });
const { ask } = rest;
const sameSite = { 'sec-fetch-site': 'same-origin' };

let space: number;
let logins = 0;

/** A user of his own and the headers of his session. */
async function loggedIn(role: string): Promise<{ id: number; username: string; headers: { cookie: string } }> {
  const username = `login-${++logins}`;
  const person = { username, password: 'right', firstname: 'Ana', surname: 'Nowak', role };
  const { id } = (await ask('POST', '/users', { space_id: space, ...person })).body;
  return { id, username, headers: { cookie: await cookieOf(username) } };
}

const login = (username: string, password: string, headers = {}) =>
  ask('POST', '/sessions', { username, password }, { ...headers });

async function cookieOf(username: string): Promise<string> {
  return String((await login(username, 'right')).headers['set-cookie']).split(';')[0]!;
}

beforeAll(async () => {
  space = await rest.aSpace();
});

describe('a key', () => {
  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['unknown', { authorization: 'Bearer parley_nonsense' }],
    ['of another scheme', { authorization: `Basic ${ADMIN_KEY}` }],
    ['a prefix of the right one', { authorization: `Bearer ${ADMIN_KEY.slice(0, -1)}` }],
    ['an unknown session', { cookie: 'parley_session=nonsense' }],
  ])('%s: 401', async (_what, headers) => {
    const answer = await ask('GET', '/queues', undefined, headers);
    expect(answer).toMatchObject({ status: 401, body: { code: 'request.unauthenticated' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  test('is shown once, works until it is removed, and is no more than a hash in the database', async () => {
    const made = await ask('POST', '/api_keys', { space_id: space, name: 'CRM', role: 'supervisor' });
    expect(made.status).toBe(201);
    const headers = { authorization: `Bearer ${made.body.key}` };
    expect((await ask('GET', '/queues', undefined, headers)).status).toBe(200);
    expect((await ask('GET', `/api_keys/${made.body.id}`)).body).not.toHaveProperty('key');
    const listed = (await ask('GET', `/api_keys?space_id=${space}`)).body;
    expect(JSON.stringify(listed)).not.toContain(made.body.key);
    const { rows } = await rest.options.db.query('select * from api_keys');
    expect(JSON.stringify(rows)).not.toContain(made.body.key);
    expect((await ask('GET', '/api_keys', undefined, headers)).status, 'keys are for administrators').toBe(403);
    const other = await rest.keyOf(await rest.aSpace(), 'admin');
    expect((await ask('DELETE', `/api_keys/${made.body.id}`, undefined, other)).status).toBe(404);
    expect((await ask('DELETE', `/api_keys/${made.body.id}`)).status).toBe(204);
    expect((await ask('GET', '/queues', undefined, headers)).status).toBe(401);
  });
});

describe('a session', () => {
  test('begins with the right password, in a cookie that scripts and other sites do not get', async () => {
    const { username } = await loggedIn('admin');
    const answer = await login(username, 'right');
    expect(answer).toMatchObject({ status: 201, body: { user: { username, role: 'admin' } } });
    expect(answer.body.user).not.toHaveProperty('password');
    expect(answer.headers['set-cookie']).toMatch(/^parley_session=[\w-]{43};.*HttpOnly.*SameSite=Strict/);
  });

  test.each([
    ['wrong password', (name: string) => login(name, 'wrong')],
    ['unknown user', () => login('nobody', 'right')],
  ])('%s: the same 401', async (_what, attempt) => {
    const { username } = await loggedIn('admin');
    const { status, body } = await attempt(username);
    const { request_id: _id, ...told } = body;
    expect({ status, told }).toEqual({
      status: 401,
      told: {
        type: 'about:blank',
        title: 'No valid key or session',
        status: 401,
        code: 'request.unauthenticated',
        detail: 'The user name or the password is wrong.',
      },
    });
  });

  test('ends by logout, and after twelve hours', async () => {
    const { headers, username } = await loggedIn('admin');
    expect((await ask('GET', '/sessions', undefined, headers)).body.user.username).toBe(username);
    expect((await ask('DELETE', '/sessions', undefined, { ...headers, ...sameSite })).status).toBe(204);
    expect((await ask('GET', '/sessions', undefined, headers)).status).toBe(401);

    const later = { cookie: await cookieOf(username) };
    await rest.clock.advance(12 * 3_600_000 - 1_000);
    expect((await ask('GET', '/sessions', undefined, later)).status).toBe(200);
    await rest.clock.advance(1_000);
    expect((await ask('GET', '/sessions', undefined, later)).status).toBe(401);
  });

  test.each<[string, (id: number) => Promise<unknown>]>([
    ['he is deleted', (id) => ask('DELETE', `/users/${id}`)],
    ['he is disabled', (id) => ask('PATCH', `/users/${id}`, { disabled: true })],
    ['his password changes', (id) => ask('PATCH', `/users/${id}`, { password: 'new' })],
    ['his role changes', (id) => ask('PATCH', `/users/${id}`, { role: 'agent' })],
  ])('of a user ends when %s, and whoever listens is told', async (_what, change) => {
    const { headers, id } = await loggedIn('admin');
    const told = new Promise((resolve) => rest.options.accounts.onRevoked(resolve));
    await change(id);
    expect((await ask('GET', '/sessions', undefined, headers)).status).toBe(401);
    expect(await told).toBe(id);
  });

  test('goes on when something else of the user changes', async () => {
    const { headers, id } = await loggedIn('admin');
    await ask('PATCH', `/users/${id}`, { outbound_number: '33140000000' });
    expect((await ask('GET', '/sessions', undefined, headers)).status).toBe(200);
  });

  test.each<[string, Record<string, string>, number]>([
    ['our own page', { ...sameSite }, 201],
    ['our own origin', { origin: own, host: 'parley.example' }, 201],
    ['a listed origin', { 'origin': dashboard, 'sec-fetch-site': 'cross-site' }, 201],
    ['another origin', { 'origin': 'https://evil.example', 'sec-fetch-site': 'same-site' }, 403],
    ['another origin that says it is ours', { origin: 'https://evil.example', ...sameSite }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['a program, which says nothing', {}, 201],
  ])('changes something for %s: %i', async (_who, headers, status) => {
    const session = await loggedIn('admin');
    const answer = await ask('POST', '/groups', { name: `Group ${++logins}` }, { ...session.headers, ...headers });
    expect(answer.status).toBe(status);
  });

  test('is not begun by another site', async () => {
    const { username } = await loggedIn('admin');
    expect((await login(username, 'right', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await login(username, 'right', { origin: 'https://evil.example' })).status).toBe(403);
  });
});

describe('roles', () => {
  const requests: [method: Method, path: string, body: unknown, allowed: string[]][] = [
    ['GET', '/spaces', undefined, ['admin', 'supervisor', 'agent']],
    ['GET', '/pauses', undefined, ['admin', 'supervisor', 'agent']],
    ['PUT', '/pauses/user3', { value: 'Coffee' }, ['admin']],
    ['GET', '/vips', undefined, ['admin', 'supervisor']],
    ['POST', '/vips', { number: '33612345678' }, ['admin']],
    ['GET', '/agents', undefined, ['admin', 'supervisor']],
    ['GET', '/calls', undefined, ['admin', 'supervisor', 'agent']],
    ['POST', '/sandbox/calls', { from: '33612345678', to: '200' }, ['admin', 'supervisor']],
    ['GET', '/api_keys', undefined, ['admin']],
    ['GET', '/audit', undefined, ['admin']],
  ];

  test.each(['admin', 'supervisor', 'agent'])('%s may do what the table says', async (role) => {
    const { headers } = await loggedIn(role);
    for (const [method, path, body, allowed] of requests) {
      const { status } = await ask(method, path, body, { ...headers, ...sameSite });
      expect(status === 403 ? 'refused' : status < 300 ? 'allowed' : status, `${method} ${path}`).toBe(
        allowed.includes(role) ? 'allowed' : 'refused',
      );
    }
  });
});

describe('other origins', () => {
  const preflight = { 'origin': dashboard, 'access-control-request-method': 'GET' };

  test('use the REST if they are listed', async () => {
    const answer = await rest.app.inject({ method: 'OPTIONS', url: '/api/v1/queues', headers: preflight });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe(dashboard);
  });

  test('get nothing if they are not', async () => {
    const headers = { ...preflight, origin: 'https://evil.example' };
    const answer = await rest.app.inject({ method: 'OPTIONS', url: '/api/v1/queues', headers });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});
