// Pages of other origins may use the REST only if PARLEY_ORIGINS lists theirs.
import type { App } from './app.ts';

const allowed = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
  'access-control-expose-headers': 'X-Request-Id, Idempotency-Replayed, Retry-After',
  'access-control-max-age': '600',
};

export function allowOrigins(app: App, origins: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return;
    reply.headers({ ...allowed, 'access-control-allow-origin': origin });
  });
  app.options('/*', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.code(204).send(null),
  );
}
