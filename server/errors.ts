// Code → HTTP status and title. Every code that Parley ever answers or throws is here; a test holds docs/errors.md to it.

export const errorCodes = {
  'request.invalid': { status: 400, title: 'The request is not valid' },
  'request.unauthenticated': { status: 401, title: 'No valid key or session' },
  'request.forbidden': { status: 403, title: 'Not allowed for this role' },
  'request.not_found': { status: 404, title: 'No such thing' },
  'request.conflict': { status: 409, title: 'It conflicts with what exists' },
  'request.too_many': { status: 429, title: 'Too many requests' },
  'request.wrong_method': { status: 405, title: 'That method is not possible here' },
  'request.too_slow': { status: 408, title: 'The request took too long to come in' },
  'request.too_large': { status: 413, title: 'The request is too large' },
  'request.wrong_media_type': { status: 415, title: 'That content type is not understood' },
  'request.headers_too_large': { status: 431, title: 'The headers are too large' },
  'idempotency.mismatch': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'idempotency.running': { status: 409, title: 'The first request with this Idempotency-Key still runs' },
  'internal': { status: 500, title: 'Something is wrong on our side' },
  'database.unavailable': { status: 503, title: 'The database is away for the moment' },
  'database.outcome_unknown': { status: 503, title: 'The database went away before the answer; it may still be done' },
  'journal.conflict': { status: 409, title: 'Somebody else was faster' },
  'journal.full': { status: 503, title: 'Too much waits for the database' },
  'voice.engine_down': { status: 503, title: 'The voice engine is away for the moment' },
  'voice.leg_gone': { status: 409, title: 'That leg is gone' },
  'voice.command_failed': { status: 502, title: 'The voice engine refused' },
  'call.not_found': { status: 404, title: 'No such call' },
  'call.not_talking': { status: 409, title: 'That leg is not in a conversation' },
  'call.transfer_running': { status: 409, title: 'A transfer is running already' },
  'call.no_transfer': { status: 409, title: 'No transfer is running' },
  'call.unknown_target': { status: 422, title: 'That number leads nowhere' },
  'call.not_allowed': { status: 403, title: 'That number may not be called' },
  'call.no_channel': { status: 409, title: 'The trunk has no free channel' },
  'call.no_trunk': { status: 422, title: 'The space has no outbound trunk' },
  'agent.no_phone': { status: 422, title: 'The agent has no phone extension' },
  'agent.busy': { status: 409, title: 'The agent is busy' },
  'agent.logged_out': { status: 409, title: 'The agent is logged out' },
  'agent.unknown_pause': { status: 422, title: 'No such pause' },
  'endpoint.disabled': { status: 409, title: 'The endpoint is disabled' },
  'delivery.pending': { status: 409, title: 'It is on its way already' },
  'delivery.endpoint_gone': { status: 409, title: 'Its endpoint is gone' },
  'campaign.not_running': { status: 409, title: 'The campaign is not running' },
  'campaign.no_callable_contact': { status: 409, title: 'The campaign has no callable contact' },
  'campaign.not_consultant': { status: 422, title: 'The user is no consultant of the campaign' },
  'campaign.not_reserved': { status: 409, title: 'The request is not reserved for that user' },
  'campaign.in_call': { status: 409, title: 'The request is being called already' },
  'campaign.not_now': { status: 409, title: 'The contact may not be called now' },
  'campaign.do_not_call': { status: 409, title: 'The number is on a do-not-call list' },
  'campaign.request_not_waiting': { status: 409, title: 'The request does not wait to be called' },
  'campaign.no_result_due': { status: 409, title: 'The request waits for no result' },
  'broadcast.wrong_state': { status: 409, title: 'The broadcast is in another state' },
  'broadcast.nothing_to_send': { status: 422, title: 'The broadcast has nobody left to send to' },
  'broadcast.no_channel': { status: 422, title: 'The space has no enabled channel for that' },
  'broadcast.import_running': { status: 409, title: 'Contacts are coming into the broadcast already' },
  'broadcast.media_not_available': { status: 422, title: 'That media cannot be sent yet' },
  'broadcast.check_failed': { status: 422, title: 'The broadcast cannot be sent as it is' },
  'message.left': { status: 409, title: 'The message does not wait any more' },
  'server.draining': { status: 503, title: 'The server is shutting down' },
  'setup.failed': { status: 500, title: 'The set-up failed' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** `detail` is a sentence for people; `path` names the request's field, if one is to blame. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly { path: string; message: string }[];
  /** When it may be worth to ask again; null: not told. */
  readonly retryAfterS: number | null;
  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; errors?: readonly { path: string; message: string }[]; retryAfterS?: number } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterS = options.retryAfterS ?? null;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}
