// A body as it comes in, cut into records: CSV with a header, or JSON a line. Nothing is held but the record that is not
// complete yet.
import Papa from 'papaparse';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { fieldRefused } from '../problem.ts';

/** `line`: where it begins, from 1. */
export type Cells = { line: number; cells: string[] };
export type JsonLine = { line: number; value: unknown } | { line: number; problem: string };

/** A quote that is never closed would swallow the rest of the file, as would line ends that are none. */
const longestRecord = 1_024 * 1_024;

/** Throws when nothing comes for so long: the client has gone without a word. */
export async function* unlessSilent(
  bytes: AsyncIterable<Uint8Array>,
  { clock, forMs }: { clock: Clock; forMs: number },
): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const silence = Promise.withResolvers<never>();
      const timer = clock.after(forMs, () =>
        silence.reject(new AppError('request.invalid', `Nothing came for ${forMs / 1_000} s; nothing was kept.`)),
      );
      const piece = await Promise.race([pieces.next(), silence.promise]).finally(() => timer.cancel());
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
}

/** UTF-8 only, with or without a BOM. Throws `request.invalid` for bytes that are none. */
export async function* utf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (cause) {
      const message = `is not UTF-8 near byte ${at}; save the file as UTF-8`;
      throw new AppError('request.invalid', `The body ${message}.`, { cause, errors: [{ path: '', message }] });
    }
  };
  for await (const piece of bytes) {
    const text = decode(piece);
    if (text !== '') yield text;
    at += piece.length;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

/** The header's names, then batches of the rows below it. Empty lines are passed over. */
export async function* csv(text: AsyncIterable<string>): AsyncGenerator<Cells[]> {
  let waiting = '';
  let line = 1;
  let form: Papa.ParseConfig | undefined;
  const take = (isLast: boolean): Cells[] => {
    form ??= formOf(waiting);
    const parsed = new Papa.Parser(form).parse(waiting, 0, !isLast) as Papa.ParseResult<string[]>;
    const [unclosed] = parsed.errors.filter(({ code }) => code === 'MissingQuotes');
    if (unclosed && isLast) throw unclosedQuote(line);
    const mayBreak = waiting.includes('"');
    waiting = isLast ? '' : waiting.slice(parsed.meta.cursor);
    const rows: Cells[] = [];
    for (const cells of parsed.data) {
      if (cells.length > 1 || cells[0] !== '') rows.push({ line, cells });
      line += 1 + (mayBreak ? linesIn(cells) : 0);
    }
    return rows;
  };
  for await (const piece of text) {
    waiting += piece;
    if (form === undefined && waiting.length <= longestRecord && !waiting.includes('\n')) continue;
    const rows = take(false);
    if (waiting.length > longestRecord) throw waiting.includes('"') ? unclosedQuote(line) : tooLong(line);
    if (rows.length > 0) yield rows;
  }
  if (waiting === '') return;
  const rows = take(true);
  if (rows.length > 0) yield rows;
}

/** One JSON value a line. */
export async function* jsonLines(text: AsyncIterable<string>): AsyncGenerator<JsonLine[]> {
  let waiting = '';
  let line = 0;
  const read = (lines: string[]) =>
    lines.flatMap((written): JsonLine[] => {
      line++;
      if (written.trim() === '') return [];
      try {
        return [{ line, value: JSON.parse(written) as unknown }];
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return [{ line, problem: 'is not JSON' }];
      }
    });
  for await (const piece of text) {
    const lines = (waiting + piece).split('\n');
    waiting = lines.pop() ?? '';
    const rows = read(lines);
    if (waiting.length > longestRecord) throw tooLong(line + 1);
    yield rows;
  }
  yield read([waiting]);
}

/** As the header is written: the separator that is most frequent there, and how lines end. */
function formOf(text: string): Papa.ParseConfig {
  const end = text.indexOf('\n');
  const header = end < 0 ? text : text.slice(0, end);
  const count = (separator: string) => header.split(separator).length;
  const delimiter = [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
  return { delimiter, newline: header.endsWith('\r') ? '\r\n' : '\n' };
}

const unclosedQuote = (line: number) =>
  fieldRefused('', `has a quote in the record of line ${line} that is never closed`);

const tooLong = (line: number) =>
  fieldRefused('', `holds more than ${longestRecord} characters in the record of line ${line}`);

function linesIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++;
  return count;
}
