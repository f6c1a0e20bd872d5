import { pino } from 'pino';

/** A fixed sentence with fields; never a number, name, digit or secret in the sentence (style: logs). */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & { child(fields: object): Log };

export function openLog(options: { level: string }): Log {
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

export const silentLog: Log = pino({ level: 'silent' });
