// Calls and agents: what is asked of the centre, by whom, and what is answered.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../contract/rest/calls.ts';
import { asId, asKey, type CallId, instant, type SpaceId, type UserId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import { legOf } from './testing/fake-centre.ts';
import { type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask, centre, history } = rest;
const callId = asKey<CallId>('5bf3d9a1c0ffee0000000001');

let space: number;
let otherSpace: number;
let supervisor: Record<string, string>;
let stranger: Record<string, string>;
let ana: { id: number; headers: Record<string, string> };
let bob: { id: number; headers: Record<string, string> };

async function agent(username: string) {
  const person = { username, password: 'x', firstname: username, surname: 'Nowak', role: 'agent' };
  const { id } = (await ask('POST', '/users', { space_id: space, ...person })).body;
  const { headers } = await ask('POST', '/sessions', { username, password: 'x' }, {});
  const cookie = String(headers['set-cookie']).split(';')[0]!;
  return { id, headers: { cookie, 'sec-fetch-site': 'same-origin' } };
}

beforeAll(async () => {
  space = await rest.aSpace();
  otherSpace = await rest.aSpace();
  supervisor = await rest.keyOf(space, 'supervisor');
  stranger = await rest.keyOf(otherSpace, 'admin');
  ana = await agent('ana');
  bob = await agent('bob');
});

const lastAsked = () => centre.asked.at(-1);

describe('an agent’s state', () => {
  test('is logged out before he ever came, and set by himself', async () => {
    const path = `/agents/${ana.id}/state`;
    expect((await ask('GET', path, undefined, ana.headers)).body).toEqual({
      ...{ user_id: ana.id, space_id: space, state: 'logged_out', pause_id: null },
      ...{ phone: 'unreachable', call_id: null, since: null },
    });
    const paused = await ask('PUT', path, { state: 'paused', pause_id: 'user3' }, ana.headers);
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused', pause_id: 'user3', phone: 'free' } });
    expect(lastAsked()).toEqual({
      space,
      request: { ask: 'setAgentState', user: ana.id, state: 'paused', pause: 'user3' },
    });
    const { items } = (await ask('GET', '/agents', undefined, supervisor)).body;
    expect(items).toMatchObject([{ user_id: ana.id, state: 'paused' }, { user_id: bob.id }]);
  });

  test('is unavailable (user15) for who goes on pause without a reason', async () => {
    const paused = await ask('PUT', `/agents/${ana.id}/state`, { state: 'paused' }, ana.headers);
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused', pause_id: 'user15' } });
  });

  test('is set by a supervisor, not by a colleague or another space', async () => {
    const path = `/agents/${ana.id}/state`;
    const body = { state: 'available' };
    expect((await ask('PUT', path, body, supervisor)).status).toBe(200);
    expect((await ask('PUT', path, body, bob.headers)).status).toBe(403);
    expect((await ask('PUT', path, body, stranger)).status).toBe(404);
    expect((await ask('PUT', '/agents/999999/state', body)).status).toBe(404);
  });

  test.each([
    [{ state: 'available', pause_id: 'user1' }, 'pause_id'],
    [{ state: 'paused', pause_id: 'user16' }, 'pause_id'],
    [{ state: 'asleep' }, 'state'],
  ])('refuses %j', async (body, path) => {
    const answer = await ask('PUT', `/agents/${ana.id}/state`, body, ana.headers);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

describe('placing a call', () => {
  const body = () => ({ from_user_id: ana.id, to: '+33612345678' });

  test('rings the agent’s phone; the answer names the call and his leg', async () => {
    const placed = await ask('POST', '/calls', body(), ana.headers);
    expect(placed.status).toBe(201);
    expect(placed.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      call_id: placed.body.id,
      dialog_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(lastAsked()).toEqual({
      space,
      request: { ask: 'placeCall', user: ana.id, to: '+33612345678', origin: 'rest' },
    });
    expect((await ask('POST', '/calls', body())).status, 'the installation’s key takes the agent’s space').toBe(201);
    expect(lastAsked()?.space).toBe(space);
  });

  test('for somebody else is for supervisors, for strangers nobody’s', async () => {
    expect((await ask('POST', '/calls', body(), bob.headers)).status).toBe(403);
    expect((await ask('POST', '/calls', body(), supervisor)).status).toBe(201);
    const foreign = await ask('POST', '/calls', body(), stranger);
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ path: 'from_user_id' }] } });
    const anywhere = await ask('POST', '/calls', { ...body(), space_id: otherSpace });
    expect(anywhere).toMatchObject({ status: 400, body: { errors: [{ path: 'from_user_id' }] } });
    expect((await ask('POST', '/calls', { ...body(), to: 'Ana' }, supervisor)).status).toBe(400);
  });

  test('that is refused says why', async () => {
    centre.refusal = new AppError('agent.busy', 'The agent is on the phone.');
    const refused = await ask('POST', '/calls', body(), ana.headers);
    expect(refused).toMatchObject({ status: 409, body: { code: 'agent.busy', detail: 'The agent is on the phone.' } });
    centre.refusal = new Error('bug with a secret in it');
    const broken = await ask('POST', '/calls', body(), ana.headers);
    expect(broken).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(JSON.stringify(broken.body)).not.toContain('secret');
  });

  test('by pushcall is for supervisors', async () => {
    const path = `/agents/${ana.id}/pushcall`;
    const pushed = await ask('POST', path, { number: '0612345678' }, supervisor);
    expect(pushed.status).toBe(201);
    expect(lastAsked()?.request).toMatchObject({
      ask: 'placeCall',
      user: ana.id,
      to: '0612345678',
      origin: 'pushcall',
    });
    expect((await ask('POST', path, { number: '0612345678' }, ana.headers)).status).toBe(403);
    expect((await ask('POST', path, { number: '0612345678' }, stranger)).status).toBe(404);
  });
});

describe('an Idempotency-Key', () => {
  const place = (key: string, to = '33612345678', headers = supervisor) =>
    ask('POST', '/calls', { from_user_id: ana.id, to }, { ...headers, 'idempotency-key': key });

  test('said twice makes one call, and gets the same answer', async () => {
    const before = centre.asked.length;
    const first = await place('a');
    const again = await place('a');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(centre.asked).toHaveLength(before + 1);
    expect((await place('b')).body.id).not.toBe(first.body.id);
  });

  test('is each caller’s own', async () => {
    const first = await place('own');
    expect((await place('own', '33612345678', ana.headers)).body.id).not.toBe(first.body.id);
  });

  test('is visible ASCII', async () => {
    const answer = await place('two words');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'idempotency-key' }] } });
  });

  test('used for another request is refused', async () => {
    await place('c');
    expect(await place('c', '33612345679')).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
  });

  test('said twice at once runs once', async () => {
    let open!: () => void;
    centre.gate = new Promise((resolve) => (open = resolve));
    const before = centre.asked.length;
    const both = [place('d'), place('d')];
    const refused = await Promise.race(both);
    expect(refused).toMatchObject({ status: 409, body: { code: 'idempotency.running' } });
    open();
    expect(new Set((await Promise.all(both)).map((answer) => answer.status))).toEqual(new Set([201, 409]));
    expect(centre.asked).toHaveLength(before + 1);
  });

  test('may be used again after a refusal, which made no call', async () => {
    centre.refusal = new AppError('agent.busy', 'The agent is on the phone.');
    expect((await place('e')).status).toBe(409);
    expect((await place('e')).status).toBe(201);
  });

  test('is never run again after a failure that nobody expected: there may be a call', async () => {
    centre.refusal = new Error('bug');
    expect((await place('i')).status).toBe(500);
    expect(await place('i')).toMatchObject({ status: 409, body: { code: 'idempotency.running' } });
  });

  test('counts for sandbox calls and pushcalls, too', async () => {
    const headers = { ...supervisor, 'idempotency-key': 'g' };
    const caller = { from: '33612345601', to: '200' };
    const first = await ask('POST', '/sandbox/calls', caller, headers);
    expect(await ask('POST', '/sandbox/calls', caller, headers)).toMatchObject({ status: 201, body: first.body });
    const pushHeaders = { ...supervisor, 'idempotency-key': 'h' };
    const push = () => ask('POST', `/agents/${bob.id}/pushcall`, { number: '33612345678' }, pushHeaders);
    expect((await push()).body).toEqual((await push()).body);
  });
});

test('a sandbox caller rings in', async () => {
  const caller = {
    from: '33612345601',
    to: '33140000000',
    digits: [{ at_ms: 500, digits: '1#' }],
    hang_up_after_s: 2.5,
  };
  const made = await ask('POST', '/sandbox/calls', { space_id: space, ...caller });
  expect(made).toMatchObject({ status: 201, body: { call_id: expect.stringMatching(/^[0-9a-f]{24}$/) } });
  expect(centre.rangIn.at(-1)).toEqual({
    space,
    call: {
      from: '33612345601',
      fromName: null,
      to: '33140000000',
      digits: [{ atMs: 500, digits: '1#' }],
      hangUpAfterMs: 2_500,
    },
  });
  expect((await ask('POST', '/sandbox/calls', caller)).body.errors[0].path).toBe('space_id');
});

describe('a dialog', () => {
  const leg = legOf(77);
  const path = `/dialogs/${leg}`;
  beforeAll(() => {
    centre.legs.set(leg, { space: asId<SpaceId>(space), call: callId });
    centre.seat({
      ...{ user: asId<UserId>(ana.id), state: 'available', pause: null },
      ...{ phone: 'connected', call: callId, since: instant(0) },
    });
  });

  test.each([
    ['hangup', undefined, { ask: 'hangUp' }],
    ['hold', undefined, { ask: 'hold' }],
    ['unhold', undefined, { ask: 'unhold' }],
    ['transfer', { to: '201', type: 'consultative' }, { ask: 'transfer', to: '201', kind: 'consultative' }],
    ['transfer/complete', undefined, { ask: 'completeTransfer' }],
    ['transfer/cancel', undefined, { ask: 'cancelTransfer' }],
  ])('%s', async (what, body, asked) => {
    const answer = await ask('PUT', `${path}/${what}`, body, ana.headers);
    expect([answer.status, answer.body], JSON.stringify(answer.body)).toEqual([202, '']);
    expect(lastAsked()).toEqual({ space, request: { ...asked, leg } });
    expect((await ask('PUT', `${path}/${what}`, body, supervisor)).status).toBe(202);
    expect((await ask('PUT', `${path}/${what}`, body, bob.headers)).status, 'a colleague’s call').toBe(403);
    expect((await ask('PUT', `${path}/${what}`, body, stranger)).status, 'another space’s call').toBe(404);
    expect((await ask('PUT', `/dialogs/${legOf(78)}/${what}`, body)).body.code).toBe('call.not_found');
  });

  test('is asked by an empty body of type JSON as well', async () => {
    const headers = { ...supervisor, 'content-type': 'application/json' };
    expect(
      (await rest.app.inject({ method: 'PUT', url: `/api/v1${path}/hold`, headers, payload: '' })).statusCode,
    ).toBe(202);
  });

  test('is not transferred without saying how', async () => {
    expect((await ask('PUT', `${path}/transfer`, { to: '201' }, ana.headers)).body.errors[0].path).toBe('type');
  });
});

describe('the history', () => {
  beforeAll(() => {
    history.calls.set(callId, aCall(callId, ana.id));
    history.lines.set(callId, [{ seq: 9, at: '2026-01-05T09:00:00.000Z', type: 'call.queued', queue: 1 }]);
  });

  test('shows a call and its timeline', async () => {
    expect((await ask('GET', `/calls/${callId}`, undefined, supervisor)).body).toEqual(aCall(callId, ana.id));
    const { items } = (await ask('GET', `/calls/${callId}/timeline`, undefined, supervisor)).body;
    expect(items).toEqual([{ seq: 9, at: '2026-01-05T09:00:00.000Z', type: 'call.queued', queue: 1 }]);
  });

  test('hides other spaces’ calls from everybody and other agents’ from agents, as if they were not there', async () => {
    const unknown = { code: 'call.not_found', detail: 'There is no such call.' };
    for (const path of [`/calls/${callId}`, `/calls/${callId}/timeline`, `/calls/${callId}/recording`]) {
      expect((await ask('GET', path, undefined, stranger)).body, path).toMatchObject({ status: 404, ...unknown });
    }
    expect((await ask('GET', `/calls/${callId}`, undefined, ana.headers)).status).toBe(200);
    expect((await ask('GET', `/calls/${callId}`, undefined, bob.headers)).body).toMatchObject(unknown);
    expect((await ask('GET', '/calls/000000000000000000000bad', undefined, stranger)).body).toMatchObject(unknown);
    expect((await ask('GET', '/calls/nonsense')).status).toBe(404);
  });

  test('lists by filters; an agent’s list is his own', async () => {
    await ask('GET', `/calls?state=live&queue_id=4&created_from=2026-01-05T00:00:00%2B01:00`, undefined, supervisor);
    const filters = { state: 'live', queue_id: 4, created_from: '2026-01-05T00:00:00+01:00' };
    expect(history.listed).toEqual({ space, filters });
    await ask('GET', '/calls', undefined, ana.headers);
    expect(history.listed).toEqual({ space, filters: { user_id: ana.id } });
    await ask('GET', '/calls');
    expect(history.listed).toEqual({ space: null, filters: {} });
    expect((await ask('GET', `/calls?user_id=${bob.id}`, undefined, ana.headers)).status).toBe(403);
  });

  test('has the recording as a WAV file, for supervisors', async () => {
    const path = `/calls/${callId}/recording`;
    expect(await ask('GET', path, undefined, supervisor)).toMatchObject({ status: 200, body: 'RIFF of a recording' });
    expect((await ask('GET', path, undefined, supervisor)).headers['content-type']).toBe('audio/wav');
    expect((await ask('GET', path, undefined, ana.headers)).status).toBe(403);
    history.calls.set(callId, { ...aCall(callId, ana.id), recording: 'lost' });
    expect((await ask('GET', path, undefined, supervisor)).status).toBe(404);
    expect((await ask('PUT', path, { on: true }, ana.headers)).status).toBe(202);
    expect(lastAsked()?.request).toEqual({ ask: 'record', call: callId, on: true });
  });
});

// Last, because the sessions end on the way.
test('an Idempotency-Key is forgotten after a day', async () => {
  const headers = { ...supervisor, 'idempotency-key': 'old' };
  const place = async () => (await ask('POST', '/calls', { from_user_id: ana.id, to: '33612345678' }, headers)).body;
  const first = await place();
  await rest.clock.advance(24 * 3_600_000 - 1);
  expect(await place()).toEqual(first);
  await rest.clock.advance(2);
  expect(await place()).not.toEqual(first);
});

function aCall(id: string, user: number): Call {
  return {
    ...{ id, number: -4, space_id: space, direction: 'inbound', origin: 'trunk', from: '33612345678', from_name: null },
    ...{ to: '33140000000', did: '33140000000', trunk_id: 3, state: 'ended', queue_id: 4, user_id: user },
    ...{ created_at: '2026-01-05T09:00:00.000Z', answered_at: null, ended_at: '2026-01-05T09:01:00.000Z' },
    ...{ wait_s: 4.5, talk_s: null, outcome: 'abandoned', legs: [], recording: `${id}-1` },
  };
}
