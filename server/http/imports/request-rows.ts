// Records of a body become requests, or refusals that say the line and the reason.
import { NewRequest } from '../../../contract/rest/requests.ts';
import type { Directory, SpaceSettings } from '../../domain/directory.ts';
import { dialledDigits } from '../../domain/campaigns/numbers.ts';
import { asId, type UserId } from '../../domain/ids.ts';
import type { GivenRequest } from '../../store/campaign-requests.ts';
import type { ImportBatch, RefusedRow } from '../../store/bulk-import.ts';
import { AppError } from '../../errors.ts';
import { fieldRefused, inPlainWords } from '../problem.ts';
import type { Cells } from './records.ts';
import { firstOf, type Read, type RowReader } from './uploads.ts';

export interface ImportRules {
  directory: Pick<Directory, 'users'> & { space: Pick<SpaceSettings, 'country'> };
  /** Which of the numbers must not be called. */
  forbidden(numbers: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Why a row is refused whose number nobody wants to be called at. */
const onDoNotCallList = 'is on a do-not-call list';

type ReadRequest = Read<NewRequest>;

export function requestReader(rules: ImportRules): RowReader<NewRequest, GivenRequest> {
  return {
    needs: 'contact_number',
    ofHeader: (header) => readerOf(columnsOf(header)),
    ofValue: validated,
    judged: (read) => judged(read, rules),
  };
}

/** One alone: what makes it impossible is thrown, `request.invalid` or `campaign.do_not_call`. */
export async function oneRequest(value: unknown, rules: ImportRules): Promise<GivenRequest> {
  const { accepted, refused } = await judged([validated(1, value)], rules);
  const [refusal] = refused;
  if (refusal?.message === onDoNotCallList) {
    const { path, message } = refusal;
    throw new AppError('campaign.do_not_call', 'The number is on a do-not-call list.', { errors: [{ path, message }] });
  }
  if (refusal) throw fieldRefused(refusal.path, refusal.message);
  return accepted[0]!;
}

/** What makes a well-formed request impossible; undefined: nothing. */
async function judged(
  read: readonly ReadRequest[],
  { directory, forbidden }: ImportRules,
): Promise<ImportBatch<GivenRequest>> {
  const refused: RefusedRow[] = [];
  const numbered: (GivenRequest & { line: number })[] = [];
  for (const one of read) {
    if (!('row' in one)) {
      refused.push(one);
      continue;
    }
    const { line, row: request } = one;
    const number = dialledDigits(request.contact_number, directory.space.country);
    if (number === null) refused.push({ line, path: 'contact_number', message: 'is no telephone number' });
    else if (request.assigned_user_id !== null && !directory.users.has(asId<UserId>(request.assigned_user_id))) {
      refused.push({ line, path: 'assigned_user_id', message: 'The space has no such user.' });
    } else numbered.push({ line, request, number });
  }
  const listed = await forbidden(numbered.map(({ number }) => number));
  if (listed.size === 0) return { accepted: numbered, refused };
  for (const { line, number } of numbered) {
    if (listed.has(number)) refused.push({ line, path: 'contact_number', message: onDoNotCallList });
  }
  refused.sort((one, other) => one.line - other.line);
  return { accepted: numbered.filter(({ number }) => !listed.has(number)), refused };
}

function validated(line: number, value: unknown): ReadRequest {
  const parsed = NewRequest.safeParse(value, inPlainWords);
  return parsed.success ? { line, row: parsed.data } : { line, ...firstOf(parsed.error) };
}

type Kind = 'plain' | 'text' | 'number' | 'json' | 'custom';
interface Column {
  name: string;
  kind: Kind;
}

const kinds: Record<string, Kind> = Object.fromEntries(
  Object.keys(NewRequest.shape).map((name): [string, Kind] => {
    if (name === 'contact_number') return [name, 'plain'];
    if (['name', 'contact_identifier', 'case_id', 'case_group', 'case_state'].includes(name)) return [name, 'plain'];
    if (['priority', 'process_from_time', 'process_to_time', 'assigned_user_id'].includes(name))
      return [name, 'number'];
    return [name, name === 'custom' ? 'json' : 'text'];
  }),
);

/** `custom.shoe_size`: a field of custom. */
function columnsOf(header: readonly string[]): Column[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const columns = names.map((name): Column => {
    if (/^custom\.\S+$/.test(name)) return { name: name.slice('custom.'.length), kind: 'custom' };
    const kind = kinds[name];
    if (kind === undefined) throw fieldRefused(name, 'is no column of a request');
    return { name, kind };
  });
  if (new Set(names).size < names.length) throw fieldRefused('', 'names a column twice in its header');
  if (!names.includes('contact_number')) throw fieldRefused('contact_number', 'is missing in the header');
  return columns;
}

/** What a request is whose record says nothing of the rest. */
const bare = NewRequest.parse({ contact_number: '0' });
/** As contract/rest/common.ts, Text: here a million of them are looked at. */
const plainText = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

function readerOf(columns: readonly Column[]): (record: Cells) => ReadRequest {
  return ({ line, cells }) => {
    if (cells.length !== columns.length) {
      return { line, path: '', message: `has ${cells.length} cells, the header has ${columns.length}` };
    }
    return plainRow(columns, line, cells) ?? validated(line, valueOf(columns, cells));
  };
}

/** Nothing but number and names, which are checked without the schema; undefined: that needs the schema. */
function plainRow(columns: readonly Column[], line: number, cells: readonly string[]): ReadRequest | undefined {
  const request: NewRequest = { ...bare };
  for (let at = 0; at < columns.length; at++) {
    const cell = cells[at]!;
    const { kind, name } = columns[at]!;
    if (cell === '' && name !== 'contact_number') continue;
    if (kind !== 'plain' || cell.length > 40 || !plainText.test(cell) || cell.trim() === '') return undefined;
    (request as unknown as Record<string, string>)[name] = cell;
  }
  return { line, row: request };
}

function valueOf(columns: readonly Column[], cells: readonly string[]): object {
  const value: Record<string, unknown> = {};
  const custom: Record<string, string> = {};
  columns.forEach(({ name, kind }, at) => {
    const cell = cells[at]!;
    if (cell === '' && name !== 'contact_number') return;
    if (kind === 'custom') custom[name] = cell;
    else if (kind === 'number') value[name] = /^\d{1,9}$/.test(cell) ? Number(cell) : cell;
    else if (kind === 'json') value[name] = jsonOf(cell);
    else value[name] = cell;
  });
  if (Object.keys(custom).length === 0) return value;
  const given = value.custom;
  return { ...value, custom: typeof given === 'object' && given !== null ? { ...given, ...custom } : custom };
}

/** Text that is no JSON stays text. */
function jsonOf(cell: string): unknown {
  try {
    return JSON.parse(cell) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return cell;
    throw error;
  }
}
