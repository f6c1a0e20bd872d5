// Messages out by carriers that are not ours: paces, windows, connections that break, long texts. npm `smpp` here;
// Net::SMPP in another process at the end.
import { expect, test } from 'vitest';
import { octetsOf } from '../../../../e2e/peers/smpp/npm-carrier.ts';
import { startSmppServer } from '../../../../e2e/peers/smpp/server.ts';
import { aMessage, carrier, closedAfterTest, deskAt, eventually } from './testing/desk.ts';

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
  const [sent, waiting] = [1, 2].map(() => desk.channel.submit({ ...aMessage, text: 'x' }, cancelled.signal));
  await eventually(() => expect(smsc.submits).toHaveLength(1));
  cancelled.abort();
  expect(await waiting).toMatchObject({ outcome: 'not_sent' });
  expect(await sent).toMatchObject({ outcome: 'unknown' });
  expect(smsc.submits).toHaveLength(1);
});

test('the agreed throughput is kept', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { throughputPerS: 50, window: 100 });
  const begun = Date.now();
  await Promise.all(Array.from({ length: 30 }, () => desk.send()));
  // 5 at once, then one every 20 ms.
  expect(Date.now() - begun).toBeGreaterThanOrEqual(480);
});

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

test('a carrier written in Perl (Net::SMPP): texts, parts, receipts and replies', async () => {
  const server = closedAfterTest(await startSmppServer({ kind: 'net-smpp', replyEvery: 10 }));
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
