// SIGTERM while nobody lets go: a caller who waits, a carrier that answers nothing, a customer's server that hangs.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../server/delivery/testing/receiver.ts';
import { Desk } from './desk.ts';
import { journalFaults } from './journal-check.ts';
import { eventually } from './parley.ts';
import { processesOf } from './processes.ts';
import { Sending } from './sending.ts';

const window = 20;
const some = 100;
let sending: Sending;
let customer: Receiver;

beforeAll(async () => {
  sending = await Sending.open({ window, env: { PARLEY_DRAIN_S: '5' } });
  customer = await startReceiver();
});
afterAll(async () => {
  await sending?.close();
  await customer?.stop();
});

test('asked to stop, it ends with 0 within 10 s; nobody gets the message twice, and nobody is forgotten', async () => {
  const { carrier, parley } = sending;
  const desk = await Desk.open(parley, { agents: [] });
  const hangs = { space_id: desk.spaceId, type: 'dialogs', url: customer.url('/hangs'), concurrency: 1 };
  await parley.rest('POST', '/endpoints', hangs);
  const call = await desk.ringIn();
  await eventually('the customer is told of the call', async () => (await customer.count()) > 0);
  await carrier.silence(true);
  const broadcast = await sending.broadcast(some);
  await eventually('the window is full', async () => (await carrier.taken()).size === window);

  const begin = performance.now();
  const stopped = parley.stop();
  const isReady = async () => (await fetch(`${parley.url}/readyz`)).json();
  await expect.poll(isReady, { interval: 20 }).toEqual({ ready: false, missing: ['draining'] });
  expect(await stopped).toBe(0);
  expect(performance.now() - begin).toBeLessThan(10_000);
  expect(await processesOf(parley.home)).toEqual([]);

  await carrier.silence(false);
  await parley.start();
  expect(await desk.endOf(call)).toMatchObject({ outcome: 'failed' });
  await sending.isIn(broadcast, 'done', 60_000);
  const counts = await sending.counts(broadcast);
  expect(counts).toMatchObject({ contacts: some, done: some });
  expect(counts.attempts['unknown']).toBe(window);
  expect([...(await carrier.taken()).values()].filter((times) => times !== 1)).toEqual([]);
  expect(await journalFaults(parley.home)).toEqual([]);
});
