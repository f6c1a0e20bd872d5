// Campaigns, their requests and do-not-call lists as they are administered; on a real PostgreSQL.
import { describe, expect, test } from 'vitest';
import { startCampaignRest } from './testing/campaigns.ts';
import { expectRefusal } from './testing/rest.ts';

const { rest, space, stranger, supervisor, ana, bob, project, campaign } = await startCampaignRest();
const { ask } = rest;
const why = async (id: string, request: string) =>
  (await ask('GET', `/campaigns/${id}/requests/${request}/why`)).body as { callable: boolean; why: string | null };

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

describe('a do-not-call list', () => {
  test('is unique, searched by number in any form, and emptied', async () => {
    const entry = await ask('POST', '/dnc', { number: '0699999901' }, supervisor);
    expect(entry.body).toMatchObject({ number: '33699999901', campaign_id: null });
    expectRefusal(await ask('POST', '/dnc', { number: '+33699999901' }, supervisor), 409, 'number');
    expectRefusal(await ask('POST', '/dnc', { number: 'x' }, supervisor), 400, 'number');
    expectRefusal(await ask('GET', '/dnc?number=%00', undefined, supervisor), 400, 'number');
    expect((await ask('GET', '/dnc?number=06.99.99.99.01', undefined, supervisor)).body.items).toHaveLength(1);
    expect((await ask('GET', `/dnc/${entry.body.id}`, undefined, stranger)).status).toBe(404);
    const id = await campaign();
    const single = await ask('POST', `/campaigns/${id}/requests`, { contact_number: '0699999901' });
    expect(single).toMatchObject({ status: 409, body: { code: 'campaign.do_not_call' } });
    expect((await ask('DELETE', `/dnc/${entry.body.id}`, undefined, supervisor)).status).toBe(204);
    expect((await ask('POST', `/campaigns/${id}/requests`, { contact_number: '0699999901' })).status).toBe(201);
  });
});
