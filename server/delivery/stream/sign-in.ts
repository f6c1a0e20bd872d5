// What POST /ws/ is sent, and what it answers.
import type { z } from 'zod';
import { signInSchema, type SignInAnswer } from '../../../contract/supervision.ts';
import type { Directory } from '../../domain/directory.ts';
import type { Instant } from '../../domain/ids.ts';
import { operatorsOf } from './snapshot.ts';

export type SignIn = z.output<typeof signInSchema>;
export const MOST_BYTES = 8 * 1024;

/** `header`: X-JSON as Node gives it, each byte a character; `body` counts when there is none. null: not a sign-in. */
export function parseSignIn(header: string | undefined, body: string): SignIn | null {
  const bytes = header === undefined ? Buffer.from(body) : Buffer.from(header, 'latin1');
  if (bytes.length > MOST_BYTES) return null;
  const parsed = signInSchema.safeParse(jsonOf(bytes));
  return parsed.success ? parsed.data : null;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // no JSON, or no UTF-8
    throw error;
  }
}

export function signInAnswer(
  directory: Directory,
  groups: readonly { id: number; name: string }[],
  session: { target: number; token: string; expires: Instant },
): SignInAnswer {
  return {
    ops: operatorsOf(directory).map((user) => ({ id: user.id, nom: user.displayName, groupes: [...user.groups] })),
    groupes: groups.map(({ id, name }) => ({ id, nom: name })),
    trunks: [...directory.trunks.values()].map(({ id, name }) => ({ id, nom: name })),
    pauses: [...directory.pauses].map(([id, value]) => ({ id, value })),
    queues: [...directory.queues.values()].map(({ id, name }) => ({ id, nom: name })),
    target: session.target,
    id_session: session.token,
    expire: new Date(session.expires).toISOString().replace('Z', '000+00:00'),
  };
}
