// PostgreSQL is killed with SIGKILL again and again while 32 flows append and a follower follows. Nothing that was
// acknowledged may be lost, nothing may be there twice, and no append may be rejected.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { migrate } from '../../store/migrate.ts';
import { realClock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/db.ts';
import { silentLog } from '../../platform/log.ts';
import { type Postgres, startPostgres } from '../../platform/postgres/postgres.ts';
import { follow } from '../follow.ts';
import { openPgJournal } from '../pg-journal.ts';
import { faultsOf, readAll, runFlows } from './flows.ts';
import { aScribe, createScribeTable, scribedBy } from './scribe.ts';

export interface KillsReport {
  kills: number;
  events: number;
  /** Longest time without an acknowledgement, kill and recovery included. */
  longestSilenceMs: number;
  faults: string[];
}

const SPACES = [1, 2, 3, 4];
const FLOWS = 32;

export async function killPostgresWhileAppending(kills: number, said: (line: string) => void): Promise<KillsReport> {
  const home = await mkdtemp(join(tmpdir(), 'parley-kills-'));
  const postgres = await startPostgres({ home, log: silentLog });
  const database = openDatabase(postgres.address, { log: silentLog, connectTimeoutMs: 1_000 });
  try {
    await migrate(database);
    await createScribeTable(database);
    const journal = openPgJournal({ database, log: silentLog, clock: realClock });
    const told = new Map<SpaceId, number[]>(SPACES.map((space) => [asId<SpaceId>(space), []]));
    const follower = aScribe('kills', {
      committed: (events) => told.get(events[0]!.space)!.push(...events.map(({ seq }) => seq)),
    });
    const following = follow({ database, journal, follower, log: silentLog, clock: realClock });
    let killing = true;
    let lastAppendAt = performance.now();
    let longestSilenceMs = 0;
    const flows = runFlows({
      journal,
      name: 'flow',
      flows: FLOWS,
      spaces: SPACES,
      goesOn: () => {
        const now = performance.now();
        longestSilenceMs = Math.max(longestSilenceMs, now - lastAppendAt);
        lastAppendAt = now;
        return killing;
      },
    });
    for (let kill = 1; kill <= kills; kill++) {
      await pause(100 + Math.random() * 400);
      await killOnce(postgres);
      said(`kill ${kill} of ${kills}, longest silence ${Math.round(longestSilenceMs)} ms`);
    }
    killing = false;
    const acknowledged = await flows;
    await following.caughtUp();
    await following.stop();
    const log = await readAll(journal, SPACES);
    const faults = faultsOf(log, acknowledged);
    for (const [space, events] of log) {
      const seqs = events.map(({ seq }) => seq).join();
      if ((await scribedBy(database, 'kills', asId<SpaceId>(space))).join() !== seqs)
        faults.push(`space ${space}: applied otherwise`);
      if (told.get(asId<SpaceId>(space))!.join() !== seqs) faults.push(`space ${space}: told otherwise`);
    }
    await journal.close();
    const events = [...log.values()].reduce((sum, each) => sum + each.length, 0);
    return { kills, events, longestSilenceMs: Math.round(longestSilenceMs), faults };
  } finally {
    await database.close();
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Resolves when it is up again. */
async function killOnce(postgres: Postgres): Promise<void> {
  const pid = postgres.pid;
  if (pid === null) throw new Error('PostgreSQL is not running: there is nothing to kill.');
  const up = new Promise<void>((resolve) => {
    const leave = postgres.onStateChange((state) => {
      if (state !== 'up') return;
      leave();
      resolve();
    });
  });
  process.kill(pid, 'SIGKILL');
  await up;
}
