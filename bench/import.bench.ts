// A file of requests into a campaign, against `\copy` of the same rows and columns into the same table by psql's own
// protocol (COPY … FROM STDIN of a ready file, in a process of its own). Also: the next request among all of them.
import { once } from 'node:events';
import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asId, type SpaceId, type UserId } from '../server/domain/ids.ts';
import type { Database } from '../server/platform/db.ts';
import { nextCandidates } from '../server/store/campaign-requests.ts';
import { idsAt } from '../server/store/bulk-import.ts';
import { linesOf } from '../server/store/request-import.ts';
import { NewRequest } from '../contract/rest/requests.ts';
import type { Program } from './program.ts';
import { alternate, quantile } from './rounds.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';
import type { Job, Done } from './import/run-import.ts';

const place = { space: asId<SpaceId>(1), campaign: 'c'.repeat(24) };
const mostMegabytes = 300;

export const program: Program = {
  about:
    'Rows/s of a CSV of requests imported, checked and reported, against `\\copy` of the same columns; and the next one.',
  async run({ options, say }) {
    const rows = Number(options.get('rows') ?? 1_000_000);
    const rounds = Number(options.get('rounds') ?? 3);
    const folder = await mkdtemp(join(tmpdir(), 'parley-import-'));
    try {
      return await withThrowawayDatabase(async (database) => {
        const files = { csv: join(folder, 'requests.csv'), copy: join(folder, 'requests.copy') };
        await writeFiles(files, rows);
        await prepare(database);
        let megabytes = 0;
        const run = async (how: Job['how'], file: string) => {
          await database.query('truncate campaign_requests');
          await database.query('checkpoint');
          const done = await inOwnProcess({ how, file, address: database.address, place });
          const { rows: counted } = await database.query<{ n: number }>('select count(*) as n from campaign_requests');
          if (counted[0]!.n !== rows) throw new Error(`${how} has brought ${counted[0]!.n} rows of ${rows}.`);
          const perSecond = Math.round(rows / (done.ms / 1_000));
          say(`${how} ${perSecond} rows/s, ${done.megabytes} MB`);
          if (how === 'import') megabytes = Math.max(megabytes, done.megabytes);
          return perSecond;
        };
        const imported = await alternate(
          rounds,
          () => run('import', files.csv),
          () => run('copy', files.copy),
        );
        await database.query('analyze campaign_requests');
        const next = await timeNext(database);
        return [
          {
            what: `import of ${rows} rows`,
            ours: `${imported.ours} rows/s`,
            against: `${imported.theirs} rows/s`,
            ratio: imported.ratio,
            target: '≥ 0.25',
            met: imported.ratio >= 0.25,
          },
          {
            ...{
              what: 'largest resident memory of the importing node',
              ours: `${megabytes} MB`,
              against: null,
              ratio: null,
            },
            ...{ target: `≤ ${mostMegabytes} MB`, met: megabytes <= mostMegabytes },
          },
          {
            ...{ what: `the next one of ${rows}`, ours: next, against: null, ratio: null, target: null, met: null },
          },
        ];
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function writeFiles(files: { csv: string; copy: string }, rows: number): Promise<void> {
  const csv = createWriteStream(files.csv);
  const copy = createWriteStream(files.copy);
  csv.write('contact_number,name,contact_identifier,case_id\n');
  const now = Date.now();
  const lines = linesOf(place, { now, priority: 200 }, idsAt(now));
  const atOnce = 10_000;
  for (let first = 0; first < rows; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, rows - first) }, (_, at) => {
      const row = first + at;
      const number = `336${String(10_000_000 + row).padStart(8, '0')}`;
      return { number, name: `Zofia Wójcik ${row}`, identifier: `customer-${row}`, case: `case-${row % 97}` };
    });
    const text = some.map((one) => `+${one.number},${one.name},${one.identifier},${one.case}\n`).join('');
    if (!csv.write(text)) await once(csv, 'drain');
    const accepted = some.map((one) => ({
      number: one.number,
      request: {
        ...bare,
        contact_number: `+${one.number}`,
        name: one.name,
        contact_identifier: one.identifier,
        case_id: one.case,
      },
    }));
    if (!copy.write(lines(accepted))) await once(copy, 'drain');
  }
  for (const file of [csv, copy]) {
    file.end();
    await once(file, 'finish');
  }
}

const bare = NewRequest.parse({ contact_number: '0' });

async function prepare(database: Database): Promise<void> {
  await database.query(`insert into spaces (name, code, username, time_zone, country, ring_timeout_s, reply_window_h,
      stop_words, misses_before_pause) values ('Bench', '000', 'bench', 'Europe/Paris', 'FR', 30, 72, '{}', 3)`);
  await database.query(`insert into projects (space_id, name) values (1, 'Bench')`);
  await database.query(
    `insert into campaigns (space_id, id, created_at, name, project_id, dialing_method, priority, ring_timeout_s, recording,
       state, retry, reservation_s, disposition_s)
     values (1, $1, now(), 'Bench', 1, 'PREVIEW', 200, 30, 'off', 'running', '{}', 300, 900)`,
    [place.campaign],
  );
}

async function inOwnProcess(job: Job): Promise<Done> {
  const child = fork(new URL('./import/run-import.ts', import.meta.url));
  child.send(job);
  const [done] = (await once(child, 'message')) as [Done];
  await once(child, 'exit');
  return done;
}

async function timeNext(database: Database): Promise<string> {
  const times: number[] = [];
  for (let turn = 0; turn < 200; turn++) {
    const before = performance.now();
    const found = await nextCandidates(database, place, asId<UserId>(1), 20);
    times.push(performance.now() - before);
    if (found.length !== 20) throw new Error('Nobody was found.');
  }
  return `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`;
}
