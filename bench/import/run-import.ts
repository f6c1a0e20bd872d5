// One import in a process of its own, so that its memory is its own: of the CSV as REST does it, or of the ready file by
// bare COPY, as psql's \copy does it.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Directory } from '../../server/domain/directory.ts';
import { requestReader } from '../../server/http/imports/request-rows.ts';
import { rowsOf } from '../../server/http/imports/uploads.ts';
import { type DatabaseAddress, openDatabase } from '../../server/platform/db.ts';
import { silentLog } from '../../server/platform/log.ts';
import type { Place } from '../../server/store/campaign-requests.ts';
import { forbiddenAmong } from '../../server/store/dnc.ts';
import { copyRequestsSql, importRequests } from '../../server/store/request-import.ts';

export interface Job {
  how: 'import' | 'copy';
  file: string;
  address: DatabaseAddress;
  place: Place;
}
export interface Done {
  ms: number;
  /** The most that was ever resident. */
  megabytes: number;
}

const [job] = (await once(process, 'message')) as [Job];
const database = openDatabase(job.address, { log: silentLog });
const { place } = job;
const before = performance.now();
if (job.how === 'import') {
  // Nothing of a space but its country is looked at for these rows.
  const directory = { space: { country: 'FR' }, users: new Map() } as unknown as Directory;
  const forbidden = (numbers: readonly string[]) => forbiddenAmong(database, place.space, place.campaign, numbers);
  const upload = { is: 'csv', bytes: createReadStream(job.file) } as const;
  const batches = rowsOf(upload, requestReader({ directory, forbidden }));
  await importRequests(database, place, { now: Date.now(), priority: 200 }, batches);
} else {
  const session = await database.session();
  await session.query('begin');
  await pipeline(createReadStream(job.file), session.query(copyFrom(copyRequestsSql)));
  await session.query('commit');
  await session.end();
}
const done: Done = {
  ms: performance.now() - before,
  megabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
};
await database.close();
process.send!(done, () => process.disconnect());
