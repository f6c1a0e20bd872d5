import { pino } from 'pino';

/** A fixed sentence with fields; never a number, name, digit or secret in the sentence (style: logs). */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & { child(fields: object): Log };

/** On standard error: standard output says only what people and scripts wait for (`ready http://…`). */
export function openLog(options: { level: string }): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: shownError },
    },
    pino.destination(2),
  );
}

export const silentLog: Log = pino({ level: 'silent' });

/** Only what explains: drivers hang whole connections, statements and their values on their errors. */
function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : shownError(error.cause);
  return { type: error.name, code, message: error.message, stack: error.stack, cause };
}
