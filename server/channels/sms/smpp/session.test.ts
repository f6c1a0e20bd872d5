import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noAddress, noTlvs } from './pdu.ts';
import { anyPdu } from './testing/any-pdu.ts';
import { someGarbage } from './testing/garbage.ts';
import { aBoundPeer, aMessage, aPeer, aSubmit } from './testing/peer.ts';

const credentials = { systemId: 'parley', password: 'secret', systemType: '' };
const taken = (sequence: number, messageId = 'a1') =>
  ({ command: 'submit_sm_resp', status: 0, sequence, messageId, tlvs: noTlvs }) as const;

test('a bind that is refused ends the connection, and says by what', async () => {
  const peer = aPeer();
  const bound = peer.session.bind('bind_transceiver', credentials);
  await peer.settle();
  expect(peer.heard).toMatchObject([{ command: 'bind_transceiver', systemId: 'parley', interfaceVersion: 0x34 }]);
  await peer.send({ command: 'bind_transceiver_resp', status: 0x0e, sequence: 1, systemId: '', tlvs: noTlvs });
  expect(await bound).toBe(false);
  expect(peer.ended()).toBe('The carrier refused the bind: ESME_RINVPASWD.');
});

test('a bind that is never answered ends the connection after the limit of time', async () => {
  const peer = aPeer();
  const bound = peer.session.bind('bind_receiver', credentials);
  await peer.clock.advance(4_999);
  expect(peer.ended()).toBeNull();
  await peer.clock.advance(1);
  expect(await bound).toBe(false);
  expect(peer.ended()).toBe('The carrier gave no answer in time.');
});

test('answers find their submits in whatever order they come', async () => {
  const peer = await aBoundPeer();
  const [first, second] = [peer.session.submit(aSubmit()), peer.session.submit(aSubmit())];
  await peer.settle();
  const [one, other] = peer.heard.map(({ sequence }) => sequence);
  await peer.send(taken(other!, 'second'));
  await peer.send(taken(one!, 'first'));
  expect(await first).toMatchObject({ answered: { messageId: 'first' } });
  expect(await second).toMatchObject({ answered: { messageId: 'second' } });
});

test('a full window has no room until an answer comes', async () => {
  const peer = await aBoundPeer({ window: 2 });
  const first = peer.session.submit(aSubmit());
  void peer.session.submit(aSubmit());
  expect(peer.session.room).toBe(0);
  await peer.settle();
  await peer.send(taken(peer.heard[0]!.sequence));
  expect(peer.session.room).toBe(1);
  expect(await first).toMatchObject({ answered: { status: 0 } });
});

test('a submit without an answer is unknown after the limit, and an answer after that does no harm', async () => {
  const peer = await aBoundPeer();
  const outcome = peer.session.submit(aSubmit());
  await peer.settle();
  await peer.clock.advance(5_000);
  expect(await outcome).toEqual({ unknown: 'The carrier gave no answer in time.' });
  await peer.send(taken(peer.heard[0]!.sequence));
  expect(peer.ended()).toBeNull();
  expect(peer.session.room).toBe(10);
});

test('a connection that is cut in the middle of a window leaves each submit unknown', async () => {
  const peer = await aBoundPeer();
  const outcomes = Promise.all(Array.from({ length: 5 }, () => peer.session.submit(aSubmit())));
  await peer.settle();
  await peer.send(taken(peer.heard[1]!.sequence));
  await peer.cut();
  expect(await outcomes).toMatchObject([
    { unknown: 'The carrier closed the connection.' },
    { answered: { messageId: 'a1' } },
    { unknown: 'The carrier closed the connection.' },
    { unknown: 'The carrier closed the connection.' },
    { unknown: 'The carrier closed the connection.' },
  ]);
});

test('a generic_nack with its number refuses the submit', async () => {
  const peer = await aBoundPeer();
  const outcome = peer.session.submit(aSubmit());
  await peer.settle();
  await peer.send({ command: 'generic_nack', status: 0x03, sequence: peer.heard[0]!.sequence });
  expect(await outcome).toMatchObject({ answered: { command: 'generic_nack', status: 3 } });
});

test('a message is acknowledged only when it is kept', async () => {
  let keep = () => {};
  const peer = await aBoundPeer({ message: () => new Promise<void>((resolve) => (keep = resolve)) });
  await peer.send(aMessage({ sequence: 77 }));
  expect(peer.heard).toEqual([]);
  keep();
  await peer.settle();
  expect(peer.heard).toMatchObject([{ command: 'deliver_sm_resp', status: 0, sequence: 77 }]);
});

test('a message that could not be kept is asked for again', async () => {
  const peer = await aBoundPeer({ message: () => Promise.reject(new Error('The database is away.')) });
  await peer.send(aMessage({ sequence: 77 }));
  expect(peer.heard).toMatchObject([{ command: 'deliver_sm_resp', status: 0x64, sequence: 77 }]);
});

test('we ask a silent carrier whether it lives, and end when it does not answer', async () => {
  const peer = await aBoundPeer();
  await peer.clock.advance(30_000);
  await peer.settle();
  expect(peer.heard).toMatchObject([{ command: 'enquire_link' }]);
  await peer.send({ command: 'enquire_link_resp', status: 0, sequence: peer.heard[0]!.sequence });
  await peer.clock.advance(30_000);
  await peer.settle();
  expect(peer.ended()).toBeNull();
  expect(peer.heard).toHaveLength(2);
  await peer.clock.advance(5_000);
  expect(peer.ended()).toBe('The carrier gives no sign of life.');
});

test('a carrier that asks whether we live is answered', async () => {
  const peer = await aBoundPeer();
  await peer.send({ command: 'enquire_link', status: 0, sequence: 5 });
  expect(peer.heard).toEqual([{ command: 'enquire_link_resp', status: 0, sequence: 5 }]);
});

test('an unbind by the carrier is answered, and ends the session', async () => {
  const peer = await aBoundPeer();
  const outcome = peer.session.submit(aSubmit());
  await peer.settle();
  await peer.send({ command: 'unbind', status: 0, sequence: 9 });
  expect(peer.heard.at(-1)).toEqual({ command: 'unbind_resp', status: 0, sequence: 9 });
  expect(peer.ended()).toBe('The carrier has unbound.');
  expect(await outcome).toEqual({ unknown: 'The carrier has unbound.' });
});

test('we unbind in good form, and not longer than the limit', async () => {
  const peer = await aBoundPeer();
  const gone = peer.session.unbind(2_000);
  await peer.settle();
  expect(peer.heard).toMatchObject([{ command: 'unbind' }]);
  await peer.clock.advance(2_000);
  await gone;
  expect(peer.ended()).toBe('The carrier did not answer the unbind.');
});

test.each([
  ['an unknown command', '00000010 00000099 00000000 00000007', { status: 0x03, sequence: 7 }],
  ['a deliver_sm without its fields', '00000010 00000005 00000000 00000008', { status: 0x02, sequence: 8 }],
  ['an outbind', '00000012 0000000b 00000000 00000009 00 00', { status: 0x04, sequence: 9 }],
])('%s is answered by a generic_nack, and the session goes on', async (_, hex, nack) => {
  const peer = await aBoundPeer();
  await peer.sendOctets(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  expect(peer.heard).toEqual([{ command: 'generic_nack', ...nack }]);
  expect(peer.ended()).toBeNull();
});

test('an answer that cannot be read leaves its submit unknown at once', async () => {
  const peer = await aBoundPeer();
  const outcome = peer.session.submit(aSubmit());
  await peer.settle();
  const octets = Buffer.from('0000001280000004000000000000000061 62'.replaceAll(' ', ''), 'hex');
  octets.writeUInt32BE(peer.heard[0]!.sequence, 12);
  await peer.sendOctets(octets);
  expect(await outcome).toEqual({ unknown: 'The answer could not be read.' });
});

test('a length that no PDU has ends the session: nothing after it can be understood', async () => {
  const peer = await aBoundPeer();
  await peer.sendOctets(Buffer.from('474554202f20485454502f312e310d0a', 'hex'));
  expect(peer.heard).toMatchObject([{ command: 'generic_nack', status: 0x02 }]);
  expect(peer.ended()).toMatch(/out of step/);
});

test('half a message and then nothing is silence', async () => {
  const peer = await aBoundPeer();
  await peer.sendOctets(Buffer.from('0000004000000005000000000000000a', 'hex'));
  await peer.clock.advance(35_000);
  expect(peer.ended()).toBe('The carrier gives no sign of life.');
});

test('a carrier that sends one unreadable PDU after the other is left', async () => {
  const peer = await aBoundPeer();
  for (let turn = 0; turn < 20; turn++) await peer.sendOctets(Buffer.from('00000010000000990000000000000007', 'hex'));
  expect(peer.ended()).toBe('The carrier does not speak SMPP.');
});

test('whatever the carrier sends, every submit is settled and nothing is thrown', async () => {
  const seeds = fc.sample(anyPdu, { numRuns: 50, seed: 3 });
  for (let turn = 0; turn < 300; turn++) {
    const peer = await aBoundPeer();
    const outcomes = [1, 2, 3].map(() => peer.session.submit(aSubmit()));
    await peer.sendOctets(someGarbage(seeds[turn % seeds.length]!, Math.random));
    await peer.sendOctets(someGarbage(seeds[(turn * 7) % seeds.length]!, Math.random));
    await peer.clock.advance(5_000);
    expect(await Promise.all(outcomes)).toHaveLength(3);
    peer.session.cut('The test ends.');
  }
});

test('what is asked after the end is settled as well', async () => {
  const peer = await aBoundPeer();
  peer.session.cut('Enough.');
  expect(await peer.session.submit(aSubmit({ source: noAddress }))).toMatchObject({ unknown: expect.any(String) });
  expect(peer.session.room).toBe(0);
});
