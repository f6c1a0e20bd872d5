// What an integrator and an operator ask of the running server by HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Desk } from './desk.ts';
import { eventually } from './parley.ts';
import { Story } from './story.ts';

let story: Story;
let desk: Desk;

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk' });
  desk = await story.desk({ agents: [], sandboxAgents: ['Ana', 'Bo', 'Cleo', 'Dan'] });
});
afterAll(() => story?.end());

test('POST /calls sent again with its Idempotency-Key makes one call, also while the first one runs', async () => {
  const first = await place('Ana', 'order-7');
  expect(first.status).toBe(201);
  const [again, other] = await Promise.all([place('Ana', 'order-7'), place('Ana', 'order-7', '33150000008')]);
  expect(again).toEqual(first);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency.mismatch']);

  const racing = await Promise.all([1, 2, 3].map(() => place('Bo', 'order-8')));
  const answers = racing.map(({ status, body }) => (status === 201 ? body.call_id : body.code));
  const made = new Set(answers.filter((answer) => answer !== 'idempotency.running'));
  expect(made.size).toBe(1);
  await desk.call(({ user_id }) => user_id === desk.agent('Bo').userId);
  expect((await desk.calls()).map(({ id }) => id).sort()).toEqual([first.body.call_id, ...made].sort());
});

test('an agent acts for himself, signed in with his password, and for nobody else', async () => {
  const dan = { username: `dan-${desk.spaceId}`, password: 'agent-password' };
  const signedIn = await byPage('POST', '/sessions', {}, dan);
  expect(signedIn.status).toBe(201);
  const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
  const asDan = async (method: string, path: string, body?: object) =>
    (await byPage(method, path, { cookie }, body)).status;
  const { userId } = desk.agent('Dan');
  expect(await asDan('PUT', `/agents/${userId}/state`, { state: 'available' })).toBe(200);
  const call = await desk.ringIn();
  const { legs } = await desk.call(({ id, state }) => id === call && state === 'talking');
  const own = legs.find(({ user_id }) => user_id === userId)!.dialog_uuid;
  expect(await asDan('PUT', `/dialogs/${own}/hold`)).toBe(202);
  expect(await asDan('PUT', `/dialogs/${own}/hangup`)).toBe(202);
  await desk.endOf(call);
  expect(await asDan('PUT', `/agents/${desk.agent('Ana').userId}/state`, { state: 'available' })).toBe(403);
  expect(await asDan('POST', '/calls', { from_user_id: desk.agent('Ana').userId, to: '101' })).toBe(403);
  expect(await asDan('GET', '/agents')).toBe(403);
});

test('/metrics counts the calls that live and those that ended', async () => {
  const before = await figures();
  const { body } = await place('Cleo', 'order-9');
  expect((await figures()).live).toBe(before.live + 1);
  const { legs } = await desk.call(({ id, state }) => id === body.call_id && state === 'talking');
  await desk.parley.rest('PUT', `/dialogs/${legs[0]!.dialog_uuid}/hangup`);
  await eventually('it has ended and is counted', async () => {
    const { live, answered } = await figures();
    return live === before.live && answered === before.answered + 1;
  });
});

test('it is ready, healthy, and describes itself: OpenAPI 3.1 with every path, a page that asks nobody else', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(200);
  const document = (await (await get('/api/openapi.json')).json()) as { openapi: string; paths: object };
  expect(document.openapi).toMatch(/^3\.1\./);
  const described = Object.keys(document.paths);
  for (const path of ['/calls', '/calls/{id}/timeline', '/dialogs/{uuid}/transfer', '/sandbox/calls', '/queues']) {
    expect(described).toContain(`/api/v1${path}`);
  }
  const page = await get('/api/docs/');
  expect(page.status).toBe(200);
  const policy = page.headers.get('content-security-policy');
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).not.toMatch(/https?:/);
});

function place(name: string, key: string, to = '33150000001') {
  const body = { from_user_id: desk.agent(name).userId, to, space_id: desk.spaceId };
  return desk.parley.ask<{ call_id: string; code: string }>('POST', '/calls', body, { 'idempotency-key': key });
}

/** As a page of the server's own asks in a browser. */
function byPage(method: string, path: string, headers: Record<string, string>, body?: object): Promise<Response> {
  const { url } = story.parley;
  return fetch(`${url}/api/v1${path}`, {
    method,
    headers: { origin: url, ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(10_000),
  });
}

function get(path: string): Promise<Response> {
  return fetch(`${story.parley.url}${path}`, { signal: AbortSignal.timeout(10_000) });
}

async function figures(): Promise<{ live: number; answered: number }> {
  const lines = (await (await get('/metrics')).text()).split('\n');
  const figure = (name: string): number =>
    Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
  return { live: figure('parley_calls'), answered: figure('parley_calls_ended_total{outcome="answered"}') };
}
