// Call Interactive line by line (call-interactive/cases.ts) on both engines. The callers are SIPp, who press keys in RTP
// or by INFO, or the sandbox's; the customer's server is no program of ours.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  anAskingIvr,
  type AskingCase,
  soundHz,
  type Sounds,
  upload,
  whatCameOf,
} from './call-interactive/asking-call.ts';
import { actionCases, failures, manualCases, requestCases, responseCases } from './call-interactive/cases.ts';
import type { Desk } from './desk.ts';
import { CustomerServer } from './peers/customer.ts';
import { aPhone } from './peers/phone.ts';
import { Story } from './story.ts';

const voices = ['asterisk', 'simulated'] as const;
type Voice = (typeof voices)[number];
type By = 'rfc4733' | 'info';

let customer: CustomerServer;
const stories = new Map<Voice, Story>();

beforeAll(async () => {
  customer = await CustomerServer.open();
  const env = { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' };
  for (const voice of voices) stories.set(voice, await Story.begin({ voice, env }));
}, 120_000);
afterAll(async () => {
  for (const story of stories.values()) await story.end();
  await customer?.close();
});

/** The manual's space. */
const space = { number: '3584705175' };

const openDesk = (voice: Voice): Promise<Desk> => stories.get(voice)!.desk({ space });

async function soundsOf(voice: Voice, desk: Desk): Promise<Sounds> {
  const story = stories.get(voice)!;
  return { short: await upload(story, desk, 1), long: await upload(story, desk, 6) };
}

interface Run {
  voice: Voice;
  by: By;
  case: AskingCase;
  /** Of the IVR, and of the page that it asks. */
  name: string;
  did: string;
}

/** On the simulated engine keys have no way of their own. */
const runs: readonly Run[] = [...manualCases, ...requestCases, ...responseCases, ...actionCases].flatMap((one, at) =>
  (
    [
      ['asterisk', 'rfc4733'],
      ['asterisk', 'info'],
      ['simulated', 'rfc4733'],
    ] as const
  )
    .filter(([, by]) => by === 'rfc4733' || one.digits !== undefined)
    .map(([voice, by]) => ({ voice, by, case: one, name: `case-${at}-${voice}-${by}`, did: didOf(at, by) })),
);

function didOf(at: number, by: By): string {
  return String(33_141_100_000 + 2 * at + (by === 'info' ? 1 : 0));
}

describe.concurrent.each(voices)('on %s', (voice) => {
  const own = runs.filter((run) => run.voice === voice);
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(voice);
    const sounds = await soundsOf(voice, desk);
    const dids = [];
    for (const [at, run] of own.entries()) {
      const ivr_id = await anAskingIvr(desk, customer, sounds, run.name, run.case);
      const number = String(401 + at);
      await desk.post('/extensions', { number, type: 'ivr', ivr_id });
      dids.push({ number: run.did, extension_number: number });
    }
    const trunk = voice === 'asterisk' ? desk.trunkId : desk.sandboxTrunkId;
    await desk.parley.rest('PATCH', `/trunks/${trunk}`, { dids });
  });

  test.for(own.map((run) => [`${run.case.rule}${run.by === 'info' ? ' (INFO)' : ''}`, run] as const))(
    '%s',
    async ([, run]) => {
      const call = await called(desk, run);
      const { sees, lasts, asked } = run.case;
      const seen = await whatCameOf(desk, call, customer, run.name);
      expect(seen).toMatchObject(sees);
      if (lasts) expect(seen.lastedMs).toBeGreaterThanOrEqual(lasts[0] - 50);
      if (lasts) expect(seen.lastedMs).toBeLessThanOrEqual(lasts[1]);
      const [question] = customer.arrived(run.name);
      if (!asked) return;
      expect(question?.method === 'POST' ? `${question.query} ${question.body}` : question?.query).toMatch(asked);
    },
  );
});

/** Its id, when it has ended. */
async function called(desk: Desk, { voice, by, case: { digits }, did }: Run): Promise<string> {
  if (voice === 'simulated') {
    const press = digits === undefined ? [] : [{ at_ms: 1_000, digits }];
    const id = await desk.ringIn({ to: did, from_name: 'Zo *A', digits: press });
    return (await desk.endOf(id, 40_000)).id;
  }
  const caller = await stories.get(voice)!.caller(desk, {
    to: { port: desk.parley.sipPort, number: did },
    fromName: 'Zo *A',
    digits: digits === undefined ? [] : [{ atMs: 1_000, digits, by }],
  });
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
  return (await desk.call(({ state, to }) => state === 'ended' && to === did)).id;
}

describe.concurrent('the request of the manual is reproduced for a call from inside', () => {
  const example = new URL('../server/domain/call-interactive/fixtures/request.get.url.txt', import.meta.url);

  /** Ids are the installation's, and the example lacks EventType. */
  async function expectReproduced(desk: Desk, name: string, ids: object, asked = {}): Promise<void> {
    const [request] = await customer.requests(name);
    const expected = new URL(readFileSync(example, 'utf8').trim()).searchParams;
    const got = new URLSearchParams(request!.query);
    const leg = (await desk.endOf()).legs[0]!.dialog_uuid.replaceAll('-', '');
    expect(Object.fromEntries(got)).toEqual({
      ...Object.fromEntries(expected),
      ...{ EventType: 'call_interactive', CallID: leg, CallAPIID: `3584705175:${leg}` },
      ...ids,
      ...asked,
    });
    expect(request!.query).toContain('CallerIDNum=000%2A306&');
  }

  async function anIvrAt332(desk: Desk, name: string): Promise<number> {
    const sounds = { short: '', long: '' };
    const ivr_id = await anAskingIvr(desk, customer, sounds, name, { answers: '<Hangup/>' });
    return (await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id })).id;
  }

  test('from a telephone', async () => {
    const desk = await openDesk('asterisk');
    const CalledExtensionID = String(await anIvrAt332(desk, 'inside-asterisk'));
    const extension = { number: '306', type: 'phone', user_id: null, sandbox: false };
    const { id, username, password } = await desk.post<{ id: number; username: string; password: string }>(
      '/extensions',
      extension,
    );
    const phone = await aPhone({ server: { port: desk.parley.sipPort }, username, password });
    try {
      await phone.dials('332');
      await expectReproduced(desk, 'inside-asterisk', { CalledExtensionID, CallerExtensionID: String(id) });
    } finally {
      await phone.close();
    }
  });

  test('from a phone of the sandbox, which has a name', async () => {
    const desk = await openDesk('simulated');
    const CalledExtensionID = String(await anIvrAt332(desk, 'inside-simulated'));
    const user = { username: `eve-${desk.spaceId}`, password: 'agent-password', firstname: 'Eve', surname: 'Stone' };
    const { id: from_user_id } = await desk.post('/users', { ...user, role: 'agent' });
    const extension = { number: '306', type: 'phone', user_id: from_user_id, sandbox: true };
    const { id } = await desk.post('/extensions', extension);
    await desk.post('/calls', { from_user_id, to: '332' });
    const ids = { CalledExtensionID, CallerExtensionID: String(id) };
    await expectReproduced(desk, 'inside-simulated', ids, { CallerIDName: 'Eve Stone' });
  });
});

describe.concurrent('a customer’s server that fails leaves the caller in silence no longer than the limit and a second', () => {
  const limitS = 2;

  test.for(failures)('$what', async ({ what, answers, url, error }, { expect: expected }) => {
    const story = stories.get('asterisk')!;
    const desk = await openDesk('asterisk');
    const name = `failing-${what.replaceAll(' ', '-')}`;
    await customer.answers(name, answers);
    const sound = await upload(story, desk, 6);
    const question = { type: 'call_interactive', url: url ?? customer.url(name), timeout_s: limitS };
    const actions = [question, { type: 'play_sound', sound }, question, { type: 'hangup' }];
    const contexts = [{ id: 1, options: [{ key: 'start', actions }] }];
    const { id } = await desk.post('/ivrs', { name: 'Failing', entry_context: 1, contexts });
    await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id: id });
    const dids = [{ number: desk.did, extension_number: '332' }];
    await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids });

    const caller = await story.outsider('33611000105', 1_000);
    await caller.dials(desk.did);
    await caller.talks();
    const answeredAt = performance.now();
    await caller.hears(soundHz, limitS * 1_000 + 500);
    await caller.isFree(20_000);
    const silentMs = performance.now() - answeredAt - 6_000;
    expected(silentMs, 'both questions together').toBeLessThan(2 * (limitS * 1_000 + 1_000));
    const { id: call } = await desk.endOf();
    const answered = (await desk.timeline(call)).filter(({ type }) => type === 'ivr.answered');
    const seen = { error: error === undefined ? {} : { code: error } };
    expected(answered).toMatchObject([seen, seen]);
  });
});
