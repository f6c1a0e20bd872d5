// Many rows come in as a JSON array, as CSV with a header, or as JSON a line; each becomes a row, or a refusal that says
// the line and the reason.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ImportBatch, RefusedRow } from '../../store/bulk-import.ts';
import { fieldRefused } from '../problem.ts';
import { type Cells, csv, jsonLines, unlessSilent, utf8 } from './records.ts';

/** Of an array in one JSON body; longer ones come as CSV or NDJSON, which are not held in memory. */
export const mostJsonBytes = 16 * 1_024 * 1_024;
/** A client that sends nothing for so long has gone. */
const silenceMs = 60_000;

/** For routes that are registered apart, for there alone a body may be CSV or NDJSON. */
export function acceptFiles(app: FastifyInstance): void {
  app.addContentTypeParser(['text/csv', 'application/x-ndjson'], (request, body, done) => {
    const charset = /charset="?([^";]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset === undefined || /^utf-?8$/i.test(charset)) return done(null, body);
    done(new AppError('request.wrong_media_type', `The charset ${charset} is not understood; send UTF-8.`));
  });
  app.addContentTypeParser('*', (_request, _body, done) => {
    const known = 'application/json, text/csv or application/x-ndjson';
    done(new AppError('request.wrong_media_type', `The body must be ${known}.`));
  });
}

export type Upload =
  | { is: 'csv'; bytes: AsyncIterable<Uint8Array> }
  | { is: 'ndjson'; bytes: AsyncIterable<Uint8Array> }
  | { is: 'array'; values: readonly unknown[] }
  | { is: 'one'; value: unknown };

export function uploadOf(request: FastifyRequest, clock: Clock): Upload {
  const { body } = request as { body: unknown };
  const type = request.headers['content-type'] ?? '';
  if (/^(text\/csv|application\/x-ndjson)/i.test(type)) {
    const bytes = unlessSilent(body as Readable, { clock, forMs: silenceMs });
    return { is: type.toLowerCase().startsWith('text/csv') ? 'csv' : 'ndjson', bytes };
  }
  return Array.isArray(body) ? { is: 'array', values: body } : { is: 'one', value: body };
}

/** The request without its body, for the audit: it is a list of people. */
export function withoutBody(request: FastifyRequest): FastifyRequest {
  return Object.create(request, { body: { value: undefined } }) as FastifyRequest;
}

export type Read<Row> = { line: number; row: Row } | RefusedRow;

export interface RowReader<Row, Given = Row> {
  /** The column that a CSV must have. */
  needs: string;
  /** Throws `request.invalid` for a header that is none. */
  ofHeader(header: readonly string[]): (record: Cells) => Read<Row>;
  ofValue(line: number, value: unknown): Read<Row>;
  /** What makes a well-formed row impossible all the same. */
  judged(read: readonly Read<Row>[]): ImportBatch<Given> | Promise<ImportBatch<Given>>;
}

/** `line` of an array is the place in it, from 1; so is that of one alone. */
export async function* rowsOf<Row, Given>(
  upload: Upload,
  reader: RowReader<Row, Given>,
): AsyncGenerator<ImportBatch<Given>> {
  if (upload.is === 'csv') return yield* csvRows(upload.bytes, reader);
  if (upload.is === 'ndjson') return yield* jsonRows(upload.bytes, reader);
  const values = upload.is === 'array' ? upload.values : [upload.value];
  if (values.length === 0) throw fieldRefused('', 'is empty');
  yield await reader.judged(values.map((value, index) => reader.ofValue(index + 1, value)));
}

async function* csvRows<Row, Given>(
  bytes: AsyncIterable<Uint8Array>,
  { needs, ofHeader, judged }: RowReader<Row, Given>,
): AsyncGenerator<ImportBatch<Given>> {
  let read: ((record: Cells) => Read<Row>) | undefined;
  let rows = 0;
  for await (const records of csv(utf8(bytes))) {
    if (read === undefined) read = ofHeader(records.shift()!.cells);
    rows += records.length;
    yield await judged(records.map(read));
  }
  if (read === undefined) throw fieldRefused('', `is empty: a header with ${needs} is needed`);
  if (rows === 0) throw fieldRefused('', 'holds no row under its header');
}

async function* jsonRows<Row, Given>(
  bytes: AsyncIterable<Uint8Array>,
  { ofValue, judged }: RowReader<Row, Given>,
): AsyncGenerator<ImportBatch<Given>> {
  let rows = 0;
  for await (const records of jsonLines(utf8(bytes))) {
    rows += records.length;
    yield await judged(
      records.map((record) => {
        if ('problem' in record) return { line: record.line, path: '', message: record.problem };
        return ofValue(record.line, record.value);
      }),
    );
  }
  if (rows === 0) throw fieldRefused('', 'is empty');
}

/** The first thing that is wrong with a value, by the path of its field. */
export function firstOf(error: z.core.$ZodError): { path: string; message: string } {
  const [issue] = error.issues;
  if (!issue) return { path: '', message: 'is not valid' };
  if (issue.code !== 'unrecognized_keys') return { path: issue.path.map(String).join('.'), message: issue.message };
  return { path: issue.keys[0] ?? '', message: 'is not known here' };
}
