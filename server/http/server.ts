// The HTTP server: REST under /api/v1, its documentation, what operators ask, and the live page. The stream attaches
// to the same server.
import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';
import type { Log } from '../platform/log.ts';
import type { App, RestParts } from './app.ts';
import { requireCaller } from './auth.ts';
import { allowOrigins } from './cors.ts';
import { serveLivePage } from './live-page.ts';
import { describeApi } from './openapi.ts';
import { operationsRoutes, type OperationsOptions } from './operations.ts';
import { answerUnrouted } from './other-methods.ts';
import { answerError, zodValidator } from './problem.ts';
import { takeWhatWasRead } from './put-back.ts';
import { serveReportSchema } from './report-schema.ts';
import { agentRoutes } from './routes/agents.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { broadcastResultRoutes } from './routes/broadcast-results.ts';
import { broadcastRunRoutes } from './routes/broadcast-runs.ts';
import { broadcastRoutes } from './routes/broadcasts.ts';
import { callRoutes } from './routes/calls.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { channelRoutes } from './routes/message-channels.ts';
import { contactIntakeRoutes } from './routes/contact-intake.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { dialogRoutes } from './routes/dialogs.ts';
import { doNotCallRoutes } from './routes/dnc.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { extensionRoutes } from './routes/extensions.ts';
import { groupRoutes } from './routes/groups.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { ivrTrialRoutes } from './routes/ivr-trials.ts';
import { ivrRoutes } from './routes/ivrs.ts';
import { messageRoutes } from './routes/messages.ts';
import { optoutRoutes } from './routes/optouts.ts';
import { pauseRoutes } from './routes/pauses.ts';
import { projectRoutes } from './routes/projects.ts';
import { queueRoutes } from './routes/queues.ts';
import { replyRoutes } from './routes/replies.ts';
import { requestIntakeRoutes } from './routes/request-intake.ts';
import { requestRoutes } from './routes/requests.ts';
import { requestWorkRoutes } from './routes/request-work.ts';
import { sandboxRoutes } from './routes/sandbox.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { soundRoutes } from './routes/sounds.ts';
import { spaceRoutes } from './routes/spaces.ts';
import { trunkRoutes } from './routes/trunks.ts';
import { userRoutes } from './routes/users.ts';
import { vipRoutes } from './routes/vips.ts';
import { answerUnparsed } from './unparsed.ts';

export interface HttpOptions extends RestParts, OperationsOptions {
  /** Of Parley, for the documentation. */
  version: string;
  /** PARLEY_ADMIN_KEY; null: there is none. */
  adminKey: string | null;
  /** CIDRs whose X-Forwarded-For counts. */
  trustedProxies: readonly string[];
  /** Origins whose pages may use the REST. */
  origins: readonly string[];
  /** PEM; null: plain HTTP. */
  tls: { cert: string | Buffer; key: string | Buffer } | null;
  /** Folder of the live page; null: none. */
  livePage: string | null;
}

/** Large enough for an X-JSON of 8 KiB and more, so that it gets our own answer instead of the parser's. */
const MAX_HEADER_BYTES = 32 * 1_024;
const MAX_BODY_BYTES = 1_024 * 1_024;
/** For a whole request to come in, be it a million contacts over a slow line; who trickles is cut off with a 408. */
const REQUEST_TIMEOUT_MS = 900_000;

/** All routes are there when it resolves; it does not listen yet. `close()` finishes the requests that run. */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = newServer(options).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(zodValidator);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError(options.log));
  answerUnrouted(app);
  acceptJsonOnly(app);
  refuseCompressed(app);
  nameAndLogRequests(app, options.log);
  await app.register(cookie);
  await describeApi(app, options.version);
  await serveReportSchema(app);
  operationsRoutes(app, options);
  if (options.livePage !== null) await serveLivePage(app, options.livePage);
  await app.register(async (rest) => routeRest(rest.withTypeProvider<ZodTypeProvider>(), options), {
    prefix: '/api/v1',
  });
  return app;
}

function routeRest(app: App, options: HttpOptions): void {
  requireCaller(app, options);
  allowOrigins(app, options.origins);
  takeWhatWasRead(app);
  spaceRoutes(app, options);
  userRoutes(app, options);
  sessionRoutes(app, options, options.origins);
  apiKeyRoutes(app, options);
  groupRoutes(app, options);
  projectRoutes(app, options);
  pauseRoutes(app, options);
  trunkRoutes(app, options);
  extensionRoutes(app, options);
  queueRoutes(app, options);
  ivrRoutes(app, options);
  ivrTrialRoutes(app, options);
  app.register(async (apart) => soundRoutes(apart.withTypeProvider<ZodTypeProvider>(), options));
  vipRoutes(app, options);
  agentRoutes(app, options);
  callRoutes(app, options);
  dialogRoutes(app, options);
  campaignRoutes(app, options);
  requestRoutes(app, options);
  requestWorkRoutes(app, options);
  app.register(async (apart) => requestIntakeRoutes(apart.withTypeProvider<ZodTypeProvider>(), options));
  doNotCallRoutes(app, options);
  channelRoutes(app, options);
  broadcastRoutes(app, options);
  broadcastRunRoutes(app, options);
  broadcastResultRoutes(app, options);
  app.register(async (apart) => contactIntakeRoutes(apart.withTypeProvider<ZodTypeProvider>(), options));
  messageRoutes(app, options);
  replyRoutes(app, options);
  optoutRoutes(app, options);
  sandboxRoutes(app, options);
  endpointRoutes(app, options);
  deliveryRoutes(app, options);
  inboxRoutes(app, options);
  auditRoutes(app, options);
}

function newServer({ tls, trustedProxies, log }: HttpOptions): FastifyInstance {
  const common = {
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (error, request, reply) => {
      answerError(log)(error, request, reply);
    },
    clientErrorHandler: answerUnparsed,
  } satisfies FastifyServerOptions;
  const own = { maxHeaderSize: MAX_HEADER_BYTES, shouldUpgradeCallback: asksForWebsocket };
  // Fastify types a TLS server apart; nothing here depends on the difference.
  if (tls) return Fastify({ ...common, https: { ...own, ...tls } }) as unknown as FastifyInstance;
  return Fastify({ ...common, http: own });
}

/** Java's client and `curl --http2` offer HTTP/2 (`h2c`) with their first request: declined, it is answered as it is. */
function asksForWebsocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** JSON and nothing else. Clients that always say `application/json` may leave the body of a PUT or DELETE empty. */
function acceptJsonOnly(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const text = utf8(body);
    if (text === null) return done(new AppError('request.invalid', 'The body is not UTF-8.'));
    return parse(request, text, done);
  });
}

/** null: it is none. Read patiently, a name in Latin-1 would be kept with question marks. */
function utf8(bytes: Buffer): string | null {
  return isUtf8(bytes) ? new TextDecoder().decode(bytes) : null;
}

/** It would be read as it is: a file of contacts as one that is no UTF-8. */
function refuseCompressed(app: App): void {
  app.addHook('preParsing', async ({ headers }) => {
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() === 'identity') return;
    throw new AppError('request.wrong_media_type', 'The body must not be compressed.');
  });
}

/** The route, not the address: addresses hold numbers of people. */
function nameAndLogRequests(app: App, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, id } = request;
    const ms = Math.round(reply.elapsedTime);
    const route = request.routeOptions.url ?? null;
    const quiet = route === '/healthz' || route === '/readyz' || route === '/metrics';
    log[quiet ? 'debug' : 'info']({ request: id, method, route, status: reply.statusCode, ms }, 'request answered');
  });
}
