// Consultants work requests off: the next one, its call, its result; on a real PostgreSQL, without real calls.
import { describe, expect, test } from 'vitest';
import { asId, asKey, type CallId, type UserId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import { startCampaignRest } from './testing/campaigns.ts';
import { expectRefusal } from './testing/rest.ts';

const { rest, space, stranger, supervisor, ana, bob, trunk, filled } = await startCampaignRest();
const { ask, centre } = rest;
const next = (id: string, who = ana) => ask('POST', `/campaigns/${id}/next`, { user_id: who.id }, who.headers);
const call = (id: string, request: string, who = ana) =>
  ask('POST', `/campaigns/${id}/requests/${request}/call`, { user_id: who.id }, who.headers);
const close = (id: string, request: string, body: object, who = ana) =>
  ask('POST', `/campaigns/${id}/requests/${request}/close`, body, who.headers);
const why = async (id: string, request: string) =>
  (await ask('GET', `/campaigns/${id}/requests/${request}/why`)).body as { callable: boolean; why: string | null };

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

test('the id of a call is the one that was chosen before', async () => {
  const id = await filled(['0612345601']);
  const { id: request } = (await next(id)).body;
  const { call_id } = (await call(id, request)).body;
  const shown = (await ask('GET', `/campaigns/${id}/requests/${request}`)).body;
  expect(shown).toMatchObject({ state: 'calling', call_id: asKey<CallId>(call_id) });
});
