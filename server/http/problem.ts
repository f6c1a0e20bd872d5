// Every refusal leaves as RFC 9457 problem details; what went wrong inside is logged and not told.
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import type { Problem } from '../../contract/problem.ts';
import { AppError, type ErrorCode, errorCodes, isAppError } from '../errors.ts';
import type { Log } from '../platform/log.ts';

/** Validates with zod; what is wrong becomes `request.invalid` with the path of each field. */
export const zodValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const parsed = schema.safeParse(data, inPlainWords);
    if (parsed.success) return { value: parsed.data };
    return { error: httpPart === 'params' ? notFound() : invalid(parsed.error) };
  };
};

/** What is missing is not told as a value of a wrong type; what fits none of several types is told which would. */
export const inPlainWords: z.core.ParseContext<z.core.$ZodIssue> = {
  error(issue) {
    if (issue.input === undefined) return 'is needed';
    if (issue.code !== 'invalid_union') return undefined;
    const types = issue.errors.flat().flatMap((one) => (one.code === 'invalid_type' ? [one.expected] : []));
    return types.length === 0 ? undefined : `Invalid input: expected ${[...new Set(types)].join(' or ')}`;
  },
};

/** Parses what a handler has put together itself, as the validator does with what came in. */
export function parsed<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const result = schema.safeParse(data, inPlainWords);
  if (!result.success) throw invalid(result.error);
  return result.data;
}

export const notFound = () => new AppError('request.not_found', 'There is no such thing here.');

/** `path` empty: the body as a whole. */
export function fieldRefused(path: string, message: string): AppError {
  return new AppError('request.invalid', `${path === '' ? 'The body' : path} ${message}.`, {
    errors: [{ path, message }],
  });
}

export function fieldsRefused(errors: { path: string; message: string }[]): AppError {
  return new AppError('request.invalid', 'The request does not have the form that is documented.', { errors });
}

function invalid(error: z.core.$ZodError): AppError {
  const errors = error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: path.join('.'), message }));
    if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
  });
  return fieldsRefused(errors);
}

export function answerError(log: Log) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const told = error === request.raw.errored ? brokenOff(error) : asAppError(error);
    const { status } = errorCodes[told.code];
    if (status >= 500 && told.code !== 'server.draining')
      log.error({ err: error, request: request.id, code: told.code }, 'request failed');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    const retryAfterS = told.retryAfterS ?? (status === 503 ? 2 : null);
    if (retryAfterS !== null) reply.header('retry-after', `${retryAfterS}`);
    return answerProblem(reply, request, told);
  };
}

export function answerProblem(reply: FastifyReply, request: FastifyRequest, error: AppError): FastifyReply {
  const problem = problemOf(error, request.id);
  // As bytes: no response schema of the route is applied to it, and no charset is added to the type, which has none.
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)));
}

export function problemOf(error: AppError, requestId?: string): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: 'about:blank',
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 && { errors: [...error.errors] }),
    ...(requestId !== undefined && { request_id: requestId }),
  };
}

/** Nobody reads it any more; it is no failure of ours. */
const brokenOff = (cause: Error) =>
  new AppError('request.invalid', 'The connection broke before the body was whole.', { cause });

/** Fastify's own refusals by their code; whatever nobody expected is `internal`. */
function asAppError(error: FastifyError | Error): AppError {
  if (isAppError(error)) return error;
  const known = 'code' in error ? fastifyRefusals[error.code] : undefined;
  if (known) return new AppError(known.code, known.detail, { cause: error });
  // Malformed JSON is a SyntaxError with a status and no code.
  if ('statusCode' in error && error.statusCode === 400) {
    return new AppError('request.invalid', 'The body is not valid JSON.', { cause: error });
  }
  return new AppError('internal', 'Something is wrong on our side; the log knows more.', { cause: error });
}

const fastifyRefusals: Record<string, { code: ErrorCode; detail: string } | undefined> = {
  FST_ERR_BAD_URL: { code: 'request.invalid', detail: 'The address is not encoded as addresses are.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'request.wrong_media_type', detail: 'The body must be application/json.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'request.too_large', detail: 'The body is too large.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'request.invalid', detail: 'The body is not as long as announced.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request.invalid', detail: 'The body is not valid JSON.' },
};
