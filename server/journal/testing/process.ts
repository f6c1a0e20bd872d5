// Another process on the same journal: it does its task (see below), answers a line of JSON, and ends with its stdin.
//
//   node process.ts '{"address":{…},"task":{"do":"write", …}}'
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { realClock } from '../../platform/clock.ts';
import { type DatabaseAddress, openDatabase } from '../../platform/db.ts';
import { silentLog } from '../../platform/log.ts';
import { follow } from '../follow.ts';
import { openPgJournal } from '../pg-journal.ts';
import { runFlows } from './flows.ts';
import { aScribe } from './scribe.ts';

export type Task =
  /** Answers the acknowledged versions, [stream, version][], and ends. */
  | { do: 'write'; name: string; flows: number; spaces: number[]; appends: number }
  /** Answers `true` after its first page, and goes on until it is killed. */
  | { do: 'scribe'; name: string; pageSize: number };

export interface OtherProcess {
  child: ChildProcess;
  answer: Promise<unknown>;
}

export function startProcess(address: DatabaseAddress, task: Task): OtherProcess {
  const argument = JSON.stringify({ address, task });
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), argument], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answer = new Promise<unknown>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n')) resolve(JSON.parse(text));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`The other process ended without an answer: ${signal ?? code}.`)),
    );
  });
  return { child, answer };
}

async function perform({ address, task }: { address: DatabaseAddress; task: Task }): Promise<void> {
  const database = openDatabase(address, { log: silentLog });
  const journal = openPgJournal({ database, log: silentLog, clock: realClock });
  const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  process.stdin.on('end', () => process.exit()).resume();
  if (task.do === 'scribe') {
    let first = true;
    const committed = () => {
      if (first) answer(true);
      first = false;
    };
    follow({
      database,
      journal,
      follower: aScribe(task.name, { committed }),
      log: silentLog,
      clock: realClock,
      pageSize: task.pageSize,
    });
    return;
  }
  const { name, flows, spaces, appends } = task;
  answer([...(await runFlows({ journal, name, flows, spaces, goesOn: (_flow, append) => append < appends }))]);
  await journal.close();
  await database.close();
  process.exit();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await perform(JSON.parse(process.argv[2]!));
