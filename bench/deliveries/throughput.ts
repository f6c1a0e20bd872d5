import { PgBoss } from 'pg-boss';
import { Pool } from 'undici';
import { addToOutbox, type Push } from '../../server/delivery/outbox.ts';
import type { Receiver } from '../../server/delivery/testing/receiver.ts';
import { anEndpoint, aPush, aSpace, startRig, untilEmpty } from '../../server/delivery/testing/rig.ts';
import type { CallEvent } from '../../server/domain/events.ts';
import type { SpaceId } from '../../server/domain/ids.ts';
import { follow } from '../../server/journal/follow.ts';
import type { Append, Follower } from '../../server/journal/journal.ts';
import { openPgJournal } from '../../server/journal/pg-journal.ts';
import { anEvent, callId } from '../../server/journal/testing/events.ts';
import { realClock } from '../../server/platform/clock.ts';
import type { Database } from '../../server/platform/db.ts';
import { silentLog } from '../../server/platform/log.ts';

export interface Parts {
  database: Database;
  receiver: Receiver;
  count: number;
  say(line: string): void;
}

const CONNECTIONS = 50;
const PUSHES_A_CALL = 5;
const FETCHERS = 4;
const FETCHED_AT_ONCE = 50;
const BODY = JSON.stringify({ event_type: 'user_dialog', event_name: 'dialog_create', filler: 'x'.repeat(952) });

const perSecond = (count: number, sinceMs: number) => (count / (performance.now() - sinceMs)) * 1_000;

export async function fill(database: Database, space: SpaceId, endpoint: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1_000) {
    const pushes = Array.from({ length: Math.min(1_000, count - at) }, (_, of): Push => {
      const key = callId(Math.floor((at + of) / PUSHES_A_CALL));
      return aPush(space, endpoint, key, { body: BODY });
    });
    await database.transaction((tx) => addToOutbox(tx, pushes));
  }
}

/** Pushes/s, from a worker's start to the last one written down as delivered. */
export async function drained({ database, receiver, count, say }: Parts): Promise<number> {
  const space = await aSpace(database);
  const { id } = await anEndpoint(database, space, receiver.url('/ok'), { concurrency: CONNECTIONS });
  await fill(database, space, id, count);
  await database.query('checkpoint');
  const before = performance.now();
  const rig = await startRig({ database });
  await untilEmpty(database, id, 120_000);
  const result = perSecond(count, before);
  await rig.stop();
  say(`parley drains ${Math.round(result)}/s`);
  return result;
}

export async function rawPosts({ receiver, count, say }: Parts): Promise<number> {
  const pool = new Pool(`http://127.0.0.1:${receiver.port}`, { connections: CONNECTIONS });
  const before = performance.now();
  let next = 0;
  const headers = { 'content-type': 'application/json' };
  const send = async () => {
    while (next++ < count) {
      const { body } = await pool.request({ method: 'POST', path: '/ok', headers, body: BODY });
      await body.dump();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
  const result = perSecond(count, before);
  await pool.close();
  say(`undici posts ${Math.round(result)}/s`);
  return result;
}

/**
 * Its own workers at their fastest: batches, fetched anew without a pause while there is more, each job settled by
 * itself with what came of its try, as we do. `ordered`: the jobs of a call one after the other, as we do; otherwise it
 * keeps no order. It is analysed as autovacuum would do a minute later: without that its fetches scan the table.
 */
export async function drainedByPgBoss(
  { database, receiver, count, say }: Parts,
  { ordered }: { ordered: boolean },
): Promise<number> {
  const { host, port, user, password, database: name } = database.address;
  const boss = new PgBoss({
    host,
    port,
    user,
    ...(password !== undefined && { password }),
    database: name,
    supervise: false,
  });
  await boss.start();
  const queue = `pushes-${Date.now()}`;
  await boss.createQueue(queue, { policy: ordered ? 'key_strict_fifo' : 'standard' });
  for (let at = 0; at < count; at += 1_000) {
    const jobs = Array.from({ length: Math.min(1_000, count - at) }, (_, of) => ({
      data: { body: BODY },
      ...(ordered && { singletonKey: callId(Math.floor((at + of) / PUSHES_A_CALL)) }),
    }));
    await boss.insert(queue, jobs);
  }
  await database.query('analyze');
  await database.query('checkpoint');
  const pool = new Pool(`http://127.0.0.1:${receiver.port}`, { connections: CONNECTIONS });
  const headers = { 'content-type': 'application/json' };
  const before = performance.now();
  let settled = 0;
  const done = Promise.withResolvers<void>();
  const workers = {
    batchSize: FETCHED_AT_ONCE,
    localConcurrency: FETCHERS,
    burstWhenBatchFull: true,
    perJobResults: true as const,
    pollingIntervalSeconds: 0.5,
  };
  const deliver = async ({ id, data }: { id: string; data: { body: string } }) => {
    const began = performance.now();
    const { statusCode, body } = await pool.request({ method: 'POST', path: '/ok', headers, body: data.body });
    const answer = await body.text();
    if (++settled === count) done.resolve();
    const output = { status: statusCode, ms: Math.round(performance.now() - began), answer };
    return { id, status: 'completed' as const, output };
  };
  await boss.work<{ body: string }>(queue, workers, (jobs) => Promise.all(jobs.map(deliver)));
  await done.promise;
  const result = perSecond(count, before);
  await boss.stop({ graceful: false });
  await pool.close();
  say(`pg-boss drains ${Math.round(result)}/s${ordered ? ', each call in order' : ''}`);
  return result;
}

/** A push of 1 KB for each event of a call. */
export function pushingFollower(space: SpaceId, endpoint: number, committed: () => void): Follower {
  return {
    name: `bench ${endpoint}`,
    async apply(tx, events) {
      const pushes = events.map(({ event }): Push => {
        const { call, at } = event as CallEvent;
        return aPush(space, endpoint, call, { occurredAt: at, body: BODY });
      });
      await addToOutbox(tx, pushes);
    },
    committed,
  };
}

/** Events/s from 32 flows that append them to all delivered. */
export async function endToEnd({ database, receiver, count, say }: Parts): Promise<number> {
  const space = await aSpace(database);
  const { id } = await anEndpoint(database, space, receiver.url('/ok'), { concurrency: CONNECTIONS });
  const rig = await startRig({ database });
  const journal = openPgJournal({ database, log: silentLog, clock: realClock });
  const follower = pushingFollower(space, id, () => rig.worker.wake([id]));
  const following = follow({ database, journal, follower, log: silentLog, clock: realClock, spaces: [space] });
  const base = Math.floor(Math.random() * 1e9) * 1_000;
  const appends = Array.from({ length: count / PUSHES_A_CALL }, (_, call): Append => {
    const events = Array.from({ length: PUSHES_A_CALL }, () => anEvent(base + call));
    return { space, streams: [{ stream: `call:${callId(base + call)}`, expected: 0, events }] };
  });
  const before = performance.now();
  let next = 0;
  const flow = async () => {
    for (let append = appends[next++]; append; append = appends[next++]) await journal.append(append);
  };
  await Promise.all(Array.from({ length: 32 }, flow));
  await following.caughtUp();
  await untilEmpty(database, id, 120_000);
  const result = perSecond(count, before);
  await following.stop();
  await journal.close();
  await rig.stop();
  say(`parley end to end ${Math.round(result)}/s`);
  return result;
}
