// What the parser of HTTP refuses never becomes a request; it is answered on the bare connection, as a problem too.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type ErrorCode } from '../errors.ts';
import { problemOf } from './problem.ts';

export function answerUnparsed(error: Error & { code?: string }, connection: Socket): void {
  if (error.code === 'ECONNRESET' || !connection.writable) return void connection.destroy();
  const [code, detail] = refusals[error.code ?? ''] ?? ['request.invalid', 'That is no HTTP request.'];
  const problem = problemOf(new AppError(code, detail, { cause: error }));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  connection.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => connection.destroy());
}

const refusals: Record<string, [ErrorCode, string] | undefined> = {
  HPE_HEADER_OVERFLOW: ['request.headers_too_large', 'The headers are larger than 32 KiB.'],
  HPE_INVALID_METHOD: ['request.invalid', 'That method is not known.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request.too_slow', 'The request did not come in for too long.'],
};
