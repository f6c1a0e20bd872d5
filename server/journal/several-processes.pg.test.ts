import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { realClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { follow } from './follow.ts';
import { openPgJournal } from './pg-journal.ts';
import { anAppend } from './testing/events.ts';
import { faultsOf, readAll, runFlows } from './testing/flows.ts';
import { type OtherProcess, startProcess, type Task } from './testing/process.ts';
import { aScribe, createScribeTable, scribedBy } from './testing/scribe.ts';

const database = await testDatabase();
await createScribeTable(database);
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
afterAll(() => journal.close());

function otherProcess(task: Task): OtherProcess {
  const other = startProcess(database.address, task);
  onTestFinished(() => void other.child.kill('SIGKILL'));
  return other;
}

/** So that nothing is heard by polling. */
const neverPolls = { now: realClock.now, after: () => ({ cancel: () => undefined }) };

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

test('two processes with 16 writers each: every space is gapless, every acknowledged event is there once', async () => {
  const spaces = [1, 2, 3];
  const other = otherProcess({ do: 'write', name: 'other', flows: 16, spaces, appends: 60 });
  const ours = await runFlows({ journal, name: 'ours', flows: 16, spaces, goesOn: (_, append) => append < 60 });
  const theirs = new Map((await other.answer) as [string, number][]);
  const log = await readAll(journal, spaces);
  expect(faultsOf(log, new Map([...ours, ...theirs]))).toEqual([]);
  expect([...log.values()].flat()).toHaveLength(32 * 60 * 2);
});

test('another process is told by notification', async () => {
  const space = asId<SpaceId>(10);
  const otherJournal = openPgJournal({ database, log: silentLog, clock: neverPolls });
  onTestFinished(() => otherJournal.close());
  const heard: (number | undefined)[] = [];
  otherJournal.onAppended((heads) => heard.push(heads?.get(space)));
  await vi.waitFor(async () => {
    await journal.append(anAppend(space)); // again and again: nobody says when the other one has begun to listen
    const head = (await journal.heads()).get(space);
    await vi.waitFor(() => expect(heard).toContain(head), 500); // notifications of a busy journal gather
  }, 10_000);
});

test('a follower killed in the middle: another process goes on at once, and each event is applied once', async () => {
  const space = asId<SpaceId>(20);
  const spaces = [20];
  const victim = otherProcess({ do: 'scribe', name: 'relay', pageSize: 3 });
  const heir = follow({ database, journal, follower: aScribe('relay'), log: silentLog, clock: realClock, pageSize: 3 });
  onTestFinished(() => heir.stop());
  let killed = false;
  const written = runFlows({ journal, name: 'relay', flows: 8, spaces, goesOn: (_, append) => append < 20 || !killed });
  await victim.answer;
  victim.child.kill('SIGKILL');
  killed = true;
  const events = [...(await written).values()].reduce((sum, version) => sum + version, 0);
  await heir.caughtUp();
  expect(await scribedBy(database, 'relay', space)).toEqual(upTo(events));
});
