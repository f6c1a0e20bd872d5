// A file of requests into a campaign. Also: the next request among all of them.
import { NewRequest } from '../contract/rest/requests.ts';
import { asId, type UserId } from '../server/domain/ids.ts';
import type { Database } from '../server/platform/db.ts';
import { idsAt } from '../server/store/bulk-import.ts';
import { type GivenRequest, nextCandidates } from '../server/store/campaign-requests.ts';
import { linesOf } from '../server/store/request-import.ts';
import { importProgram, prepareSpace } from './import/compare.ts';
import { owner, space } from './import/place.ts';
import { quantile } from './rounds.ts';

const place = { space, campaign: owner };
const bare = NewRequest.parse({ contact_number: '0' });

export const program = importProgram<GivenRequest>(
  'Rows/s of a CSV of requests imported, checked and reported, against `\\copy` of the same columns; and the next one.',
  {
    ...{ what: 'requests', table: 'campaign_requests', least: 0.25 },
    header: 'contact_number,name,contact_identifier,case_id',
    row(at) {
      const number = `336${String(10_000_000 + at).padStart(8, '0')}`;
      const about = { name: `Zofia Wójcik ${at}`, contact_identifier: `customer-${at}`, case_id: `case-${at % 97}` };
      return { number, request: { ...bare, contact_number: `+${number}`, ...about } };
    },
    csvLine: ({ request }) =>
      [request.contact_number, request.name, request.contact_identifier, request.case_id].join(','),
    copyLines() {
      const now = Date.now();
      return linesOf(place, { now, priority: 200 }, idsAt(now));
    },
    prepare,
    async more(database, rows) {
      const next = await timeNext(database);
      return [{ what: `the next one of ${rows}`, ours: next, against: null, ratio: null, target: null, met: null }];
    },
  },
);

async function prepare(database: Database): Promise<void> {
  await prepareSpace(database);
  await database.query(`insert into projects (space_id, name)
    select 1, 'Bench' where not exists (select from projects)`);
  await database.query(
    `insert into campaigns (space_id, id, created_at, name, project_id, dialing_method, priority, ring_timeout_s, recording,
       state, retry, reservation_s, disposition_s)
     values (1, $1, now(), 'Bench', 1, 'PREVIEW', 200, 30, 'off', 'running', '{}', 300, 900) on conflict do nothing`,
    [owner],
  );
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
