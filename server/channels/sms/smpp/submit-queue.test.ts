import { expect, test } from 'vitest';
import { noTlvs } from './pdu.ts';
import type { QueueFull } from './settings.ts';
import { SubmitQueue } from './submit-queue.ts';
import { aBoundPeer, aSubmit } from './testing/peer.ts';

/** A queue before one connection with a window of 2, and a carrier that answers when the test says so. */
async function aQueue({
  throughputPerS = null,
  queueFull = 'too_fast',
}: { throughputPerS?: number | null; queueFull?: QueueFull } = {}) {
  const peer = await aBoundPeer({ window: 2, answerTimeoutMs: 60_000 });
  const sessions = [peer.session];
  const queue = new SubmitQueue({
    sessions: () => sessions,
    clock: peer.clock,
    limitMs: 10_000,
    throughputPerS,
    queueFull,
    roomGrew: () => undefined,
  });
  const submit = (text: string, { committed = false, signal = null as AbortSignal | null } = {}) =>
    queue.submit(aSubmit({ shortMessage: Buffer.from(text) }), { committed, signal });
  const texts = () =>
    peer.heard.map((pdu) => ('shortMessage' in pdu ? Buffer.from(pdu.shortMessage).toString() : pdu.command)).join('');
  /** Answers the nth that the carrier has heard. */
  const answer = async (nth: number, status = 0) => {
    const { sequence } = peer.heard[nth]!;
    await peer.send({
      command: 'submit_sm_resp',
      status,
      sequence,
      messageId: status === 0 ? `id${nth}` : '',
      tlvs: noTlvs,
    });
    queue.pump();
    await peer.settle();
  };
  return { peer, sessions, queue, submit, texts, answer };
}

test('what waits leaves in its order, as the window allows', async () => {
  const { peer, submit, texts, answer } = await aQueue();
  const outcomes = ['a', 'b', 'c', 'd'].map((text) => submit(text));
  await peer.settle();
  expect(texts()).toBe('ab');
  await answer(1);
  await answer(0);
  expect(texts()).toBe('abcd');
  expect(await outcomes[1]).toEqual({ result: 'taken', messageId: 'id1' });
});

test('a message that has begun goes before the others, in the order of its parts', async () => {
  const { peer, submit, texts, answer } = await aQueue();
  for (const text of ['a', 'b', 'c']) void submit(text);
  for (const text of ['2', '3']) void submit(text, { committed: true });
  await peer.settle();
  for (let nth = 0; nth < 3; nth++) await answer(nth);
  expect(texts()).toBe('ab23c');
});

test('what was too fast is the next to leave, after the pause', async () => {
  const { peer, queue, submit, texts, answer } = await aQueue();
  const outcomes = ['a', 'b', 'c'].map((text) => submit(text));
  await peer.settle();
  await answer(0, 0x58);
  await answer(1);
  expect(texts()).toBe('ab');
  expect(queue.room).toBe(0);
  await peer.clock.advance(250);
  await peer.settle();
  expect(texts()).toBe('abac');
  await answer(2);
  expect(await outcomes[0]).toEqual({ result: 'taken', messageId: 'id2' });
});

test('after ten seconds without room it is not sent, also if the carrier had said that we are too fast', async () => {
  const { peer, sessions, submit, answer } = await aQueue();
  const outcomes = ['a', 'b', 'c'].map((text) => submit(text));
  await peer.settle();
  await answer(0, 0x14);
  await answer(1, 0x58);
  sessions.length = 0;
  await peer.clock.advance(10_000);
  const notSent = { result: 'not_sent', info: 'There was no room at the carrier in time.' };
  expect(await Promise.all(outcomes)).toEqual([notSent, notSent, notSent]);
});

test('a full queue of one recipient holds up nobody else, where the carrier means that by it', async () => {
  const { submit, texts, answer, peer } = await aQueue({ queueFull: 'refused' });
  const outcomes = ['a', 'b', 'c'].map((text) => submit(text));
  await peer.settle();
  await answer(0, 0x14);
  expect(await outcomes[0]).toEqual({ result: 'refused', status: 0x14 });
  expect(texts()).toBe('abc');
});

test('without a connection nothing waits, but for a message that has begun', async () => {
  const { peer, sessions, queue, submit, texts } = await aQueue();
  sessions.length = 0;
  const other = submit('a');
  const begun = submit('2', { committed: true });
  queue.giveUp('The connection was lost.');
  expect(await other).toEqual({ result: 'not_sent', info: 'The connection was lost.' });
  sessions.push(peer.session);
  queue.pump();
  await peer.settle();
  expect(texts()).toBe('2');
  void begun;
});

test('a message that has begun does not wait for ever either', async () => {
  const { peer, sessions, submit } = await aQueue();
  sessions.length = 0;
  const begun = submit('2', { committed: true });
  await peer.clock.advance(10_000);
  expect(await begun).toMatchObject({ result: 'not_sent' });
});

test('the agreed throughput holds what is given all at once', async () => {
  const { peer, queue, submit, texts } = await aQueue({ throughputPerS: 1 });
  for (const text of ['a', 'b']) void submit(text);
  await peer.settle();
  expect(texts()).toBe('a');
  expect(queue.room).toBe(0);
  await peer.clock.advance(1_000);
  await peer.settle();
  expect(texts()).toBe('ab');
});

test('a signal takes back what waits, and only that', async () => {
  const { peer, submit, texts, answer } = await aQueue();
  const stop = new AbortController();
  const outcomes = ['a', 'b', 'c', 'd'].map((text) => submit(text, { signal: text === 'd' ? null : stop.signal }));
  await peer.settle();
  stop.abort();
  expect(await outcomes[2]).toMatchObject({ result: 'not_sent' });
  await answer(0);
  expect(await outcomes[0]).toMatchObject({ result: 'taken' });
  expect(texts()).toBe('abd');
  expect(await submit('e', { signal: stop.signal })).toMatchObject({ result: 'not_sent' });
});
