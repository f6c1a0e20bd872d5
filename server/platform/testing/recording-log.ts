import { pino } from 'pino';
import type { Log } from '../log.ts';

export interface LoggedLine {
  level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  msg: string;
  [field: string]: unknown;
}

/** A log whose lines a test can look at. */
export function recordingLog(): { log: Log; lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as LoggedLine);
  const formatters = { level: (level: string) => ({ level }) };
  return { log: pino({ level: 'debug', base: null, timestamp: false, formatters }, { write }), lines };
}
