import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Login, Session } from '../../../contract/rest/sessions.ts';
import type { Instant, UserId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { users } from '../../store/users.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, everybody, requireOwnPage, SESSION_COOKIE } from '../auth.ts';
import { notFound } from '../problem.ts';

const tags = ['sessions'];

export function sessionRoutes(app: App, { db, accounts }: RestParts, origins: readonly string[]): void {
  app.post(
    '/sessions',
    { config: { access: 'public' }, schema: { tags, security: [], body: Login, response: { 201: Session } } },
    async (request, reply) => {
      requireOwnPage(request, origins);
      const { username, password } = request.body;
      const account = await accounts.verifyLogin(username, password, request.ip);
      if (!account) throw new AppError('request.unauthenticated', 'The user name or the password is wrong.');
      const actor = { type: 'user', id: account.user, name: username, address: request.ip } as const;
      const { token, expiresAt } = await accounts.openSession(account, actor);
      setCookie(request, reply, token, expiresAt);
      reply.code(201);
      return await shown(account.user, expiresAt);
    },
  );

  app.get(
    '/sessions',
    {
      config: { access: everybody },
      schema: { tags, description: 'The session that asks.', response: { 200: Session } },
    },
    async (request) => {
      const session = await accounts.session(sessionToken(request));
      if (!session) throw new AppError('request.unauthenticated', 'The session is over.');
      return await shown(session.user, session.expiresAt);
    },
  );

  app.delete(
    '/sessions',
    {
      config: { access: everybody },
      schema: { tags, description: 'Ends the session that asks.', response: { 204: z.null() } },
    },
    async (request, reply) => {
      await accounts.endSession(sessionToken(request));
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send(null);
    },
  );

  async function shown(id: UserId, expiresAt: Instant): Promise<Session> {
    const user = await users.find(db, id);
    if (!user) throw notFound();
    return { user, expires_at: new Date(expiresAt).toISOString() };
  }
}

function sessionToken(request: FastifyRequest): string {
  const caller = callerOf(request);
  if (caller.kind !== 'user') throw new AppError('request.not_found', 'A key has no session.');
  return caller.token;
}

function setCookie(request: FastifyRequest, reply: FastifyReply, token: string, expiresAt: Instant): void {
  reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    expires: new Date(expiresAt),
  });
}
