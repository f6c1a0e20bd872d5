import { expect, test } from 'vitest';
import type { IvrAction } from '../../domain/ivr/definition.ts';
import { anIvr, ask, hangup, play } from '../../domain/ivr/testing/caller.ts';
import { aSpace } from '../../domain/testing/space.ts';
import { type Trial, tryIvr } from './try-ivr.ts';

const simpleTransfer: IvrAction = { type: 'simple_transfer', numbers: ['199'], timeout_s: 20, final: false };
const definition = anIvr({
  main: {
    start: [play('a.wav'), ask('https://crm.example/?who=$who')],
    1: [simpleTransfer, hangup],
    timeout: [hangup],
  },
});

const aTrial = (differing: Partial<Trial> = {}): Trial => ({
  ivr: { id: 1, name: 'Menu', version: 1, definition },
  extension: { number: '000*332', id: 145 },
  caller: { number: '33612345678', name: null, extension: null },
  called: '332',
  did: null,
  digits: [],
  variables: {},
  answers: [],
  targets: {},
  ...differing,
});

const parts = {
  directory: aSpace({ agents: ['Ana'], outbound: 'none', sounds: { 'a.wav': 2_500 } }),
  newLegId: () => '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15',
  ask: () => Promise.reject(new Error('No real URL is asked.')),
};

test('given answers are used, one a request; the trace has its times', async () => {
  const answers = ['<Response><SetVar name="vip">1</SetVar></Response>'];
  const tried = await tryIvr(aTrial({ answers, variables: { who: 'a b' } }), parts);
  expect(tried).toMatchObject({ outcome: 'hung_up', variables: { who: 'a b', vip: '1' } });
  expect(tried.requests).toMatchObject([{ method: 'GET', body: null }]);
  expect(tried.requests[0]?.url).toMatch(
    /^https:\/\/crm\.example\/\?who=a%20b&EventType=call_interactive&CallID=5205dc5c/,
  );
  expect(tried.steps.find(({ fact }) => fact.type === 'ivr.asked')?.atMs).toBe(2_500);
});

test('an internal caller is known by his extension', async () => {
  const { requests } = await tryIvr(aTrial({ caller: { number: '', name: null, extension: '101' } }), parts);
  expect(requests[0]?.url).toContain('CallerIDNum=000%2A101&CallerIDName=000%2A101&');
  expect(requests[0]?.url).toMatch(/CallerExtension=000%2A101&CallerExtensionID=\d+$/);
});

test('an IVR without an extension is tried as if the one that is dialled led to it', async () => {
  for (const called of ['332', '000*332']) {
    const { requests } = await tryIvr(aTrial({ extension: null, called }), parts);
    expect(requests[0]?.url).toContain('&CalledExtension=000%2A332&CalledExtensionID=0&');
  }
});

test('without answers the real URLs are asked', async () => {
  const body = Buffer.from('<Response><Hangup/></Response>');
  const real = async () => ({ status: 200, body, error: null, ms: 70 });
  const { outcome, steps } = await tryIvr(aTrial({ answers: null }), { ...parts, ask: real });
  expect([outcome, steps.at(-1)?.atMs]).toEqual(['hung_up', 2_570]);
});

test('slow URLs are asked for a minute together, and then no more', async () => {
  let asked = 0;
  const slow = async () => {
    asked++;
    return { status: null, body: new Uint8Array(), error: { code: 'timeout', message: 'Too late.' }, ms: 15_000 };
  };
  const menu = anIvr({
    main: { start: Array.from({ length: 10 }, () => ask('https://crm.example/')), timeout: [hangup] },
  });
  const trial = aTrial({ answers: null, ivr: { ...aTrial().ivr, definition: menu } });
  const { requests, steps } = await tryIvr(trial, { ...parts, ask: slow });
  expect([requests.length, asked]).toEqual([10, 4]);
  expect(
    steps.filter(({ fact }) => fact.type === 'ivr.answered' && fact.error?.code === 'trial_too_long'),
  ).toHaveLength(6);
});

test('an IVR that goes round and round is left at last, and its trace stays within bounds', async () => {
  const pause: IvrAction = { type: 'pause', length_s: 1 };
  const jump: IvrAction = { type: 'jump', context: 'main', option: 'start' };
  const long: IvrAction = { type: 'set_variable', name: 'x', value: 'y'.repeat(4_096) };
  for (const actions of [
    [pause, jump],
    [...Array.from({ length: 98 }, () => long), pause, jump],
  ]) {
    const ivr = { ...aTrial().ivr, definition: anIvr({ main: { start: actions } }) };
    const { outcome, steps } = await tryIvr(aTrial({ ivr }), parts);
    expect(outcome).toBe('caller_gone');
    expect(JSON.stringify(steps).length).toBeLessThan(4_000_000);
  }
});

test.each<[target: Trial['targets'], outcome: string]>([
  [{ 199: 'answers' }, 'transferred'],
  [{ 199: 'no_answer' }, 'hung_up'],
  [{}, 'hung_up'],
])('a target that %o', async (targets, outcome) => {
  const digits = [{ atMs: 5_000, digits: '1' }];
  expect((await tryIvr(aTrial({ targets, digits }), parts)).outcome).toBe(outcome);
});
