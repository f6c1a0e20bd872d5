// IVRs as their authors meet them.
import { beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const rest: Rest = await startRest();
const { ask } = rest;

let space: number;
let supervisor: Record<string, string>;
let stranger: Record<string, string>;
let names = 0;

beforeAll(async () => {
  space = await rest.aSpace();
  supervisor = await rest.keyOf(space, 'supervisor');
  stranger = await rest.keyOf(await rest.aSpace(), 'admin');
});

const menu = (...actions: object[]) => ({
  name: `Menu ${++names}`,
  entry_context: 'main',
  contexts: [{ id: 'main', options: [{ key: 'start', actions }] }],
});
const hangup = { type: 'hangup' };
const nowhere = { type: 'jump', context: 'x', option: 'start' };
const create = (body: object) => ask('POST', '/ivrs', { space_id: space, ...body });

describe('what is created', () => {
  test('is published at once, with the defaults filled in', async () => {
    const ivr = menu({ type: 'call_interactive', url: 'https://crm.example/a?b=$c' }, hangup);
    const { status, body } = await create(ivr);
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({ name: ivr.name, version: 1, state: 'published', findings: [] });
    expect(body.contexts).toMatchObject([{ timeout_ms: 5_000, inter_digit_timeout_ms: 2_000, digit_len: null }]);
    expect(body.contexts[0].options[0].actions[0]).toMatchObject({ method: 'GET', timeout_s: 5, filler_sound: null });
    expect((await ask('GET', `/ivrs/${body.id}`)).body).toEqual(body);
  });

  test('stays a draft when it says so, with its errors', async () => {
    const { status, body } = await create({ ...menu(nowhere), draft: true });
    expect(status).toBe(201);
    expect(body).toMatchObject({ version: null, state: 'draft' });
    expect(body.findings).toMatchObject([
      { severity: 'error', path: 'contexts.0.options.0.actions.0.context', code: 'unknown_context' },
    ]);
    expectRefusal(await ask('POST', `/ivrs/${body.id}/publish`), 400, 'contexts.0.options.0.actions.0.context');
  });

  test('shows its warnings', async () => {
    const ivr = menu(hangup);
    const { body } = await create({ ...ivr, contexts: [...ivr.contexts, { id: 'cellar', options: [] }] });
    expect(body.findings).toMatchObject([{ severity: 'warning', path: 'contexts.1', code: 'unreachable' }]);
  });
});

test.each<[what: string, action: object, path: string]>([
  ['a jump to nowhere', nowhere, 'contexts.0.options.0.actions.0.context'],
  ['a missing sound', { type: 'play_sound', sound: 'none.wav' }, 'contexts.0.options.0.actions.0.sound'],
  ['a queue of nobody', { type: 'queue', queue_id: 999_999 }, 'contexts.0.options.0.actions.0.queue_id'],
  ['an action that is none', { type: 'dance' }, 'contexts.0.options.0.actions.0.type'],
  ['an unknown field', { ...hangup, now: true }, 'contexts.0.options.0.actions.0.now'],
  ['a variable with a blank', { type: 'set_variable', name: 'a b', value: '1' }, 'contexts.0.options.0.actions.0.name'],
  [
    'a limit that is too long',
    { type: 'call_interactive', url: 'http://a.b/', timeout_s: 16 },
    'contexts.0.options.0.actions.0.timeout_s',
  ],
  ['no way out', { type: 'jump', context: 'main', option: 'start' }, 'contexts.0'],
])('%s is refused by its path', async (_what, action, path) => {
  expectRefusal(await create(menu(action)), 400, path);
});

test.each<[what: string, field: string, action: object]>([
  ['a value', 'value', { type: 'set_variable', name: 'x', value: 'a\0' }],
  ['half a character in a value', 'value', { type: 'set_variable', name: 'x', value: '\ud800' }],
  ["a caller's name", 'name', { type: 'set_caller_id', name: 'a\0', number: '1' }],
  ["a caller's number", 'number', { type: 'set_caller_id', name: 'a', number: '\ud800' }],
  ['a sound', 'sound', { type: 'play_sound', sound: 'a\0' }],
  ['a URL', 'url', { type: 'call_interactive', url: 'http://a.b/?c=\0' }],
  ['a line end in a URL', 'url', { type: 'call_interactive', url: 'http://a.b/\r\nX: 1' }],
])('%s that no text is made of is refused by its path', async (_what, field, action) => {
  expectRefusal(await create(menu(action, hangup)), 400, `contexts.0.options.0.actions.0.${field}`);
});

test('a value may have lines, signs and letters of any kind', async () => {
  const value = 'Łódź\n\t電話 🙂 $x "\\';
  const { body } = await create(menu({ type: 'set_variable', name: 'x', value }, hangup));
  expect(body.contexts[0].options[0].actions[0]).toMatchObject({ value });
});

describe('versions', () => {
  test('a change is the next version; a draft leaves the published one alone; any can be restored', async () => {
    const first = menu(hangup);
    const { id } = (await create(first)).body;
    const second = { ...menu({ type: 'pause', length_s: 2 }, hangup), name: first.name };
    expect((await ask('PUT', `/ivrs/${id}`, second)).body).toMatchObject({ version: 2, state: 'published' });

    const drafted = await ask('PATCH', `/ivrs/${id}`, { name: `${first.name} new`, draft: true });
    expect(drafted.body).toMatchObject({ version: 2, state: 'draft', name: `${first.name} new` });
    expect((await ask('POST', `/ivrs/${id}/publish`)).body).toMatchObject({ version: 3, state: 'published' });
    expect((await ask('POST', `/ivrs/${id}/publish`)).body, 'nothing to publish').toMatchObject({ version: 3 });

    const restored = await ask('POST', `/ivrs/${id}/versions/1/restore`);
    expect(restored.body).toMatchObject({ version: 4, state: 'published', name: first.name });
    expect(restored.body.contexts[0].options[0].actions).toEqual([hangup]);

    const versions = (await ask('GET', `/ivrs/${id}/versions`)).body.items;
    expect(versions.map((one: { version: number; current: boolean }) => [one.version, one.current])).toEqual([
      [4, true],
      [3, false],
      [2, false],
      [1, false],
    ]);
    expect((await ask('GET', `/ivrs/${id}/versions/2`)).body.document.name).toBe(first.name);
    expect((await ask('POST', `/ivrs/${id}/versions/9/restore`)).status).toBe(404);
  });

  test('are published and restored as they are: a field that says how is refused', async () => {
    const { id } = (await create(menu(hangup))).body;
    for (const action of ['publish', 'versions/1/restore']) {
      expectRefusal(await ask('POST', `/ivrs/${id}/${action}`, { draft: true }), 400, 'draft');
      expect((await ask('POST', `/ivrs/${id}/${action}`, {})).status).toBe(200);
    }
  });

  test('are listed by pages, the newest first', async () => {
    const { id, name } = (await create(menu(hangup))).body;
    for (const length_s of [1, 2])
      await ask('PUT', `/ivrs/${id}`, { ...menu({ type: 'pause', length_s }, hangup), name });
    const page = async (query: string) => {
      const { items, next_cursor } = (await ask('GET', `/ivrs/${id}/versions?${query}`)).body;
      return { versions: items.map((one: { version: number }) => one.version), next: next_cursor };
    };
    const first = await page('limit=2');
    expect(first.versions).toEqual([3, 2]);
    expect(await page(`limit=2&cursor=${first.next}`)).toEqual({ versions: [1], next: null });
    expectRefusal(await ask('GET', `/ivrs/${id}/versions?cursor=x`), 400, 'cursor');
  });

  test('what is exported can be imported, also beside itself under the same name', async () => {
    const { id, ...shown } = (await create(menu(hangup))).body;
    const exported = await ask('GET', `/ivrs/${id}/export`);
    expect(exported.headers['content-disposition']).toContain(`ivr-${id}.json`);
    const copy = await create(exported.body);
    expect(copy.body).toEqual({ ...shown, id: expect.any(Number) });
    expect(copy.body.id).not.toBe(id);
  });
});

test('an extension leads to it, and keeps it from being deleted', async () => {
  const { body: ivr } = await create(menu(hangup));
  const extension = { space_id: space, number: '332', type: 'ivr', ivr_id: ivr.id };
  const { status, body } = await ask('POST', '/extensions', extension);
  expect([status, body]).toMatchObject([201, { number: '332', type: 'ivr', ivr_id: ivr.id }]);
  expect((await ask('GET', `/extensions/${body.id}`)).body).toEqual(body);
  const other = (await create(menu(hangup))).body.id;
  expect((await ask('PATCH', `/extensions/${body.id}`, { ivr_id: other })).body).toMatchObject({ ivr_id: other });
  expectRefusal(await ask('PATCH', `/extensions/${body.id}`, { ivr_id: 999_999 }), 400, 'ivr_id');
  expectRefusal(await ask('DELETE', `/ivrs/${other}`), 409, 'id');
  expect((await ask('DELETE', `/extensions/${body.id}`)).status).toBe(204);
  expect((await ask('DELETE', `/ivrs/${other}`)).status).toBe(204);
});

test('supervisors read, admins write, nobody else sees it', async () => {
  const { id } = (await create(menu(hangup))).body;
  expect((await ask('GET', `/ivrs/${id}`, undefined, supervisor)).status).toBe(200);
  expect((await ask('PATCH', `/ivrs/${id}`, { name: 'x' }, supervisor)).status).toBe(403);
  for (const path of [`/ivrs/${id}`, `/ivrs/${id}/versions`, `/ivrs/${id}/export`]) {
    expect((await ask('GET', path, undefined, stranger)).status).toBe(404);
  }
  expect((await ask('DELETE', `/ivrs/${id}`, undefined, stranger)).status).toBe(404);
  expect((await ask('DELETE', `/ivrs/${id}`)).status).toBe(204);
  expect((await ask('GET', `/ivrs/${id}`)).status).toBe(404);
});

test('lists are paged and of one space', async () => {
  const own = await rest.keyOf(await rest.aSpace(), 'admin');
  for (let at = 0; at < 3; at++) await ask('POST', '/ivrs', menu(hangup), own);
  const page = (await ask('GET', '/ivrs?limit=2', undefined, own)).body;
  expect(page.items).toHaveLength(2);
  expect((await ask('GET', `/ivrs?limit=2&cursor=${page.next_cursor}`, undefined, own)).body.items).toHaveLength(1);
});
