// The drivers themselves, so that a story that fails says something about Parley. Directly between SIPp and baresip,
// and through a bare Asterisk that has a phone and a trunk.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ari, aTestAsterisk, provision, type TestAsterisk } from '../../server/platform/asterisk/testing.ts';
import { freePort } from '../../server/platform/asterisk/testing-ports.ts';
import { aPhone, type Phone, type PhoneOptions } from './phone.ts';
import { type Callees, type Callers, callees, callers, type SippRun } from './sipp.ts';

/** The desk is known by it: a phone without a registration. */
let deskPort: number;

const dialplan = `[phones]
exten => echo,1,Answer()
 same => n,Echo()
exten => music,1,Answer()
 same => n,MusicOnHold(default)
[trunk]
exten => _X.,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
`;

let lab: TestAsterisk;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  lab = await aTestAsterisk({ dialplan });
  deskPort = await freePort();
  await tell('auth/ana', { auth_type: 'userpass', username: 'ana', password: 'secret' });
  await tell('aor/ana', { max_contacts: '1', remove_existing: 'yes' });
  await tell('endpoint/desk', { ...endpoint, context: 'phones' });
  await tell('identify/desk', { endpoint: 'desk', match: `127.0.0.1:${deskPort}` });
  await tell('endpoint/ana', { ...endpoint, context: 'phones', auth: 'ana', aors: 'ana' });
});

afterAll(() => lab.close());

afterEach(async () => {
  for (const peer of open.splice(0).reverse()) await peer.close();
});

test('a caller and a callee of SIPp talk, and each may hang up', async () => {
  for (const [talkForMs, hangUpAfterMs] of [
    [500, null],
    [null, 500],
  ] as const) {
    const callee = await sippCallees({ hangUpAfterMs });
    const caller = await sippCallers({ to: { port: callee.port, number: '100' }, talkForMs });
    expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0, unexpected: [] });
    expect(await callee.done()).toMatchObject({ succeeded: 1, failed: 0 });
  }
});

test('a refusal that was expected is a success, any other is a failure with its code', async () => {
  const callee = await sippCallees({ status: 486, calls: 2 });
  const to = { port: callee.port, number: '100' };
  expect(await (await sippCallers({ to, expectStatus: 486 })).done()).toMatchObject({ succeeded: 1, failed: 0 });
  expect(await (await sippCallers({ to })).done()).toMatchObject({ succeeded: 0, failed: 1, unexpected: [486] });
});

test('ten calls at once', async () => {
  const callee = await sippCallees({ calls: 10 });
  const caller = await sippCallers({
    to: { port: callee.port, number: '100' },
    calls: 10,
    perSecond: 50,
    talkForMs: 500,
  });
  expect(await caller.done()).toMatchObject({ succeeded: 10, failed: 0 });
});

test('a phone registers with its password, and unregisters when it is closed', async () => {
  const phone = await anasPhone();
  expect(await stateOf('ana')).toBe('online');
  await phone.close();
  expect(await stateOf('ana')).toBe('offline');
});

test('a phone with a wrong password is told apart', async () => {
  await expect(anasPhone({ password: 'guess' })).rejects.toThrow(/registration is refused: 401/);
});

test('a phone hears its caller, gets his digits by telephone events, and sees him hang up', async () => {
  const phone = await anasPhone();
  const caller = await sippCallers({
    to: { port: phone.port, number: 'ana' },
    from: '+33611',
    fromName: 'Bob',
    toneHz: 700,
    talkForMs: 4_000,
    digits: [{ atMs: 1_500, digits: '42#' }],
  });
  expect(await phone.answers()).toMatchObject({ peer: '+33611', peerName: 'Bob' });
  await phone.hears(700);
  await phone.getsDigits('42#');
  expect(await caller.done()).toMatchObject({ succeeded: 1 });
  await phone.isFree();
  const heard = await phone.heard([700, 440]);
  expect(heard.get(700)).toBeGreaterThan(0.8);
  expect(heard.get(440)).toBe(0);
});

test('a caller also presses keys by SIP INFO', async () => {
  const phone = await anasPhone({ autoAnswer: true });
  const digits = [{ atMs: 500, digits: '7', by: 'info' as const }];
  const caller = await sippCallers({ to: { port: phone.port, number: 'ana' }, digits });
  await phone.getsDigits('7');
  expect(await caller.done()).toMatchObject({ succeeded: 1 });
});

test('a caller gives up while it rings', async () => {
  const phone = await anasPhone();
  const caller = await sippCallers({ to: { port: phone.port, number: 'ana' }, cancelAfterMs: 500 });
  await phone.rings();
  await phone.isFree();
  expect(await caller.done()).toMatchObject({ succeeded: 1, failed: 0 });
});

test('a phone refuses, and the caller is told that it is busy', async () => {
  const phone = await anasPhone();
  const caller = await sippCallers({ to: { port: phone.port, number: 'ana' }, expectStatus: 486 });
  await phone.rejects();
  expect(await caller.done()).toMatchObject({ succeeded: 1 });
});

test('audio flows both ways between phone and Asterisk', async () => {
  const phone = await anasPhone({ toneHz: 900 });
  await phone.dials('echo');
  await phone.talks();
  await phone.hears(900);
  await phone.hangsUp();
});

test('two phones call each other, and each hears the other one', async () => {
  const ana = await anasPhone({ toneHz: 600 });
  const bob = await aPhoneOf({ username: '+33622', password: null, toneHz: 1_000, server: { port: ana.port } });
  await bob.dials('ana');
  await ana.answers();
  await Promise.all([ana.hears(1_000), bob.hears(600)]);
  await ana.hangsUp();
  await bob.isFree();
});

test('a phone that is put on hold hears the other one no longer, until it is taken back', async () => {
  const [ana, desk] = await bridgedPhones();
  await desk.hears(600);
  await ana.holds();
  await desk.hearsNoLonger(600);
  await ana.resumes();
  await desk.hears(600);
});

test('a phone transfers its call: the other side calls that number instead', async () => {
  const ana = await anasPhone();
  const desk = await aPhoneOf({ username: 'desk', password: null, server: { port: ana.port }, port: deskPort });
  await desk.dials('ana');
  await ana.answers();
  await ana.transfersTo('echo');
  await desk.talksTo('echo');
  await desk.hears(440);
});

test('a caller is known as a trunk by his port, and as nobody by another', async () => {
  const trunkPort = await freePort();
  await tell('endpoint/carrier', { ...endpoint, context: 'trunk' });
  await tell('identify/carrier', { endpoint: 'carrier', match: `127.0.0.1:${trunkPort}` });
  const to = { port: lab.config.sipPort, number: '33140000000' };
  const known = await sippCallers({ to, port: trunkPort, talkForMs: null });
  expect(await known.done()).toMatchObject({ succeeded: 1, failed: 0 });
  const unknown = await sippCallers({ to, expectStatus: 401 });
  expect(await unknown.done()).toMatchObject({ succeeded: 1, failed: 0 });
});

const endpoint = {
  transport: 'transport-udp',
  disallow: 'all',
  allow: 'ulaw',
  direct_media: 'no',
  rtp_symmetric: 'yes',
  media_address: '127.0.0.1',
  bind_rtp_to_media_address: 'yes',
};

function anasPhone(options: Partial<PhoneOptions> = {}): Promise<Phone> {
  return aPhoneOf({ server: { port: lab.config.sipPort }, username: 'ana', password: 'secret', ...options });
}

async function aPhoneOf(options: PhoneOptions): Promise<Phone> {
  return kept(await aPhone(options));
}

async function sippCallers(options: Callers): Promise<SippRun> {
  return kept(await callers(options));
}

async function sippCallees(options: Callees): Promise<SippRun> {
  return kept(await callees(options));
}

function kept<T extends { close(): Promise<void> }>(peer: T): T {
  open.push(peer);
  return peer;
}

/** Asterisk calls both and joins them. */
async function bridgedPhones(): Promise<[Phone, Phone]> {
  const ana = await anasPhone({ toneHz: 600, autoAnswer: true });
  const desk = await aPhoneOf({
    username: 'desk',
    password: null,
    server: { port: ana.port },
    port: deskPort,
    autoAnswer: true,
  });
  const { url, user, password } = lab.asterisk.ari;
  const events = new WebSocket(`${url.replace('http', 'ws')}/events?app=lab&api_key=${user}:${password}`);
  open.push({ close: async () => events.close() });
  await new Promise((resolve) => events.addEventListener('open', resolve));
  await ari(lab.asterisk, 'POST', '/bridges/both');
  for (const to of ['ana', `desk/sip:desk@127.0.0.1:${deskPort}`]) {
    const { body } = await ari(lab.asterisk, 'POST', `/channels?endpoint=PJSIP/${to}&app=lab`);
    const join = `/bridges/both/addChannel?channel=${(body as { id: string }).id}`;
    await vi.waitFor(async () => expect((await ari(lab.asterisk, 'POST', join)).status).toBe(204), 5_000);
  }
  return [ana, desk];
}

async function tell(object: string, fields: Record<string, string>): Promise<void> {
  await provision(lab.asterisk, object, fields);
}

async function stateOf(phone: string): Promise<unknown> {
  const { body } = await ari(lab.asterisk, 'GET', `/endpoints/PJSIP/${phone}`);
  return (body as { state: unknown }).state;
}
