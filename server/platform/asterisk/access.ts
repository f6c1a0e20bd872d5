// How Parley reaches its own Asterisk: a port on loopback and a random password, kept with the home, so that a server
// that was killed finds the Asterisk it left behind.
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { freeLoopbackPort } from './ports.ts';
import { hasCode } from './process.ts';

export interface AriAccess {
  port: number;
  user: string;
  password: string;
}

/** Reads `ari.json`, or makes it (mode 0600) with a free port. */
export async function ariAccessIn(runHome: string): Promise<AriAccess> {
  const kept = await readKept(join(runHome, 'ari.json'));
  return (
    kept ??
    keep(runHome, { port: await freeLoopbackPort(), user: 'parley', password: randomBytes(24).toString('base64url') })
  );
}

/** The same user and password on another port: somebody else took ours while Asterisk was down. */
export async function moveAriAccess(runHome: string, access: AriAccess): Promise<AriAccess> {
  return keep(runHome, { ...access, port: await freeLoopbackPort() });
}

async function keep(runHome: string, access: AriAccess): Promise<AriAccess> {
  const path = join(runHome, 'ari.json');
  await writeFile(`${path}.new`, JSON.stringify(access), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return access;
}

async function readKept(path: string): Promise<AriAccess | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const kept: unknown = JSON.parse(text);
  if (isAccess(kept)) return kept;
  throw new AppError('setup.failed', `${path} is damaged: delete it, and a new one is made.`);
}

function isAccess(value: unknown): value is AriAccess {
  return (
    typeof value === 'object' &&
    value !== null &&
    'port' in value &&
    typeof value.port === 'number' &&
    'user' in value &&
    typeof value.user === 'string' &&
    'password' in value &&
    typeof value.password === 'string'
  );
}

export function ariUrl(access: AriAccess): string {
  return `http://127.0.0.1:${access.port}/ari`;
}

/** True when our own Asterisk answers: it knows our password and has loaded everything. */
export function answersPing(access: AriAccess, limitMs: number): Promise<boolean> {
  return answersAt({ url: ariUrl(access), user: access.user, password: access.password }, limitMs);
}

/** True when an Asterisk that knows this password answers there. `url` without the trailing slash. */
export async function answersAt(
  { url, user, password }: { url: string; user: string; password: string },
  limitMs: number,
): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  try {
    const response = await fetch(`${url}/asterisk/ping`, {
      headers: { authorization, connection: 'close' },
      signal: AbortSignal.timeout(limitMs),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch (error) {
    // fetch knows one error for every way not to be reached, and one for the limit.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
