// For whoever operates the server: is it alive, is it ready, how is it doing.
import type { Metrics } from '../projections/metrics.ts';
import type { App } from './app.ts';

export interface OperationsOptions {
  metrics: Metrics;
  /** What is missing (`database`, `voice`), or `draining`: it is being stopped. Empty: it serves. */
  ready(): string[] | Promise<string[]>;
}

export function operationsRoutes(app: App, { metrics, ready }: OperationsOptions): void {
  const schema = { hide: true };

  app.get('/healthz', { schema }, () => ({ status: 'alive' }));

  app.get('/readyz', { schema }, async (_request, reply) => {
    const missing = await ready();
    return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });

  app.get('/metrics', { schema }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.exposition()),
  );
}
