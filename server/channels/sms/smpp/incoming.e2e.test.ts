// What carriers that are not ours tell: receipts and replies of npm `smpp`.
import { expect, test } from 'vitest';
import type { Receipt } from '../../message.ts';
import { carrier, deskAt, receiptFor } from './testing/desk.ts';

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
