// PostgreSQL is killed right after pages of followers were committed. Their commits do not wait for the disk (decision 63),
// so some are undone; nothing that was told outside may be told otherwise afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addToOutbox } from '../delivery/outbox.ts';
import { after, asId, type SpaceId, type UserId } from '../domain/ids.ts';
import { type Following, follow } from '../journal/follow.ts';
import { ensureCursor } from '../journal/follow-sql.ts';
import type { Follower, Journal } from '../journal/journal.ts';
import { openPgJournal } from '../journal/pg-journal.ts';
import { killServer } from '../journal/testing/kills.ts';
import { realClock } from '../platform/clock.ts';
import { type Database, openDatabase } from '../platform/db.ts';
import { silentLog } from '../platform/log.ts';
import { type Postgres, startPostgres } from '../platform/postgres/postgres.ts';
import { migrate } from '../store/migrate.ts';
import { DialogsFollower } from './dialogs/projection.ts';
import { eventsOfFixtures } from './dialogs/testing/campaign.ts';
import { readFrames } from './supervision/frame-store.ts';
import { supervisionFollower } from './supervision/projection.ts';
import { atDesk, queueCall, start, StreamVersions } from './supervision/testing/stories.ts';

const [dialogs, supervised] = [asId<SpaceId>(1), asId<SpaceId>(2)];
const ana = asId<UserId>(8);
let home: string;
let postgres: Postgres;
let database: Database;
let journal: Journal;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-crash-'));
  postgres = await startPostgres({ home, log: silentLog });
  database = openDatabase(postgres.address, { log: silentLog });
  await migrate(database);
  journal = openPgJournal({ database, log: silentLog, clock: realClock });
}, 60_000);

afterAll(async () => {
  await journal.close();
  await database.close();
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
});

test(
  'pushes keep their ids and frames their numbers over a crash that undoes the page',
  { timeout: 60_000 },
  async () => {
    const versions = new StreamVersions();
    await journal.append(versions.appendOf(dialogs, eventsOfFixtures()));
    await journal.append(versions.appendOf(supervised, [...atDesk(ana, start), ...queueCall(1, ana, after(start, 1))]));
    // Now, as each is a durable commit, which would take the pages before it along.
    await ensureCursor(database, 'dialogs', dialogs);
    await ensureCursor(database, 'supervision', supervised);

    const walWriter = await pauseWalWriter();
    const ids: number[] = [];
    await applied(dialogsFollower(ids), dialogs);
    const frames = await framesAfter(() => applied(supervisionFollower({ onFrames: () => {} }), supervised));
    expect([ids.length, frames.length]).toEqual([9, 8]);

    const up = killServer(postgres);
    process.kill(walWriter, 'SIGKILL');
    await up;
    await vi.waitFor(() => database.query('select 1'), { timeout: 30_000 });
    expect(await framesNow()).toEqual([]); // It was undone: the rest of this test can fail.
    expect(await pushIds()).toEqual(ids);

    const again: number[] = [];
    await applied(dialogsFollower(again), dialogs);
    expect(again).toEqual([]);
    expect(await framesAfter(() => applied(supervisionFollower({ onFrames: () => {} }), supervised))).toEqual(frames);
  },
);

/** What does not ask for the disk reaches it only with somebody else's commit from now on. Returns its process id. */
async function pauseWalWriter(): Promise<number> {
  const { rows } = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'walwriter'`,
  );
  const { pid } = rows[0]!;
  process.kill(pid, 'SIGSTOP');
  return pid;
}

async function applied(follower: Follower, space: SpaceId): Promise<void> {
  const following: Following = follow({
    ...{ database, journal, follower, log: silentLog, clock: realClock },
    spaces: [space],
  });
  await following.caughtUp();
  await following.stop();
}

/** `ids`: gets those of the pushes that were written. */
function dialogsFollower(ids: number[]): Follower {
  return new DialogsFollower({
    outbox: {
      async add(tx, pushes) {
        const added = await addToOutbox(tx, pushes);
        ids.push(...added);
        return added;
      },
      wake: () => {},
    },
    endpoints: { of: () => [{ id: 7, subscriptions: null }] },
    recordingUrl: (call) => `https://parley.example/calls/${call}`,
  });
}

async function pushIds(): Promise<number[]> {
  const { rows } = await database.query<{ id: number }>('select id from pushes order by id');
  return rows.map(({ id }) => id);
}

const framesNow = () => readFrames(database, supervised, 0, { upTo: Number.MAX_SAFE_INTEGER, limit: 100 });

async function framesAfter(work: () => Promise<void>) {
  await work();
  return await framesNow();
}
