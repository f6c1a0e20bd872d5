// One import in a process of its own, so that its memory is its own: of the CSV as REST does it, or of the ready file by
// bare COPY, as psql's \copy does it.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { openingHours } from '../../server/domain/contacts/calling-hours.ts';
import { placeOf } from '../../server/domain/contacts/place.ts';
import { instant } from '../../server/domain/ids.ts';
import { contactReader, type ContactRules } from '../../server/http/imports/contact-rows.ts';
import { requestReader } from '../../server/http/imports/request-rows.ts';
import { rowsOf } from '../../server/http/imports/uploads.ts';
import { type Database, type DatabaseAddress, openDatabase } from '../../server/platform/db.ts';
import { silentLog } from '../../server/platform/log.ts';
import { copyContactsSql, importContacts } from '../../server/store/contact-import.ts';
import { forbiddenAmong } from '../../server/store/dnc.ts';
import { copyRequestsSql, importRequests } from '../../server/store/request-import.ts';
import { owner, space } from './place.ts';

export interface Job {
  what: 'requests' | 'contacts';
  how: 'import' | 'copy';
  file: string;
  address: DatabaseAddress;
}
export interface Done {
  ms: number;
  /** The most that was ever resident. */
  megabytes: number;
}

const [job] = (await once(process, 'message')) as [Job];
const database = openDatabase(job.address, { log: silentLog });
const before = performance.now();
if (job.how === 'copy') await copy(database, job);
else if (job.what === 'requests') await importOfRequests(database, job.file);
else await importOfContacts(database, job.file);
const done: Done = {
  ms: performance.now() - before,
  megabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
};
await database.close();
process.send!(done, () => process.disconnect());

async function importOfRequests(db: Database, file: string): Promise<void> {
  const directory = { space: { country: 'FR' }, users: new Map() };
  const forbidden = (numbers: readonly string[]) => forbiddenAmong(db, space, owner, numbers);
  const upload = { is: 'csv', bytes: createReadStream(file) } as const;
  const batches = rowsOf(upload, requestReader({ directory, forbidden }));
  await importRequests(db, { space, campaign: owner }, { now: Date.now(), priority: 200 }, batches);
}

async function importOfContacts(db: Database, file: string): Promise<void> {
  const upload = { is: 'csv', bytes: createReadStream(file) } as const;
  const now = instant(Date.now());
  const isOpen = openingHours({ media: 'sms', hours: null, spaceTimeZone: 'Europe/Paris', rules: {} });
  const rules: ContactRules = {
    ...{ media: 'sms', country: 'FR' },
    isOpen: (address) => isOpen(placeOf(address), now).ok,
    outsideHours: () => {},
  };
  await importContacts(db, { space, broadcast: owner, media: 'sms' }, now, (intake) =>
    rowsOf(upload, contactReader(rules, intake)),
  );
}

async function copy(db: Database, { what, file }: Job): Promise<void> {
  const session = await db.session();
  await session.query('begin');
  const sql = what === 'requests' ? copyRequestsSql : copyContactsSql;
  await pipeline(createReadStream(file), session.query(copyFrom(sql)));
  await session.query('commit');
  await session.end();
}
