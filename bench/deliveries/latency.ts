// From the moment an event is asked to be appended to the moment its push arrives in the receiver's process (one clock).
import type { Parts } from './throughput.ts';
import { quantile } from '../rounds.ts';
import type { Result } from '../results.ts';
import { addToOutbox, type Push } from '../../server/delivery/outbox.ts';
import { anEndpoint, aPush, aSpace, startRig } from '../../server/delivery/testing/rig.ts';
import type { CallEvent } from '../../server/domain/events.ts';
import type { SpaceId } from '../../server/domain/ids.ts';
import { follow } from '../../server/journal/follow.ts';
import type { Follower } from '../../server/journal/journal.ts';
import { openPgJournal } from '../../server/journal/pg-journal.ts';
import { anEvent, callId } from '../../server/journal/testing/events.ts';
import { realClock } from '../../server/platform/clock.ts';
import { silentLog } from '../../server/platform/log.ts';

interface Flow {
  seconds: number;
  perSecond: number;
  /** Endpoint of the nth event. */
  endpointOf(number: number): number;
}

const FILLER = 'x'.repeat(952);
const TICK_MS = 10;
const ROUNDS_OF_DEAD = 12;

/** ms from event to receiver, of all pushes that arrive. */
async function measured(parts: Parts, space: SpaceId, flow: Flow): Promise<number[]> {
  const { database, receiver } = parts;
  await receiver.remember(true);
  const rig = await startRig({ database });
  const journal = openPgJournal({ database, log: silentLog, clock: realClock });
  const base = Math.floor(Math.random() * 1e9) * 10_000;
  const touched = new Set<number>();
  const follower: Follower = {
    name: `bench latency ${base}`,
    async apply(tx, events) {
      const pushes = events.map(({ event, stream }): Push => {
        const number = Number(stream.split(' ')[1]);
        const endpoint = flow.endpointOf(number);
        touched.add(endpoint);
        const body = JSON.stringify({ sent: (event as CallEvent).at, filler: FILLER });
        return aPush(space, endpoint, (event as CallEvent).call, { body });
      });
      await addToOutbox(tx, pushes);
    },
    committed() {
      rig.worker.wake(touched);
      touched.clear();
    },
  };
  const following = follow({ database, journal, follower, log: silentLog, clock: realClock, spaces: [space] });
  const total = flow.seconds * flow.perSecond;
  const began = Date.now();
  const appends: Promise<void>[] = [];
  for (let number = 0; number < total;) {
    const due = Math.min(total, Math.floor(((Date.now() - began) / 1_000) * flow.perSecond));
    for (; number < due; number++) {
      const event = { ...anEvent(base + number), call: callId(base + number), at: Date.now() as CallEvent['at'] };
      const stream = `call:${callId(base + number)} ${number}`;
      appends.push(journal.append({ space, streams: [{ stream, expected: 0, events: [event as CallEvent] }] }));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(appends);
  await following.caughtUp();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const received = await receiver.received();
  await following.stop();
  await journal.close();
  await rig.stop();
  await receiver.remember(false);
  return received
    .filter(({ path }) => path === '/ok')
    .map(({ at, body }) => at - (JSON.parse(body) as { sent: number }).sent);
}

const shown = (ms: readonly number[]) => [0.5, 0.95, 0.99].map((share) => quantile(ms, share));

export async function latencies(parts: Parts): Promise<Result> {
  const space = await aSpace(parts.database);
  const { id } = await anEndpoint(parts.database, space, parts.receiver.url('/ok'));
  const ms = await measured(parts, space, { seconds: 10, perSecond: 500, endpointOf: () => id });
  const [p50, p95, p99] = shown(ms);
  return {
    what: `event → receiver at 500 events/s (${ms.length} pushes)`,
    ours: `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    against: null,
    ratio: null,
    target: 'p99 ≤ 250 ms',
    met: p99! <= 250 && ms.length === 5_000,
  };
}

/**
 * 100 endpoints at 500 events/s, with and without one of them a black hole that takes requests and never answers, in
 * turn. The p99 of each side is that of all its runs together: of a single run it is what else the machine did.
 */
export async function othersThanTheDead(parts: Parts): Promise<Result> {
  const { database, receiver, say } = parts;
  // A space of its own for each run: its follower then finds no earlier events.
  const run = async (paths: readonly string[]) => {
    const space = await aSpace(database);
    const endpoints: number[] = [];
    for (const path of paths) endpoints.push((await anEndpoint(database, space, receiver.url(path))).id);
    const flow = { seconds: 3, perSecond: 500, endpointOf: (number: number) => endpoints[number % 100]! };
    const ms = await measured(parts, space, flow);
    await database.query('delete from endpoints where space_id = $1', [space]);
    say(`p99 of the living ${paths.includes('/hangs') ? 'with' : 'without'} a dead one: ${quantile(ms, 0.99)} ms`);
    return ms;
  };
  const living = Array.from({ length: 100 }, () => '/ok');
  const dead = [...living.slice(1), '/hangs'];
  await run(dead); // The first one compiles.
  const all = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < ROUNDS_OF_DEAD; round++) {
    // Who begins changes, as in rounds.ts.
    if (round % 2 === 0) all.with.push(...(await run(dead)));
    all.without.push(...(await run(living)));
    if (round % 2 === 1) all.with.push(...(await run(dead)));
  }
  const [ours, theirs] = [all.with, all.without].map((ms) => quantile(ms, 0.99)) as [number, number];
  return {
    what: `p99 of 99 endpoints while the hundredth is a black hole (${all.with.length} pushes)`,
    ours: `${ours} ms`,
    against: `without ${theirs} ms`,
    ratio: ours / theirs,
    target: '≤ 1.2',
    met: ours / theirs <= 1.2,
  };
}
