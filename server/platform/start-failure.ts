// What people read when the server cannot start: one line that names what to change.
import pg from 'pg';
import { AppError, isAppError } from '../errors.ts';

/** A part that listens, and the variable with which it can be told to listen elsewhere. */
export interface Listening {
  host: string;
  port: number;
  hostVariable: string;
  portVariable: string;
}

/** Turns the error of a `listen` into `setup.failed`; any other error is handed back as it is. */
export function listenFailure(error: unknown, at: Listening): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const place = at.host.includes(':') ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`;
  switch (code) {
    case 'EADDRINUSE':
      return failed(`${place} is in use by another program: set ${at.portVariable} to a free port.`, error);
    case 'EACCES':
      return failed(`Port ${at.port} is only for privileged users: set ${at.portVariable} to one above 1023.`, error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed(`${at.host} is no address of this machine: set ${at.hostVariable} to one that is.`, error);
    default:
      return error;
  }
}

/** For standard error, with exit code 1: a sentence for what the user can mend, a stack for what only we can. */
export function startFailureText(error: unknown): string {
  if (isAppError(error, 'database.unavailable')) return databaseSentence('does not answer', error.cause ?? error);
  if (isAppError(error)) return oneLine(error.message);
  if (error instanceof pg.DatabaseError && isRefusal(error.code)) return databaseSentence('refuses', error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** PostgreSQL appendix A: class 28 wrong user or password, 3D000 no such database, 42501 no right to do so. */
function isRefusal(sqlState: string | undefined): boolean {
  return sqlState !== undefined && /^(28...|3D000|42501)$/.test(sqlState);
}

/** Only the user's own PostgreSQL does this: ours has been started, with a password that we know. */
function databaseSentence(what: string, cause: unknown): string {
  const reason = cause instanceof Error && cause.message !== '' ? ` (${oneLine(cause.message)})` : '';
  return `The database ${what}${reason}: check PARLEY_DATABASE_URL.`;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
const failed = (sentence: string, cause: unknown): AppError => new AppError('setup.failed', sentence, { cause });
