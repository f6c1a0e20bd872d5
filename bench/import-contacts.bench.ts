// A file of contacts into a broadcast: numbers normalised, doubled ones found, columns counted.
import { idsAt } from '../server/store/bulk-import.ts';
import { contactLinesOf, type GivenContact } from '../server/store/contact-import.ts';
import { importProgram, prepareSpace } from './import/compare.ts';
import { owner, space } from './import/place.ts';

/** Of every four numbers one is written as the country writes it, with blanks. */
const written = ({ address }: GivenContact, at: number) =>
  at % 4 === 0 ? `0${address.slice('+33'.length)}`.match(/../g)!.join(' ') : address;

interface Row extends GivenContact {
  at: number;
  name: string;
  city: string;
}

export const program = importProgram<Row>(
  'Rows/s of a CSV of contacts imported: numbers normalised, doubled ones looked for, refusals reported; against `\\copy` of ' +
    'the same columns.',
  {
    ...{ what: 'contacts', table: 'broadcast_contacts', least: 0.3 },
    header: 'to,ref_externe,name,city',
    row(at) {
      const about = { name: `Zofia Wójcik ${at}`, city: `Łódź ${at % 97}` };
      const address = `+336${String(10_000_000 + at).padStart(8, '0')}`;
      return { at, ...about, address, refExterne: `customer-${at}`, priority: 0, fields: JSON.stringify(about) };
    },
    csvLine: (row) => [written(row, row.at), row.refExterne, row.name, row.city].join(','),
    copyLines() {
      const now = Date.now();
      return contactLinesOf({ space, broadcast: owner, media: 'sms' }, now, idsAt(now));
    },
    async prepare(database) {
      await prepareSpace(database);
      await database.query('truncate broadcast_columns');
      await database.query(
        `insert into broadcasts (space_id, id, created_at, media, name, state, content, max_attempts, retry, priority,
           extended, resend_unknown)
         values (1, $1, now(), 'sms', 'Bench', 'draft', '{}', 1, '{}', 200, true, false) on conflict do nothing`,
        [owner],
      );
      await database.query(
        'insert into broadcast_intakes (space_id, broadcast_id) values (1, $1) on conflict do nothing',
        [owner],
      );
    },
  },
);
