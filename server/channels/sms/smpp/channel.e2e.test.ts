// A channel and carriers that are not ours: npm `smpp` here; Net::SMPP in another process at the end.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Behaviour, type Carrier, npmCarrier, octetsOf } from '../../../../e2e/peers/smpp/npm-carrier.ts';
import { startSmppServer } from '../../../../e2e/peers/smpp/server.ts';
import { asId, asKey } from '../../../domain/ids.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import type { MessageFact, OutgoingMessage, Receipt } from '../../message.ts';
import { SmppChannel } from './channel.ts';
import type { SmppSettings } from './settings.ts';
import { aPartStore } from './testing/part-store.ts';
import { aCarrier } from './testing/settings.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Desk {
  channel: SmppChannel;
  facts: MessageFact[];
  /** What `fact` answers to; replaced by a test that wants it to fail. */
  keep: (fact: MessageFact) => Promise<void>;
  send(text?: string, changes?: Partial<OutgoingMessage>): ReturnType<SmppChannel['submit']>;
}

async function deskAt(port: number, settings: Partial<SmppSettings> = {}, { up = true } = {}): Promise<Desk> {
  const facts: MessageFact[] = [];
  const desk: Desk = {
    facts,
    keep: (fact) => {
      facts.push(fact);
      return Promise.resolve();
    },
    channel: new SmppChannel({
      id: asId(1),
      space: asId(1),
      settings: aCarrier({ port, ...settings }),
      listener: { fact: (fact) => desk.keep(fact), changed: () => undefined },
      parts: aPartStore(),
      clock: realClock,
      log: silentLog,
    }),
    send: (text = 'Hello', changes = {}) =>
      desk.channel.submit({ ...message, text, ...changes }, new AbortController().signal),
  };
  open.push({ close: () => desk.channel.close(100) });
  desk.channel.start();
  if (up) await vi.waitFor(() => expect(desk.channel.state).toBe('up'), { timeout: 5_000, interval: 5 });
  return desk;
}

const message: OutgoingMessage = {
  attempt: asKey('0123456789abcdef01234567'),
  media: 'sms',
  to: '+33612345678',
  from: 'Parley',
  text: '',
};

async function carrier(behaviour: Behaviour = {}): Promise<Carrier> {
  const one = await npmCarrier(behaviour);
  open.push(one);
  return one;
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

test('a message is taken, and the carrier has seen what we meant', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port);
  expect(await desk.send('Grüße: 5 €')).toEqual({
    outcome: 'taken',
    carrierIds: ['1'],
    size: null,
  });
  expect(smsc.submits[0]).toMatchObject({
    source_addr_ton: 5,
    source_addr: 'Parley',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '33612345678',
    registered_delivery: 1,
    data_coding: 0,
  });
  // npm smpp's own idea of GSM 03.38.
  expect((smsc.submits[0]!.short_message as { message: string }).message).toBe('Grüße: 5 €');
});

test.each([
  ['+33700000000', 1, 1, '33700000000'],
  ['36123', 3, 0, '36123'],
  ['ACME shop', 5, 0, 'ACME shop'],
  [null, 0, 0, ''],
])('the sender %s goes with its type of number', async (from, ton, npi, digits) => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port);
  await desk.send('Hello', { from });
  expect(smsc.submits[0]).toMatchObject({ source_addr_ton: ton, source_addr_npi: npi, source_addr: digits });
});

test('a wrong password leaves the channel down, and it is not tried again and again', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { password: 'wrong' }, { up: false });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  expect(desk.channel.problem).toBe('The carrier refused the bind: ESME_RINVPASWD.');
  expect(await desk.send()).toMatchObject({ outcome: 'not_sent' });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(smsc.binds).toHaveLength(1);
});

test('a carrier that is not there yet is found when it comes', async () => {
  const first = await carrier();
  const { port } = first;
  await first.close();
  open.splice(open.indexOf(first), 1);
  const desk = await deskAt(port, {}, { up: false });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  await carrier({ port });
  await eventually(() => expect(desk.channel.state).toBe('up'));
  expect(desk.channel.problem).toBeNull();
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
});

test('a carrier that says we are too fast gets the message again, slower', async () => {
  const times: number[] = [];
  const smsc = await carrier({
    onSubmit: (pdu, session, nth) => {
      times.push(Date.now());
      const tooFast = nth <= 2;
      session.send(pdu.response(tooFast ? { command_status: nth === 1 ? 0x58 : 0x14 } : { message_id: String(nth) }));
    },
  });
  const desk = await deskAt(smsc.port);
  const outcome = desk.send();
  await eventually(() => expect(smsc.submits).toHaveLength(1));
  expect(desk.channel).toMatchObject({ room: 0, problem: 'The carrier says that we are too fast.' });
  expect(await outcome).toMatchObject({ outcome: 'taken', carrierIds: ['3'] });
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(240);
  expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(480);
});

test('a carrier that never stops saying so has not got it: it may leave later, or by another', async () => {
  const smsc = await carrier({ onSubmit: (pdu, session) => session.send(pdu.response({ command_status: 0x58 })) });
  const desk = await deskAt(smsc.port, { answerTimeoutMs: 700 });
  expect(await desk.send()).toEqual({ outcome: 'not_sent', info: 'There was no room at the carrier in time.' });
});

test.each([
  [0x0b, '11', false],
  [0x08, '8', true],
  [0x400, '1024', false],
])('a refusal by status %d is told with its code', async (status, code, retryable) => {
  const smsc = await carrier({ onSubmit: (pdu, session) => session.send(pdu.response({ command_status: status })) });
  const desk = await deskAt(smsc.port);
  expect(await desk.send()).toMatchObject({ outcome: 'refused', code, retryable });
});

test('the window is never exceeded, and what waits leaves as answers come', async () => {
  const held: (() => void)[] = [];
  const smsc = await carrier({
    onSubmit: (pdu, session, nth) => held.push(() => session.send(pdu.response({ message_id: String(nth) }))),
  });
  const desk = await deskAt(smsc.port, { window: 3 });
  expect(desk.channel.room).toBe(3);
  const outcomes = Promise.all(Array.from({ length: 10 }, () => desk.send()));
  let answered = 0;
  while (answered < 10) {
    await eventually(() => expect(held.length).toBeGreaterThan(0));
    expect(smsc.submits.length - answered).toBeLessThanOrEqual(3);
    if (answered < 7) expect(desk.channel.room).toBe(0);
    held.pop()!();
    answered++;
  }
  const ids = (await outcomes).map((outcome) => (outcome.outcome === 'taken' ? outcome.carrierIds[0] : null));
  expect(new Set(ids).size).toBe(10);
});

test('a full window for too long: what was not on the wire is not_sent, what was is unknown', async () => {
  const smsc = await carrier({ onSubmit: () => undefined });
  const desk = await deskAt(smsc.port, { window: 1, answerTimeoutMs: 400 });
  const [first, second] = await Promise.all([desk.send(), desk.send()]);
  expect(first.outcome).toBe('unknown');
  // It may have left when the first one's window was given back.
  expect(second.outcome).toBe(smsc.submits.length === 2 ? 'unknown' : 'not_sent');
});

test('a connection cut in the middle of a window: on the wire is unknown, the rest was not sent, and it goes on', async () => {
  const smsc = await carrier({
    onSubmit: (pdu, session, nth) => {
      if (nth === 5) session.destroy();
      else if (nth > 5) session.send(pdu.response({ message_id: String(nth) }));
    },
  });
  const desk = await deskAt(smsc.port, { window: 5 });
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => desk.send()));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...Array.from({ length: 5 }, () => 'unknown'),
    ...Array.from({ length: 3 }, () => 'not_sent'),
  ]);
  await eventually(() => expect(desk.channel.state).toBe('up'));
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
});

test('what waits for room is given up by its signal, what is on the wire is not', async () => {
  const smsc = await carrier({ onSubmit: () => undefined });
  const desk = await deskAt(smsc.port, { window: 1, answerTimeoutMs: 1_000 });
  const cancelled = new AbortController();
  const [sent, waiting] = [1, 2].map(() => desk.channel.submit({ ...message, text: 'x' }, cancelled.signal));
  await eventually(() => expect(smsc.submits).toHaveLength(1));
  cancelled.abort();
  expect(await waiting).toMatchObject({ outcome: 'not_sent' });
  expect(await sent).toMatchObject({ outcome: 'unknown' });
  expect(smsc.submits).toHaveLength(1);
});

test.each(['garbage', 'half a PDU'])('%s in the middle of traffic: the connection is made anew', async (what) => {
  const octets = Buffer.from(
    what === 'garbage' ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : '0000003000000005',
    what === 'garbage' ? 'latin1' : 'hex',
  );
  const smsc = await carrier({ onEnquireLink: () => undefined });
  const desk = await deskAt(smsc.port, { enquireLinkMs: 200, answerTimeoutMs: 200 });
  smsc.sessions()[0]!.socket.write(octets);
  await eventually(() => expect(smsc.binds).toHaveLength(2));
  await eventually(() => expect(desk.channel.state).toBe('up'));
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
});

test('a carrier that has died silently is noticed by enquire_link', async () => {
  let asked = 0;
  const smsc = await carrier({ onEnquireLink: () => void asked++ });
  const desk = await deskAt(smsc.port, { enquireLinkMs: 150, answerTimeoutMs: 150 });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  expect(asked).toBeGreaterThanOrEqual(1);
  await eventually(() => expect(smsc.binds.length).toBeGreaterThanOrEqual(2));
});

test('a carrier that unbinds is answered, and bound again', async () => {
  const smsc = await carrier();
  await deskAt(smsc.port);
  const answered = new Promise((resolve) => smsc.sessions()[0]!.unbind(resolve));
  expect(await answered).toMatchObject({ command: 'unbind_resp' });
  await eventually(() => expect(smsc.binds).toHaveLength(2));
});

test('a channel that is closed unbinds, after the answers under way', async () => {
  let unbound = false;
  const smsc = await carrier({
    onSubmit: (pdu, session) => setTimeout(() => session.send(pdu.response({ message_id: 'late' })), 200),
    onUnbind: (pdu, session) => {
      unbound = true;
      session.send(pdu.response());
    },
  });
  const desk = await deskAt(smsc.port);
  const outcome = desk.send();
  await eventually(() => expect(smsc.submits).toHaveLength(1));
  await desk.channel.close(2_000);
  expect(await outcome).toMatchObject({ outcome: 'taken', carrierIds: ['late'] });
  expect(unbound).toBe(true);
  expect(await desk.send()).toMatchObject({ outcome: 'not_sent' });
});

test('a pair of transmitter and receiver: submits on the one, receipts on the other', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { bind: 'tx_rx' });
  await eventually(() => expect(smsc.binds.toSorted()).toEqual(['bind_receiver', 'bind_transmitter']));
  await eventually(() => expect(smsc.sessions()).toHaveLength(2));
  expect(await desk.send()).toMatchObject({ outcome: 'taken', carrierIds: ['1'] });
  await smsc.deliver(receiptFor('1'));
  expect(desk.facts).toMatchObject([{ kind: 'receipt', carrierId: '1', status: 'delivered' }]);
});

test('several binds share the traffic, and the loss of one leaves the channel up', async () => {
  const smsc = await carrier({
    onSubmit: (pdu, session) => setTimeout(() => session.send(pdu.response({ message_id: 'x' })), 30),
  });
  const desk = await deskAt(smsc.port, { binds: 3, window: 2 });
  await eventually(() => expect(desk.channel.room).toBe(6));
  await Promise.all(Array.from({ length: 12 }, () => desk.send()));
  smsc.sessions()[0]!.destroy();
  await eventually(() => expect(desk.channel.room).toBe(4));
  expect(desk.channel.state).toBe('up');
});

test('the agreed throughput is kept', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { throughputPerS: 50, window: 100 });
  const begun = Date.now();
  await Promise.all(Array.from({ length: 30 }, () => desk.send()));
  // 5 at once, then one every 20 ms.
  expect(Date.now() - begun).toBeGreaterThanOrEqual(480);
});

test('TLS with the carrier’s own authority; with none it is not trusted', async () => {
  const tls = selfSigned();
  const smsc = await carrier({ tls });
  const desk = await deskAt(smsc.port, { host: 'localhost', tls: { ca: tls.cert } });
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
  const suspicious = await deskAt(smsc.port, { host: 'localhost', tls: { ca: null } }, { up: false });
  await eventually(() => expect(suspicious.channel.state).toBe('down'));
});

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync(
      'openssl',
      [...args, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      {
        stdio: 'ignore',
      },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const longGsm = `${'Voilà une longue lettre. '.repeat(6)}€${' Et encore davantage de mots.'.repeat(8)}`;
const longUcs2 = `${'Zażółć gęślą jaźń. '.repeat(7)}😀${' Pchnąć w tę łódź jeża.'.repeat(4)}`;

test.each([
  ['udh', 'GSM 03.38', longGsm],
  ['udh', 'UCS-2', longUcs2],
  ['sar', 'GSM 03.38', longGsm],
  ['sar', 'UCS-2', longUcs2],
] as const)('by %s a long text in %s goes in parts that the carrier can put together', async (long, _, text) => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { long });
  const outcome = await desk.send(text);
  const parts = smsc.submits;
  expect(parts.length).toBeGreaterThan(2);
  expect(outcome).toMatchObject({ outcome: 'taken', carrierIds: parts.map((_, at) => String(at + 1)) });
  const numbers = parts.map((pdu) => {
    const { header } = octetsOf(pdu);
    return long === 'udh' ? [...header!] : [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum];
  });
  const [first] = numbers;
  for (const [at, each] of numbers.entries()) {
    expect(each).toEqual([...first!.slice(0, -2), parts.length, at + 1]);
    expect(parts[at]!.esm_class).toBe(long === 'udh' ? 0x40 : 0);
  }
  const whole = parts.map((pdu) => (pdu.short_message as { message: string }).message).join('');
  expect(whole).toBe(text);
});

test('by message_payload a long text goes whole', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { long: 'payload' });
  expect(await desk.send(longGsm)).toMatchObject({ outcome: 'taken', carrierIds: ['1'] });
  expect((smsc.submits[0]!.message_payload as { message: string }).message).toBe(longGsm);
});

test('a long text of which a part is refused is refused for good; its other parts were taken', async () => {
  const smsc = await carrier({
    onSubmit: (pdu, session, nth) =>
      session.send(pdu.response(nth === 2 ? { command_status: 0x08 } : { message_id: String(nth) })),
  });
  const desk = await deskAt(smsc.port);
  expect(await desk.send(longGsm)).toMatchObject({
    outcome: 'refused',
    retryable: false,
    code: '8',
    info: expect.stringContaining('2 of 3 parts'),
  });
});

test('a long text whose first part is refused sends no other', async () => {
  const smsc = await carrier({ onSubmit: (pdu, session) => session.send(pdu.response({ command_status: 0x08 })) });
  const desk = await deskAt(smsc.port);
  expect(await desk.send(longGsm)).toMatchObject({ outcome: 'refused', retryable: true });
  expect(smsc.submits).toHaveLength(1);
});

const receiptFor = (id: string, changes: Record<string, unknown> = {}) => ({
  source_addr_ton: 1,
  source_addr: '33612345678',
  destination_addr: 'Parley',
  esm_class: 4,
  short_message: `id:${id} sub:001 dlvrd:001 submit date:2611201304 done date:2611201305 stat:DELIVRD err:000 text:Hello`,
  ...changes,
});

test('a receipt is acknowledged when it is kept, and not before', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { receiptTimeZone: 'Europe/Paris' });
  await desk.send();
  desk.keep = () => Promise.reject(new Error('The database is away.'));
  expect(await smsc.deliver(receiptFor('1'))).toMatchObject({ command: 'deliver_sm_resp', command_status: 0x64 });
  desk.keep = (fact) => Promise.resolve(void desk.facts.push(fact));
  expect(await smsc.deliver(receiptFor('1'))).toMatchObject({ command_status: 0 });
  // Doubled: told twice, for the history to know.
  expect(await smsc.deliver(receiptFor('1'))).toMatchObject({ command_status: 0 });
  expect(desk.facts).toHaveLength(2);
  expect(desk.facts[0]).toMatchObject({
    kind: 'receipt',
    carrierId: '1',
    to: '+33612345678',
    status: 'delivered',
    code: '000',
    at: Date.UTC(2026, 10, 20, 12, 5),
  });
});

test.each([
  ['auto', 'decimal', (n: number) => n.toString(16)],
  ['auto', 'hex', (n: number) => String(n)],
  ['hex', 'decimal', (n: number) => n.toString(16).toUpperCase()],
  ['decimal', 'hex', (n: number) => String(n).padStart(10, '0')],
  ['same', 'as in the answer', (n: number) => n.toString(16)],
] as const)('receipts whose ids are read as %s find their messages', async (receiptIds, answers, written) => {
  const inAnswer = (n: number) => (answers === 'decimal' ? String(n) : n.toString(16));
  const smsc = await carrier({
    onSubmit: (pdu, session, nth) => session.send(pdu.response({ message_id: inAnswer(1_000_000 + nth) })),
  });
  const desk = await deskAt(smsc.port, { receiptIds });
  const sent = [];
  for (let turn = 1; turn <= 20; turn++) {
    const outcome = await desk.send();
    sent.push(outcome.outcome === 'taken' ? outcome.carrierIds[0] : null);
    await smsc.deliver(receiptFor(written(1_000_000 + turn)));
  }
  expect(desk.facts.map((fact) => (fact as Receipt).carrierId)).toEqual(sent);
});

test('a failure by parameters only, and one that is not final', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port);
  await smsc.deliver(receiptFor('', { short_message: '', receipted_message_id: '7', message_state: 6 }));
  expect(desk.facts).toEqual([]);
  await smsc.deliver(
    receiptFor('', {
      short_message: '',
      receipted_message_id: '7',
      message_state: 5,
      network_error_code: Buffer.from([3, 0, 27]),
    }),
  );
  expect(desk.facts).toMatchObject([{ kind: 'receipt', carrierId: '7', status: 'failed', code: '27' }]);
});

test('a reply comes as it was written', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port);
  const fields = { source_addr_ton: 1, source_addr: '33612345678', dest_addr_ton: 3, destination_addr: '36123' };
  await smsc.deliver({ ...fields, short_message: 'STOP' });
  await smsc.deliver({ ...fields, data_coding: 8, short_message: 'Dziękuję 😀' });
  await smsc.deliver({ ...fields, short_message: '', message_payload: 'whole' });
  expect(desk.facts).toMatchObject(
    ['STOP', 'Dziękuję 😀', 'whole'].map((text) => ({
      kind: 'incoming',
      media: 'sms',
      from: '+33612345678',
      to: '36123',
      text,
    })),
  );
});

test.each([
  ['8-bit references', (number: number) => ({ esm_class: 0x40, header: [5, 0, 3, 9, 3, number] })],
  ['16-bit references', (number: number) => ({ esm_class: 0x40, header: [6, 8, 4, 1, 9, 3, number] })],
  ['sar parameters', (number: number) => ({ sar_msg_ref_num: 9, sar_total_segments: 3, sar_segment_seqnum: number })],
])('a long reply with %s is put together, whatever part comes first', async (_, segment) => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port);
  const text = 'Zażółć gęślą jaźń 😀 '.repeat(8);
  const octets = Buffer.from(text, 'utf16le').swap16();
  // Cut within the emoji: some handsets do.
  const cuts = [0, 38, 102, octets.length];
  const answers = [3, 1, 2].map((number) => {
    const { header = [], ...fields } = segment(number) as { header?: number[] };
    const short_message = Buffer.concat([Buffer.from(header), octets.subarray(cuts[number - 1], cuts[number])]);
    return smsc.deliver({
      source_addr_ton: 1,
      source_addr: '33612345678',
      destination_addr: '36123',
      data_coding: 8,
      ...fields,
      short_message,
    });
  });
  expect((await Promise.all(answers)).map((answer) => answer.command_status)).toEqual([0, 0, 0]);
  expect(desk.facts).toMatchObject([{ kind: 'incoming', text }]);
});

test('a carrier written in Perl (Net::SMPP): texts, parts, receipts and replies', async () => {
  const server = await startSmppServer({ kind: 'net-smpp', replyEvery: 10 });
  open.push(server);
  const desk = await deskAt(server.port);
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      desk.send(at % 5 === 0 ? longUcs2 : `Hello ${at}`, { to: `+336${String(at).padStart(8, '0')}` }),
    ),
  );
  const ids = outcomes.flatMap((outcome) => (outcome.outcome === 'taken' ? outcome.carrierIds : []));
  expect(ids.length).toBe(40 + 10 * 4);
  await eventually(() => {
    const receipts = desk.facts.flatMap((fact) => (fact.kind === 'receipt' ? [fact.carrierId] : []));
    expect(receipts.toSorted()).toEqual(ids.toSorted());
    const replies = desk.facts.flatMap((fact) => (fact.kind === 'incoming' ? [fact.text] : []));
    expect(replies).toEqual(Array.from({ length: 8 }, () => 'Ok'));
  });
});
