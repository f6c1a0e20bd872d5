// SMS by a whole server: a carrier in another process that is not ours, an independent HTTP server for the reports, the
// carrier away at the start and in the middle, and kill -9 of the server and of PostgreSQL.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { journalFaults } from './journal-check.ts';
import { eventually } from './parley.ts';
import { killPostgres } from './processes.ts';
import { numberOf, Sending } from './sending.ts';

const many = 10_000;
const some = 3_000;
const window = 50;
let sending: Sending;

beforeAll(async () => {
  sending = await Sending.open({ replyEvery: 100, window });
});
afterAll(async () => {
  await sending?.close();
});

test(
  '10,000 SMS by a carrier that is away at first and in the middle: each is told, once a change, in order',
  { timeout: 240_000 },
  async () => {
    const { carrier } = sending;
    await carrier.refuse(true);
    const broadcast = await sending.broadcast(many);
    await sleep(1_500);
    expect((await carrier.taken()).size).toBe(0);
    expect(await sending.counts(broadcast)).toMatchObject({ waiting: many });
    expect((await fetch(`${sending.parley.url}/readyz`)).status).toBe(200);
    await carrier.refuse(false);
    await eventually('a third has left', async () => (await carrier.taken()).size > many / 3, 120_000);
    await carrier.refuse(true);
    await sleep(1_000);
    await carrier.refuse(false);
    await sending.isIn(broadcast, 'done', 120_000);
    await sending.settled(60_000);

    const taken = await carrier.taken();
    expect([...taken.values()].filter((times) => times !== 1)).toEqual([]);
    const counts = await sending.counts(broadcast);
    // Submits whose answer was cut off: told by their receipts, which name the number.
    const pushed = [...(await sending.pushed()).values()];
    const replies = pushed.flatMap(({ statuses }) => statuses.filter((status) => status === 'ANSWERED')).length;
    const strange = pushed.filter(
      ({ statuses }) => !/^(SENT )?RECEIVED( ANSWERED)?$|^(SENT )?ANSWERED RECEIVED$/.test(statuses.join(' ')),
    );
    expect({ replies, strange }).toEqual({ replies: Math.floor(taken.size / 100), strange: [] });
    expect(pushed.filter(({ statuses }) => statuses[0] !== 'SENT').length).toBeLessThanOrEqual(window);
    // Begun when the carrier was cut off, and perhaps not on the wire.
    expect(pushed.length + (counts.attempts['unknown'] ?? 0)).toBe(many);
    expect(counts.attempts['unknown'] ?? 0).toBeLessThanOrEqual(window);
  },
);

test(
  'a server killed in the middle again and again sends nobody anything twice, and forgets nobody',
  { timeout: 240_000 },
  async () => {
    const { carrier, parley } = sending;
    const before = await carrier.taken();
    const broadcast = await sending.broadcast(some, { rate_per_s: 400, from: '38001' });
    const kills = 3;
    for (let kill = 1; kill <= kills; kill++) {
      const reached = (some / (kills + 1)) * kill;
      await eventually(
        'some have left',
        async () => [...(await carrier.taken()).values()].filter((times) => times > 1).length > reached - 200,
        60_000,
      );
      await parley.dies();
      await parley.start();
    }
    // What was in the hands of a killed process is looked after 30 s later.
    await sending.isIn(broadcast, 'done', 120_000);
    await sending.settled(60_000);
    const taken = await carrier.taken();
    const numbers = Array.from({ length: some }, (_, place) => numberOf(place).slice(1));
    const times = numbers.map((number) => (taken.get(number) ?? 0) - (before.get(number) ?? 0));
    expect(times.filter((count) => count > 1)).toEqual([]);
    const counts = await sending.counts(broadcast);
    const unknown = counts.attempts['unknown'] ?? 0;
    expect(counts).toMatchObject({ contacts: some, done: some, waiting: 0, under_way: 0 });
    // Nobody is forgotten: who got nothing is marked as one of whom nobody knows.
    expect(times.filter((count) => count === 0).length).toBeLessThanOrEqual(unknown);
    expect(unknown).toBeLessThanOrEqual(kills * 2 * window);
    expect(await journalFaults(parley.home)).toEqual([]);
  },
);

test(
  'PostgreSQL killed in the middle, under a server that lives on: nobody gets anything twice, and nobody is forgotten',
  { timeout: 240_000 },
  async () => {
    const { carrier, parley } = sending;
    const before = await carrier.taken();
    const timesNow = async () => {
      const taken = await carrier.taken();
      return Array.from({ length: some }, (_, place) => {
        const number = numberOf(place).slice(1);
        return (taken.get(number) ?? 0) - (before.get(number) ?? 0);
      });
    };
    const broadcast = await sending.broadcast(some, { from: '38002' });
    for (const reached of [some / 6, some / 2]) {
      await eventually(
        'some have left',
        async () => (await timesNow()).filter((count) => count > 0).length > reached,
        60_000,
      );
      await killPostgres(parley.home);
      await eventually('PostgreSQL is back', async () => (await fetch(`${parley.url}/readyz`)).status === 200, 30_000);
    }
    await sending.isIn(broadcast, 'done', 120_000);
    await sending.settled(60_000);
    const times = await timesNow();
    expect(times.filter((count) => count > 1)).toEqual([]);
    const counts = await sending.counts(broadcast);
    expect(counts).toMatchObject({ contacts: some, done: some, waiting: 0, under_way: 0 });
    expect(times.filter((count) => count === 0).length).toBeLessThanOrEqual(counts.attempts['unknown'] ?? 0);
    expect(await journalFaults(parley.home)).toEqual([]);
  },
);
