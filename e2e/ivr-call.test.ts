// Calls through IVRs that ask a customer's server, which is no program of ours: from the telephone's keys to the agent.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SipPeer, until } from '../server/channels/voice/asterisk/testing/sip-peer.ts';
import { writeWav } from '../server/platform/audio/wav.ts';
import type { Desk } from './desk.ts';
import { adminKey, eventually, type Parley } from './parley.ts';
import { CustomerServer } from './peers/customer.ts';
import { Story } from './story.ts';

let customer: CustomerServer;
let real: Story;
let simulated: Story;

beforeAll(async () => {
  customer = await CustomerServer.open();
  const env = { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' };
  real = await Story.begin({ voice: 'asterisk', env });
  simulated = await Story.begin({ voice: 'simulated', env });
}, 120_000);
afterAll(async () => {
  await real?.end();
  await simulated?.end();
  await customer?.close();
});

const [helloHz, promptHz, announcementHz] = [700, 900, 1_200];

/** Its `filename`. */
async function upload(parley: Parley, desk: Desk, toneHz: number, seconds: number): Promise<string> {
  const rate = 16_000;
  const samples = Float32Array.from(
    { length: rate * seconds },
    (_, at) => 0.5 * Math.sin((2 * Math.PI * toneHz * at) / rate),
  );
  const form = new FormData();
  form.set('file', new Blob([Buffer.from(writeWav({ rate, samples }))]), `${toneHz}.wav`);
  form.set('space_id', String(desk.spaceId));
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${parley.url}/api/v1/sounds`, { method: 'POST', body: form, headers });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { filename: string }).filename;
}

/** The DID leads to it: a greeting; key 1 asks `name`, then `name`-choice with what was typed meanwhile, whose Jump
 *  leads to the queue. */
async function anIvr(story: Story, desk: Desk, name: string): Promise<void> {
  const [hello, prompt] = [
    await upload(story.parley, desk, helloHz, 2),
    await upload(story.parley, desk, promptHz, 20),
  ];
  await customer.answers(
    name,
    `<SetVar name="urgency">700</SetVar><PlaySound where="background" digitvar="choice">${prompt}</PlaySound>`,
  );
  await customer.answers(`${name}-choice`, '<SetCaller name="Acme" number="92992"/><Jump context="2" option="start"/>');
  const asks = (path: string) => ({ type: 'call_interactive', url: customer.url(path) });
  const { id } = await desk.post('/ivrs', {
    ...{ name, entry_context: 1 },
    contexts: [
      {
        id: 1,
        options: [
          { key: 'start', actions: [{ type: 'play_sound', sound: hello }] },
          { key: '1', actions: [asks(name), asks(`${name}-choice?typed=$choice`), { type: 'hangup' }] },
          { key: 'timeout', actions: [{ type: 'jump', context: 1, option: 'start' }] },
        ],
      },
      {
        id: 2,
        options: [{ key: 'start', actions: [{ type: 'queue', queue_id: desk.queueId, priority: '$urgency' }] }],
      },
    ],
  });
  await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id: id });
  for (const [trunk, did] of [
    [desk.trunkId, desk.did],
    [desk.sandboxTrunkId, '33199000000'],
  ] as const) {
    const dids = [{ number: did, extension_number: '332' }];
    await story.parley.rest('PATCH', `/trunks/${trunk}`, { dids });
  }
}

async function expectTrace(
  desk: Desk,
  name: string,
  call: { id: string; legs: { dialog_uuid: string }[] },
): Promise<void> {
  const [asked] = await customer.requests(`${name}-choice`);
  const leg = call.legs[0]!.dialog_uuid.replaceAll('-', '');
  expect(asked).toMatchObject({ method: 'GET', body: null });
  expect(asked?.query).toContain(`typed=42&EventType=call_interactive&CallID=${leg}&CallAPIID=`);
  expect(asked?.query).toContain('CalledExtension=000%2A332&');
  const timeline = await desk.timeline(call.id);
  const of = (type: string) => timeline.filter((item) => item.type === type);
  expect(of('ivr.answered')).toMatchObject([
    { status: 200, error: null },
    { status: 200, error: null },
  ]);
  expect(of('ivr.digit').map(({ digit }) => digit)).toEqual(['1', '4', '2']);
  expect(of('ivr.left')).toMatchObject([{ cause: 'queued', to: String(desk.queueId) }]);
  expect(of('call.queued')).toMatchObject([{ priority: 700, caller_number: '92992' }]);
}

test.concurrent.each(['rfc4733', 'info'] as const)(
  'digits by %s lead a caller through the IVR and the customer’s script to an agent',
  async (by) => {
    const desk = await real.desk();
    const name = `menu-${by}`;
    await anIvr(real, desk, name);
    const ana = await real.agentAtDesk(desk, 'Ana', { toneHz: 600 });
    const digits = [
      { atMs: 800, digits: '1', by },
      { atMs: 3_000, digits: '42', by },
    ] as const;
    const caller = await real.caller(desk, { digits });
    await ana.answers();
    const talking = await desk.call(({ state }) => state === 'talking');
    await ana.hangsUp();
    expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
    expect(await desk.endOf(talking.id)).toMatchObject({ outcome: 'answered' });
    await expectTrace(desk, name, talking);
  },
);

test.concurrent('a person hears the space’s sounds, and the agent’s phone shows the caller as the script says', async () => {
  const desk = await real.desk();
  await anIvr(real, desk, 'heard');
  const ana = await real.agentAtDesk(desk, 'Ana', { toneHz: 600 });
  const caller = await real.outsider('33611000101', 1_000);
  await caller.dials(desk.did);
  await caller.hears(helloHz);
  await caller.presses('1');
  await caller.hears(promptHz);
  await caller.presses('42');
  await ana.answers();
  await Promise.all([caller.hears(600), ana.hears(1_000), ana.talksTo('92992')]);
  await caller.hangsUp();
  await ana.isFree();
});

/** The DID leads to an IVR that only asks `name`, and then hangs up. */
async function anAskingIvr(desk: Desk, name: string): Promise<void> {
  const actions = [{ type: 'call_interactive', url: customer.url(name), method: 'POST' }, { type: 'hangup' }];
  const contexts = [{ id: 'main', options: [{ key: 'start', actions }] }];
  const { id } = await desk.post('/ivrs', { name, entry_context: 'main', contexts });
  await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id: id });
  const dids = [{ number: desk.did, extension_number: '332' }];
  await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids });
}

test.concurrent('a simple transfer rings phones and a number outside at once; the first who answers has the caller', async () => {
  const desk = await real.desk({ agents: ['Ana', 'Bo'] });
  await customer.answers('both', '<SimpleTransfer timeout="20">101,102,33622000003</SimpleTransfer>');
  await anAskingIvr(desk, 'both');
  const [ana, bo] = [await real.phone(desk, 'Ana', { toneHz: 500 }), await real.phone(desk, 'Bo', { toneHz: 600 })];
  const caller = await real.outsider('33611000103', 1_000);
  await caller.dials(desk.did);
  await Promise.all([ana.rings(), bo.rings()]);
  await bo.answers();
  await ana.isFree();
  await Promise.all([caller.hears(600), bo.hears(1_000)]);
  await bo.hangsUp();
  await caller.isFree();
  const call = await desk.endOf();
  expect(call.legs.map(({ number, close_cause }) => [number, close_cause])).toEqual([
    ['33611000103', 'DIALOG_LEFT'],
    ['101', 'CANCELED'],
    ['102', 'HANGUP'],
    ['33622000003', 'CANCELED'],
  ]);
  const [asked] = await customer.requests('both');
  expect(asked).toMatchObject({ method: 'POST', query: '' });
  expect(asked?.body).toMatch(/^EventType=call_interactive&CallID=[0-9a-f]{32}&CallAPIID=/);
});

test.concurrent('not final, and nobody answers: the next action runs; a number of the space is shown outside', async () => {
  const desk = await real.desk({ outboundBy: 'carrier', space: { allowed_prefixes: ['33'] } });
  const own = '33140999999';
  await desk.post('/projects', { name: 'P', presentation_number: own });
  await customer.answers(
    'out',
    `<SimpleTransfer final="no" timeout="1">101</SimpleTransfer><SetCaller name="Acme" number="${own}"/>` +
      '<SimpleTransfer>33144556677</SimpleTransfer>',
  );
  await anAskingIvr(desk, 'out');
  const ana = await real.phone(desk, 'Ana');
  const friend = await real.outsider('33144556677', 800, desk);
  const caller = await real.outsider('33611000104', 1_000);
  await caller.dials(desk.did);
  await ana.rings();
  await friend.talksTo(own);
  await ana.isFree();
  await Promise.all([caller.hears(800), friend.hears(1_000)]);
  await friend.hangsUp();
  await caller.isFree();
  const { id } = await desk.endOf();
  const ended = (await desk.timeline(id)).filter(({ type }) => type === 'ivr.transfer_ended');
  expect(ended.map(({ outcome }) => outcome)).toEqual(['not_answered', 'answered']);
});

/** A carrier that the desk's trunk leads to; what it lets be heard before it answers is `announcementHz`. */
async function withCarrier(desk: Desk, talk: (carrier: SipPeer) => Promise<void>): Promise<void> {
  const carrier = await SipPeer.open({ port: desk.trunkPort, serverPort: real.parley.sipPort, hz: announcementHz });
  try {
    await talk(carrier);
  } finally {
    await carrier.close();
  }
}

const hasEarlyMedia = (desk: Desk, count: number) =>
  eventually(`early media has come ${count} times`, async () => {
    const [call] = await desk.calls();
    const timeline = call ? await desk.timeline(call.id) : [];
    return timeline.filter(({ type }) => type === 'leg.early_media').length === count;
  });

test.concurrent('an announcement before the answer is heard only where the script asks for it', async () => {
  const desk = await real.desk({ outboundBy: 'carrier', space: { allowed_prefixes: ['33'] } });
  const early = 'early_media="True"';
  const dials = (number: string, how = '') => `<SimpleTransfer final="no" ${how}>${number}</SimpleTransfer>`;
  const scripts = [
    dials('33144556601'),
    dials('33144556602', `${early} timeout="1"`),
    '<Pause length="1"/>',
    dials('33144556602', early),
  ];
  await customer.answers('announced', scripts.join(''));
  await anAskingIvr(desk, 'announced');
  await withCarrier(desk, async (carrier) => {
    const caller = await real.outsider('33611000105', 1_000);
    await caller.dials(desk.did);
    const unheard = await carrier.called();
    unheard.respondWithAudio('183 Session Progress');
    await hasEarlyMedia(desk, 1);
    await caller.hearsSound();
    unheard.respond('486 Busy Here');
    const givenUp = await carrier.called();
    expect((await caller.heard([announcementHz])).get(announcementHz)).toBe(0);
    givenUp.respondWithAudio('183 Session Progress');
    await caller.hears(announcementHz);
    await givenUp.ended();
    const heard = await carrier.called();
    heard.respond('180 Ringing');
    await caller.hearsNoLonger(announcementHz);
    heard.respondWithAudio('183 Session Progress');
    await caller.hears(announcementHz);
    expect((await desk.calls())[0]).toMatchObject({ state: 'ivr' });
    heard.respondWithAudio('200 OK');
    await desk.call(({ state }) => state === 'talking');
    await Promise.all([caller.hears(announcementHz), until(() => heard.line.hears(1_000))]);
    await heard.hangUp();
    await caller.isFree();
    expect((await desk.endOf()).legs.map(({ number, close_cause }) => [number, close_cause])).toEqual([
      ['33611000105', 'DIALOG_LEFT'],
      ['33144556601', 'BUSY'],
      ['33144556602', 'NO_ANSWER'],
      ['33144556602', 'HANGUP'],
    ]);
  });
});

test.concurrent('who is announced refuses: the caller hears the other phone ring, then its agent', async () => {
  const desk = await real.desk({ outboundBy: 'carrier', space: { allowed_prefixes: ['33'] } });
  await customer.answers('refused', '<SimpleTransfer early_media="True">33144556603,101</SimpleTransfer>');
  await anAskingIvr(desk, 'refused');
  await withCarrier(desk, async (carrier) => {
    const ana = await real.phone(desk, 'Ana', { toneHz: 600 });
    const caller = await real.outsider('33611000106', 1_000);
    await caller.dials(desk.did);
    const call = await carrier.called();
    call.respondWithAudio('183 Session Progress');
    await Promise.all([ana.rings(), caller.hears(announcementHz)]);
    call.respond('480 Temporarily Unavailable');
    await caller.hearsNoLonger(announcementHz);
    await caller.hearsSound();
    await ana.answers();
    await Promise.all([caller.hears(600), ana.hears(1_000)]);
    await ana.hangsUp();
    await caller.isFree();
  });
});

test.concurrent('a phone that answers has the caller, whatever is announced from outside', async () => {
  const desk = await real.desk({ outboundBy: 'carrier', space: { allowed_prefixes: ['33'] } });
  await customer.answers('beaten', '<SimpleTransfer early_media="True">33144556604,101</SimpleTransfer>');
  await anAskingIvr(desk, 'beaten');
  await withCarrier(desk, async (carrier) => {
    const ana = await real.phone(desk, 'Ana', { toneHz: 600 });
    const caller = await real.outsider('33611000107', 1_000);
    await caller.dials(desk.did);
    const call = await carrier.called();
    call.respondWithAudio('183 Session Progress');
    await caller.hears(announcementHz);
    await ana.answers();
    await call.ended();
    await Promise.all([caller.hears(600), ana.hears(1_000), caller.hearsNoLonger(announcementHz)]);
    await ana.hangsUp();
    await caller.isFree();
  });
});

test.concurrent('the same on the simulated engine', async () => {
  const desk = await simulated.desk({ agents: [], sandboxAgents: ['Ana'] });
  await anIvr(simulated, desk, 'simulated');
  await desk.state('Ana', 'available');
  const digits = [
    { at_ms: 300, digits: '1' },
    { at_ms: 1_200, digits: '42' },
  ];
  const id = await desk.ringIn({ digits, hang_up_after_s: 9 });
  const talking = await desk.call(({ state }) => state === 'talking');
  expect(talking.id).toBe(id);
  await desk.endOf(id);
  await expectTrace(desk, 'simulated', talking);
});

test('kill -9 in the middle of a sound: it begins again, and the caller goes on', async () => {
  const story = await Story.begin({ voice: 'asterisk', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
  try {
    const desk = await story.desk();
    await anIvr(story, desk, 'killed');
    const caller = await story.outsider('33611000102', 1_000);
    await caller.dials(desk.did);
    await caller.hears(helloHz);
    await caller.presses('1');
    await caller.hears(promptHz);
    await story.parley.dies();
    await story.parley.start();
    const call = await eventually('the call lives', async () => (await desk.calls())[0]);
    await eventually('the sound begins again', async () =>
      (await desk.timeline(call.id)).some(({ type }) => type === 'ivr.play_began_again'),
    );
    await caller.hears(promptHz);
    await caller.presses('42');
    await desk.call(({ state }) => state === 'queued');
    await caller.hangsUp();
    expect(await desk.endOf()).toMatchObject({ outcome: 'abandoned' });
  } finally {
    await story.end();
  }
}, 120_000);
