// Records of a body become contacts of a broadcast, or refusals that say the line and the reason.
import { ContactColumn, ContactPriority, ContactValue, mostColumns } from '../../../contract/rest/contacts.ts';
import { Text } from '../../../contract/rest/common.ts';
import { addressOf } from '../../domain/contacts/address.ts';
import type { Media } from '../../domain/contacts/events.ts';
import type { ImportBatch, RefusedRow } from '../../store/bulk-import.ts';
import type { ContactIntake, GivenContact } from '../../store/contact-import.ts';
import { fieldRefused } from '../problem.ts';
import type { Cells } from './records.ts';
import type { Read, RowReader } from './uploads.ts';

interface WrittenContact {
  to: string;
  refExterne: string | null;
  priority: number;
  /** The other columns that have a value, and their values in the same order. */
  names: readonly string[];
  values: readonly string[];
}

export interface ContactRules {
  media: Media;
  /** Numbers without a country code belong to it. */
  country: string;
  /** Whether he may be contacted at this hour. */
  isOpen(address: string): boolean;
  /** Told of each accepted one who may not. */
  outsideHours(): void;
}

export function contactReader(rules: ContactRules, intake: ContactIntake): RowReader<WrittenContact, GivenContact> {
  return {
    needs: 'to',
    ofHeader: (header) => readerOf(columnsOf(header)),
    ofValue: contactOfJson,
    judged: (read) => judged(read, rules, intake),
  };
}

function judged(
  read: readonly Read<WrittenContact>[],
  { media, country, isOpen, outsideHours }: ContactRules,
  { isNew, columns }: ContactIntake,
): ImportBatch<GivenContact> {
  const refused: RefusedRow[] = [];
  const accepted: GivenContact[] = [];
  for (const one of read) {
    if (!('row' in one)) {
      refused.push(one);
      continue;
    }
    const { line, row } = one;
    const address = addressOf(row.to, media, country);
    const tooMany = row.names.find((name) => columns.size >= mostColumns && !columns.has(name));
    if (tooMany !== undefined) {
      refused.push({ line, path: tooMany, message: `is a column too many: an import has ${mostColumns}` });
    } else if (address === null) {
      const message = media === 'mail' ? 'is no mail address' : 'is no telephone number';
      refused.push({ line, path: 'to', message });
    } else if (!isNew(address)) {
      refused.push({ line, path: 'to', message: 'is in the broadcast already' });
    } else {
      if (!isOpen(address)) outsideHours();
      for (const name of row.names) columns.set(name, (columns.get(name) ?? 0) + 1);
      accepted.push({ address, refExterne: row.refExterne, priority: row.priority, fields: jsonOf(row) });
    }
  }
  return { accepted, refused };
}

const quotedNames = new Map<string, string>();

function jsonOf({ names, values }: WrittenContact): string | null {
  if (names.length === 0) return null;
  let json = '';
  for (let at = 0; at < names.length; at++) {
    json += `${at === 0 ? '{' : ','}${quoted(names[at]!)}${JSON.stringify(values[at])}`;
  }
  return `${json}}`;
}

function quoted(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  if (quotedNames.size > 10_000) quotedNames.clear();
  const made = `${JSON.stringify(name)}:`;
  quotedNames.set(name, made);
  return made;
}

const own = ['to', 'ref_externe', 'priority'];
const refusals = {
  ref_externe: 'must be one line that is not blank, 200 characters at most',
  value: 'must be text, 4,000 characters at most',
};

function columnsOf(header: readonly string[]): string[] {
  const names = header.map((written) => {
    const name = written.trim();
    return own.includes(name.toLowerCase()) ? name.toLowerCase() : name;
  });
  if (!names.includes('to')) throw fieldRefused('to', 'is missing in the header');
  if (names.length > mostColumns) throw fieldRefused('', `has more than ${mostColumns} columns`);
  for (const [at, name] of names.entries()) {
    const checked = ContactColumn.safeParse(name);
    if (!checked.success) throw fieldRefused('', `names no column at place ${at + 1} of its header`);
    if (names.indexOf(name) < at) throw fieldRefused(name, 'is named twice in the header');
  }
  return names;
}

const plainText = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

function readerOf(columns: readonly string[]): (record: Cells) => Read<WrittenContact> {
  const others = columns.flatMap((name, at) => (own.includes(name) ? [] : [{ name, at }]));
  const allNames = others.map(({ name }) => name);
  const [to, reference, priority] = own.map((name) => columns.indexOf(name)) as [number, number, number];
  return ({ line, cells }) => {
    if (cells.length !== columns.length) {
      return { line, path: '', message: `has ${cells.length} cells, the header has ${columns.length}` };
    }
    let names: string[] | undefined;
    const values: string[] = [];
    for (const { name, at } of others) {
      const value = cells[at]!;
      if (value === '') names ??= allNames.slice(0, values.length);
      else {
        if (value.length > 4_000 || value.includes('\0')) return { line, path: name, message: refusals.value };
        names?.push(name);
        values.push(value);
      }
    }
    const refExterne = reference < 0 || cells[reference] === '' ? null : cells[reference]!;
    if (refExterne !== null && !(plainText.test(refExterne) && refExterne.trim() !== '')) {
      return { line, path: 'ref_externe', message: refusals.ref_externe };
    }
    const given = priority < 0 || cells[priority] === '' ? 0 : Number(cells[priority]);
    const ranked = ContactPriority.safeParse(given);
    if (!ranked.success) return { line, path: 'priority', message: 'must be a whole number from 0 to 1000000' };
    return { line, row: { to: cells[to]!, refExterne, priority: ranked.data, names: names ?? allNames, values } };
  };
}

function contactOfJson(line: number, value: unknown): Read<WrittenContact> {
  const wrong = (path: string, message: string) => ({ line, path, message });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('', 'must be an object');
  const { to, ref_externe, priority, ...others } = value as Record<string, unknown>;
  if (to === undefined) return wrong('to', 'is needed');
  if (typeof to !== 'string') return wrong('to', 'must be text');
  // Empty as in a CSV: none.
  const refExterne =
    typeof ref_externe === 'number' ? String(ref_externe) : ref_externe === '' ? null : (ref_externe ?? null);
  if (refExterne !== null && !Text.safeParse(refExterne).success) return wrong('ref_externe', refusals.ref_externe);
  const ranked = ContactPriority.safeParse(priority ?? 0);
  if (!ranked.success) return wrong('priority', 'must be a whole number from 0 to 1000000');
  const names: string[] = [];
  const values: string[] = [];
  for (const [name, given] of Object.entries(others)) {
    if (given === null || given === '') continue;
    if (!ContactColumn.safeParse(name).success) return wrong(name, 'is no name of a column');
    const text = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
    const checked = ContactValue.safeParse(text);
    if (!checked.success) {
      return wrong(name, typeof text === 'string' ? refusals.value : 'must be text, a number, true or false');
    }
    names.push(name);
    values.push(checked.data);
  }
  if (names.length > mostColumns) return wrong('', `has more than ${mostColumns} columns`);
  return { line, row: { to, refExterne: refExterne as string | null, priority: ranked.data, names, values } };
}
