import { pino } from 'pino';

/** A fixed sentence with fields; never a number, name, digit or secret in the sentence (style: logs). */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & { child(fields: object): Log };

/** On standard error: standard output says only what people and scripts wait for (`ready http://…`). */
export function openLog(options: { level: string }): Log {
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

export const silentLog: Log = pino({ level: 'silent' });
