// Step 1 of the supervision stream: POST /ws/ with the credentials in the header X-JSON. Its errors have a shape of
// their own: {"error", "message"}. What the header holds is never logged.
import type {} from '@fastify/swagger'; // `hide`: what OpenAPI describes is the REST
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Directory } from '../../domain/directory.ts';
import type { SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Accounts } from '../../store/accounts.ts';
import type { CallerAddressOf } from './caller-address.ts';
import { corsHeaders, type Origins } from './origins.ts';
import type { StreamSessions } from './sessions.ts';
import { MOST_BYTES, parseSignIn, signInAnswer } from './sign-in.ts';

export interface WsRouteOptions {
  accounts: Pick<Accounts, 'verifyLogin'>;
  directories: { of(space: SpaceId): Directory | undefined };
  groupsOf(space: SpaceId): Promise<readonly { id: number; name: string }[]>;
  sessions: StreamSessions;
  origins: Origins;
  addressOf: CallerAddressOf;
  log: Log;
}

const paths = ['/ws/', '/ws'];
const otherMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'] as const;

const failures = {
  bad_request: { status: 400, message: 'The header X-JSON must hold a sign-in as JSON, at most 8 KiB.' },
  unauthorized: { status: 401, message: 'Login and password do not belong to a supervisor.' },
  method_not_allowed: { status: 405, message: 'Use POST.' },
  too_many_requests: { status: 429, message: 'Too many attempts; try again in some minutes.' },
  internal: { status: 500, message: 'Something is wrong on our side.' },
  unavailable: { status: 503, message: 'The database is away for the moment.' },
} as const;

export function wsRoute(options: WsRouteOptions): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ ...corsHeaders(options.origins, request.raw), 'Cache-Control': 'no-store' });
    });
    app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      const ours = error.statusCode !== undefined && error.statusCode < 500;
      if (!ours) options.log.error({ err: error }, 'a sign-in to the stream failed');
      return fail(reply, ours ? 'bad_request' : 'internal');
    });
    for (const url of paths) {
      app.route({
        method: 'POST',
        url,
        schema: { hide: true },
        handler: (request, reply) => signIn(options, request, reply),
      });
      app.route({
        method: 'OPTIONS',
        url,
        schema: { hide: true },
        handler: (_request, reply) => reply.code(204).send(),
      });
      app.route({
        method: [...otherMethods],
        url,
        schema: { hide: true },
        handler: (_request, reply) => fail(reply.header('Allow', 'POST, OPTIONS'), 'method_not_allowed'),
      });
    }
  };
}

async function signIn(options: WsRouteOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const header = request.headers['x-json'];
  const body = typeof request.body === 'string' ? request.body : '';
  const asked = parseSignIn(header === undefined ? undefined : String(header), body);
  if (!asked) return fail(reply, 'bad_request');
  // Whoever is no supervisor is refused like a wrong password, whether it is the account or the claim.
  if ((asked.header.account_type ?? asked.header.count_type) !== 'supervisor') return fail(reply, 'unauthorized');
  const address = options.addressOf(request.raw);
  try {
    const account = await options.accounts.verifyLogin(asked.header.login, asked.header.password, address);
    const directory = account && options.directories.of(account.space);
    if (account?.role !== 'supervisor' || !directory) return fail(reply, 'unauthorized');
    const { space, user } = account;
    const session = await options.sessions.open({ space, user }, address);
    return signInAnswer(directory, await options.groupsOf(space), { target: user, ...session });
  } catch (error) {
    if (isAppError(error, 'request.too_many')) {
      if (error.retryAfterS !== null) reply.header('Retry-After', `${error.retryAfterS}`);
      return fail(reply, 'too_many_requests');
    }
    if (isAppError(error, 'database.unavailable')) return fail(reply, 'unavailable');
    throw error;
  }
}

function fail(reply: FastifyReply, error: keyof typeof failures): FastifyReply {
  const { status, message } = failures[error];
  return reply.code(status).type('application/json; charset=utf-8').send({ error, message });
}
