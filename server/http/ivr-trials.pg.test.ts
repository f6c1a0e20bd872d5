// An IVR tried without a phone, as its author does it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UrlAsker } from '../flows/ivr/url-asker.ts';
import { addressPolicy } from '../platform/guarded-http/addresses.ts';
import { expectRefusal, type Rest, startRest } from './testing/rest.ts';

const urls = new UrlAsker({
  policy: addressPolicy(['127.0.0.1/32']),
  version: '1',
  monotonicMs: () => performance.now(),
});
const rest: Rest = await startRest({ askUrl: (asked) => urls.ask(asked) });
const { ask } = rest;

const asked: { method: string; url: string; body: string }[] = [];
const customer = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    asked.push({ method: request.method!, url: request.url!, body });
    response.end('<Response><SetVar name="vip">1</SetVar><Hangup/></Response>');
  });
});

let space: number;
let ivr: number;

const hangup = { type: 'hangup' };
const aMenu = (url: string) => ({
  name: 'Menu',
  entry_context: 'main',
  contexts: [
    {
      id: 'main',
      options: [
        { key: 'start', actions: [{ type: 'pause', length_s: 2 }] },
        { key: '1', actions: [{ type: 'call_interactive', url, method: 'POST' }, hangup] },
        { key: '2', actions: [{ type: 'simple_transfer', numbers: ['101'], timeout_s: 20, final: false }, hangup] },
        { key: 'timeout', actions: [hangup] },
      ],
    },
  ],
});

beforeAll(async () => {
  await new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve));
  space = await rest.aSpace();
  const { port } = customer.address() as AddressInfo;
  const menu = await ask('POST', '/ivrs', { space_id: space, ...aMenu(`http://127.0.0.1:${port}/crm?who=$who`) });
  ivr = menu.body.id;
  await ask('POST', '/extensions', { space_id: space, number: '332', type: 'ivr', ivr_id: ivr });
  await ask('POST', '/extensions', { space_id: space, number: '101', type: 'phone', sandbox: true });
});
afterAll(async () => {
  await urls.close();
  customer.close();
});

const attempt = (trial: object = {}, headers?: Record<string, string>) =>
  ask('POST', `/ivrs/${ivr}/try`, { caller: { number: '33612345678' }, called: '332', ...trial }, headers);
const pressed = (digits: string) => ({ digits: [{ at_ms: 3_000, digits }] });
const types = (body: { steps: { type: string }[] }) => body.steps.map(({ type }) => type);

test('the trace tells what happened, and when', async () => {
  const { status, body } = await attempt();
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body).toMatchObject({ outcome: 'hung_up', variables: {}, requests: [] });
  expect(Object.keys(body).toSorted()).toEqual(['outcome', 'requests', 'steps', 'variables']);
  expect(body.steps[0]).toMatchObject({
    ...{ at_ms: 0, type: 'ivr.entered', ivr, version: 1 },
    caller: { dialled: '332', extension: { number: '000*332' } },
  });
  const waiting = body.steps.find(({ type }: { type: string }) => type === 'ivr.gathering');
  expect(waiting).toMatchObject({ at_ms: 2_000, until: 7_000 });
  expect(body.steps.at(-1)).toMatchObject({ at_ms: 7_000, type: 'ivr.left', cause: 'hung_up' });
});

test('given answers take the place of the URLs', async () => {
  const answers = ['<Response><SetVar name="fooBar">1</SetVar></Response>'];
  const { body } = await attempt({ ...pressed('1'), answers, variables: { who: 'a&b' } });
  expect(body).toMatchObject({ outcome: 'hung_up', variables: { who: 'a&b', fooBar: '1' } });
  expect(body.requests).toMatchObject([{ method: 'POST', url: expect.stringMatching(/\/crm\?who=a%26b$/) }]);
  expect(body.requests[0].body).toMatch(
    /^EventType=call_interactive&CallID=[0-9a-f]{32}&.*&CalledExtension=000%2A332&/,
  );
  expect(asked).toEqual([]);
});

test('without answers the real URLs are asked', async () => {
  const { body } = await attempt({ ...pressed('1'), variables: { who: 'me' } });
  expect(asked).toEqual([{ method: 'POST', url: '/crm?who=me', body: body.requests[0].body }]);
  expect(body).toMatchObject({ outcome: 'hung_up', variables: { vip: '1' } });
});

test.each([
  ['answers', 'transferred'],
  ['busy', 'hung_up'],
  ['no_answer', 'hung_up'],
])('a target that %s', async (behaviour, outcome) => {
  const { body } = await attempt({ ...pressed('2'), targets: { 101: behaviour } });
  expect(body).toMatchObject({ outcome });
});

test('a draft is tried, errors and all, and stays a draft', async () => {
  const menu = aMenu('http://127.0.0.1:1/');
  const draft = {
    ...menu,
    name: 'Draft',
    draft: true,
    contexts: [{ id: 'main', options: [{ key: 'start', actions: [{ type: 'play_sound', sound: 'none.wav' }] }] }],
  };
  const { id } = (await ask('POST', '/ivrs', { space_id: space, ...draft })).body;
  const { body } = await ask('POST', `/ivrs/${id}/try`, { caller: { number: '1' }, called: '999' });
  expect(body.outcome).toBe('option_missing');
  expect(types(body)).toContain('ivr.warned');
  expect(body.steps[0]).toMatchObject({ version: 1 });
  expect((await ask('GET', `/ivrs/${id}`)).body).toMatchObject({ state: 'draft', version: null });
});

test('an internal caller is one of the space', async () => {
  for (const extension of ['101', '000*101']) {
    const { body } = await attempt({ caller: { number: '101', extension } });
    expect(body.steps[0]).toMatchObject({ caller: { caller_extension: { number: '000*101' } } });
  }
  expectRefusal(await attempt({ caller: { number: '999', extension: '999' } }), 400, 'caller.extension');
});

test.each<[what: string, trial: object, path: string]>([
  ['no caller', { caller: undefined }, 'caller'],
  ['letters for digits', pressed('x'), 'digits.0.digits'],
  ['digits of tomorrow', { digits: [{ at_ms: 86_400_000, digits: '1' }] }, 'digits.0.at_ms'],
  ['endless digits', { digits: Array.from({ length: 101 }, () => ({ at_ms: 1, digits: '1' })) }, 'digits'],
  ['an answer that no URL may give', { answers: ['x'.repeat(65_537)] }, 'answers.0'],
  ['more answers than questions', { answers: Array.from({ length: 51 }, () => '') }, 'answers'],
  ['a target that sings', { targets: { 101: 'sings' } }, 'targets.101'],
  ['a variable with a blank', { variables: { 'a b': '1' } }, 'variables.a b'],
  ['an unknown field', { loud: true }, 'loud'],
])('%s is refused', async (_what, trial, path) => expectRefusal(await attempt(trial), 400, path));

test('it is for administrators of the space', async () => {
  expect((await attempt({}, await rest.keyOf(space, 'supervisor'))).status).toBe(403);
  expect((await attempt({}, await rest.keyOf(await rest.aSpace(), 'admin'))).status).toBe(404);
  expect((await ask('POST', '/ivrs/2147483647/try', { caller: { number: '1' }, called: '1' })).status).toBe(404);
});
