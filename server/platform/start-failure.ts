// What people read when the server cannot start: one line that names what to change.
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
  if (isAppError(error)) return error.message.replace(/\s*\n\s*/g, ' ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const failed = (sentence: string, cause: unknown): AppError => new AppError('setup.failed', sentence, { cause });
