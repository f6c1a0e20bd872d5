// A file imported as REST does it, against `\copy` of the same rows and columns into the same table by psql's own
// protocol (COPY … FROM STDIN of a ready file), each in a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../server/platform/db.ts';
import { nodeOptions } from '../as-npm-starts.ts';
import type { Program } from '../program.ts';
import type { Result } from '../results.ts';
import { alternate } from '../rounds.ts';
import { withThrowawayDatabase } from '../throwaway-database.ts';
import type { Done, Job } from './run-import.ts';

export interface Imported<Row> {
  what: Job['what'];
  table: string;
  /** The least share of `\copy`'s rows/s. */
  least: number;
  header: string;
  row(number: number): Row;
  csvLine(row: Row): string;
  /** In COPY's text format. */
  copyLines(): (rows: readonly Row[]) => string;
  prepare(database: Database): Promise<void>;
  /** With the rows there. */
  more?(database: Database, rows: number): Promise<Result[]>;
}

const mostMegabytes = 300;

export function importProgram<Row>(about: string, imported: Imported<Row>): Program {
  return {
    about,
    async run({ options, say }) {
      const rows = Number(options.get('rows') ?? 1_000_000);
      const rounds = Number(options.get('rounds') ?? 3);
      const folder = await mkdtemp(join(tmpdir(), 'parley-import-'));
      try {
        return await withThrowawayDatabase((database) => compare(database, folder, { imported, rows, rounds, say }));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function compare<Row>(
  database: Database,
  folder: string,
  { imported, rows, rounds, say }: { imported: Imported<Row>; rows: number; rounds: number; say(line: string): void },
): Promise<Result[]> {
  const { what, table, least } = imported;
  const files = { csv: join(folder, 'rows.csv'), copy: join(folder, 'rows.copy') };
  await writeFiles(files, rows, imported);
  let megabytes = 0;
  const run = async (how: Job['how'], file: string) => {
    await database.query(`truncate ${table}`);
    await imported.prepare(database);
    await database.query('checkpoint');
    const done = await inOwnProcess({ what, how, file, address: database.address });
    const { rows: counted } = await database.query<{ n: number }>(`select count(*) as n from ${table}`);
    if (counted[0]!.n !== rows) throw new Error(`${how} has brought ${counted[0]!.n} rows of ${rows}.`);
    const perSecond = Math.round(rows / (done.ms / 1_000));
    say(`${how} ${perSecond} rows/s, ${done.megabytes} MB`);
    if (how === 'import') megabytes = Math.max(megabytes, done.megabytes);
    return perSecond;
  };
  const speed = await alternate(
    rounds,
    () => run('import', files.csv),
    () => run('copy', files.copy),
  );
  await database.query(`analyze ${table}`);
  return [
    {
      what: `import of ${rows} rows`,
      ours: `${speed.ours} rows/s`,
      against: `${speed.theirs} rows/s`,
      ratio: speed.ratio,
      target: `≥ ${least}`,
      met: speed.ratio >= least,
    },
    {
      ...{ what: 'largest resident memory of the importing node', ours: `${megabytes} MB`, against: null, ratio: null },
      ...{ target: `≤ ${mostMegabytes} MB`, met: megabytes <= mostMegabytes },
    },
    ...((await imported.more?.(database, rows)) ?? []),
  ];
}

async function writeFiles<Row>(
  files: { csv: string; copy: string },
  rows: number,
  { header, row, csvLine, copyLines }: Imported<Row>,
): Promise<void> {
  const csv = createWriteStream(files.csv);
  const copy = createWriteStream(files.copy);
  csv.write(`${header}\n`);
  const lines = copyLines();
  const atOnce = 10_000;
  for (let first = 0; first < rows; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, rows - first) }, (_, at) => row(first + at));
    if (!csv.write(some.map((one) => `${csvLine(one)}\n`).join(''))) await once(csv, 'drain');
    if (!copy.write(lines(some))) await once(copy, 'drain');
  }
  for (const file of [csv, copy]) {
    file.end();
    await once(file, 'finish');
  }
}

async function inOwnProcess(job: Job): Promise<Done> {
  const child = fork(new URL('./run-import.ts', import.meta.url), { execArgv: [...nodeOptions] });
  child.send(job);
  const [done] = (await once(child, 'message')) as [Done];
  await once(child, 'exit');
  return done;
}

/** The space of the rows, once. */
export async function prepareSpace(database: Database): Promise<void> {
  await database.query(`insert into spaces (name, code, username, time_zone, country, ring_timeout_s, reply_window_h,
      stop_words, misses_before_pause)
    select 'Bench', '000', 'bench', 'Europe/Paris', 'FR', 30, 72, '{}', 3 where not exists (select from spaces)`);
}
