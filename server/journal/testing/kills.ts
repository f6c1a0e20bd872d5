// PostgreSQL is killed with SIGKILL again and again while 32 flows append and a follower follows: in turn the whole
// server and one of its processes (then it restarts itself). Nothing that was acknowledged may be lost, nothing may be
// there twice, and no append may be rejected.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
  /** From the kill to the next acknowledgement; the supervisor's back-off grows with the kills. */
  longestOutageMs: number;
  /** From a supervisor's `up` to the next acknowledgement. */
  longestReturnMs: number;
  faults: string[];
}

const SPACES = [1, 2, 3, 4];
const FLOWS = 32;
const RETURN_LIMIT_MS = 30_000;

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
    let appends = 0;
    const goesOn = () => {
      appends++;
      return killing;
    };
    const flows = runFlows({ journal, name: 'flow', flows: FLOWS, spaces: SPACES, goesOn });
    const outages: Outage[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      await pause(50 + Math.random() * 300);
      outages.push(await outageBy(kill % 2 === 1 ? killServer : killOneProcess, postgres, () => appends));
      said(`kill ${kill} of ${kills}: ${Math.round(outages.at(-1)!.outageMs)} ms`);
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
    const longest = (of: keyof Outage) => Math.round(Math.max(...outages.map((outage) => outage[of])));
    return { kills, events, longestOutageMs: longest('outageMs'), longestReturnMs: longest('returnMs'), faults };
  } finally {
    await database.close();
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  }
}

interface Outage {
  outageMs: number;
  returnMs: number;
}

/** Kills, and waits until all appends that were in flight, and more, have been acknowledged. */
async function outageBy(
  kill: (postgres: Postgres) => Promise<void>,
  postgres: Postgres,
  appends: () => number,
): Promise<Outage> {
  const killedAt = performance.now();
  await kill(postgres);
  const upAt = performance.now();
  const before = appends();
  while (appends() < before + 2 * FLOWS) {
    if (performance.now() - upAt > RETURN_LIMIT_MS)
      throw new Error('No append is acknowledged after PostgreSQL has come back.');
    await pause(1);
  }
  return { outageMs: performance.now() - killedAt, returnMs: performance.now() - upAt };
}

/** Resolves when the supervisor has it up again. */
export async function killServer(postgres: Postgres): Promise<void> {
  const up = new Promise<void>((resolve) => {
    const leave = postgres.onStateChange((state) => {
      if (state !== 'up') return;
      leave();
      resolve();
    });
  });
  process.kill(pidOf(postgres), 'SIGKILL');
  await up;
}

/** PostgreSQL then ends all its sessions and recovers by itself. */
async function killOneProcess(postgres: Postgres): Promise<void> {
  const pid = pidOf(postgres);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
  process.kill(children[Math.floor(Math.random() * children.length)]!, 'SIGKILL');
}

function pidOf({ pid }: Postgres): number {
  if (pid === null) throw new Error('PostgreSQL is not running: there is nothing to kill.');
  return pid;
}
