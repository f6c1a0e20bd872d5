// Who reads a thing, edits it and puts it back also brings what a PUT cannot set (`id`, `space_id`, a state): that is
// taken as long as it is what reading shows, and refused by its path where it differs.
import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify';
import { z } from 'zod';
import type { App } from './app.ts';
import { fieldsRefused } from './problem.ts';

type Fields = Record<string, unknown>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a PUT: the fields that its body does not know. */
    broughtBack: Fields | null;
  }
}

interface Reader {
  read: RouteHandlerMethod;
  shown: z.ZodType;
}

/** For all routes that are registered on `app` after this. */
export function takeWhatWasRead(app: App): void {
  const readers = new Map<string, Reader>();
  app.decorateRequest('broughtBack', null);
  app.addHook('onRoute', (route) => {
    const shown = route.method === 'GET' ? answerOf(route) : undefined;
    if (shown) readers.set(route.url, { read: route.handler, shown });
  });

  app.addHook('preValidation', async (request) => {
    if (request.method !== 'PUT' || !readers.has(request.routeOptions.url ?? '')) return;
    const unknown = unknownTo(request.routeOptions.schema?.body, request.body);
    if (unknown.length === 0) return;
    const isUnknown = ([name]: [string, unknown]): boolean => unknown.includes(name);
    const fields = Object.entries(request.body as object);
    request.broughtBack = Object.fromEntries(fields.filter(isUnknown));
    request.body = Object.fromEntries(fields.filter((field) => !isUnknown(field)));
  });

  app.addHook('preHandler', async (request, reply) => {
    const reader = request.broughtBack && readers.get(request.routeOptions.url ?? '');
    if (reader) requireAsShown(request.broughtBack ?? {}, await shownBy(reader, request, reply));
  });

  /** As the GET of the same address answers the same caller. */
  async function shownBy({ read, shown }: Reader, request: FastifyRequest, reply: FastifyReply): Promise<Fields> {
    const answer: unknown = await read.call(request.server, request, reply);
    return shown.parse(answer) as Fields;
  }
}

function answerOf({ schema }: RouteOptions): z.ZodType | undefined {
  const answers = schema?.response as Record<number, unknown> | undefined;
  return answers?.[200] instanceof z.ZodType ? answers[200] : undefined;
}

function unknownTo(schema: unknown, body: unknown): string[] {
  if (!(schema instanceof z.ZodType)) return [];
  const issues = schema.safeParse(body).error?.issues ?? [];
  return issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : []));
}

function requireAsShown(brought: Fields, shown: Fields): void {
  const refused = Object.entries(brought).flatMap(([path, value]) => {
    if (!Object.hasOwn(shown, path)) return [{ path, message: 'is not known here' }];
    return isDeepStrictEqual(value, shown[path])
      ? []
      : [{ path, message: 'cannot be changed: leave it out, or as it is shown' }];
  });
  if (refused.length > 0) throw fieldsRefused(refused);
}
