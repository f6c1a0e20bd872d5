// Who asks, and may he? Every route under /api/v1 says in its config which roles may use it; docs/roles.md is the table.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../domain/directory.ts';
import { asId, type SpaceId, type UserId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Accounts } from '../store/accounts.ts';
import { findKeyOwner } from '../store/api-keys.ts';
import type { Actor } from '../store/audit.ts';
import type { Directories } from '../store/directory.ts';
import type { Database } from '../platform/db.ts';
import type { App } from './app.ts';
import { fieldRefused, notFound } from './problem.ts';

export const SESSION_COOKIE = 'parley_session';

/** `installation`: PARLEY_ADMIN_KEY, which belongs to no space. */
export type Caller =
  | { kind: 'installation'; role: 'admin'; space: null }
  | { kind: 'key'; role: Role; space: SpaceId; id: number; name: string }
  | { kind: 'user'; role: Role; space: SpaceId; user: UserId; name: string; token: string };

export type Access = 'public' | readonly Role[];
export const admins: Access = ['admin'];
export const supervisors: Access = ['admin', 'supervisor'];
export const everybody: Access = ['admin', 'supervisor', 'agent'];

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

export interface AuthOptions {
  db: Database;
  accounts: Accounts;
  /** PARLEY_ADMIN_KEY; null: there is none. */
  adminKey: string | null;
  /** Other origins whose pages may use the REST. */
  origins: readonly string[];
}

/** Guards all routes that are registered on `app` after this. */
export function requireCaller(app: App, options: AuthOptions): void {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`${route.url} does not say who may use it`);
  });
  app.addHook('onRequest', async (request: FastifyRequest, _reply: FastifyReply) => {
    const access = request.routeOptions.config.access;
    if (access === undefined || access === 'public') return;
    const caller = await authenticate(request, options);
    if (!access.includes(caller.role)) {
      throw new AppError('request.forbidden', `This is not for the role ${caller.role}.`);
    }
    request.caller = caller;
  });
}

async function authenticate(request: FastifyRequest, options: AuthOptions): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const caller = key === undefined ? undefined : await callerOfKey(key, options);
    if (caller) return caller;
    throw new AppError('request.unauthenticated', 'The key is not valid.');
  }
  const token = request.cookies[SESSION_COOKIE];
  const session = token === undefined ? undefined : await options.accounts.session(token);
  if (!session || token === undefined) {
    throw new AppError('request.unauthenticated', 'A key or a session is needed.');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') requireOwnPage(request, options.origins);
  const { role, space, user, username } = session;
  return { kind: 'user', role, space, user, name: username, token };
}

async function callerOfKey(key: string, { adminKey, db }: AuthOptions): Promise<Caller | undefined> {
  if (adminKey !== null && sameSecret(key, adminKey)) return { kind: 'installation', role: 'admin', space: null };
  const owner = await findKeyOwner(db, key);
  return owner && { kind: 'key', ...owner };
}

function sameSecret(one: string, other: string): boolean {
  const hashOf = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashOf(one), hashOf(other));
}

/**
 * Browsers say where a request comes from; another site's page must not act in the name of whoever is logged in.
 * Who says nothing is a program: every browser sends `Origin` with what changes something, and the cookie is
 * SameSite=Strict besides.
 */
export function requireOwnPage(request: FastifyRequest, origins: readonly string[]): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && (origins.includes(origin) || hostOf(origin) === request.host)) return;
  const own = origin === undefined && (site === undefined || site === 'same-origin');
  if (!own) throw new AppError('request.forbidden', 'With a cookie, only our own pages may change something.');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new AppError('request.unauthenticated', 'A key or a session is needed.');
  return request.caller;
}

export function actorOf(request: FastifyRequest): Actor {
  const caller = callerOf(request);
  const address = request.ip;
  switch (caller.kind) {
    case 'installation':
      return { type: 'installation_key', id: null, name: null, address };
    case 'key':
      return { type: 'api_key', id: caller.id, name: caller.name, address };
    case 'user':
      return { type: 'user', id: caller.user, name: caller.name, address };
  }
}

/** For a list: null is all spaces. Another one's space is as if it were not there. */
export function spaceToList(caller: Caller, asked: number | undefined, directories: Directories): SpaceId | null {
  if (asked === undefined) return caller.space;
  return reached(caller, asId<SpaceId>(asked), directories);
}

/** For something new, and for paths that name a thing which is unique in its space only. */
export function spaceToUse(caller: Caller, asked: number | undefined, directories: Directories): SpaceId {
  if (asked !== undefined) return reached(caller, asId<SpaceId>(asked), directories);
  if (caller.space === null) throw fieldRefused('space_id', 'is needed with the key of the installation');
  return caller.space;
}

/** Throws `request.not_found` for what belongs to another space. */
export function requireReach(caller: Caller, space: number): SpaceId {
  if (caller.space !== null && caller.space !== space) throw notFound();
  return asId<SpaceId>(space);
}

/** A list or an import below a thing may name the space besides: `space` is the thing's. Throws `request.not_found`. */
export function requireSameSpace(space: SpaceId, named: number | undefined): void {
  if (named !== undefined && named !== space) throw notFound();
}

function reached(caller: Caller, space: SpaceId, directories: Directories): SpaceId {
  requireReach(caller, space);
  if (directories.of(space) === undefined) throw notFound();
  return space;
}
