// An address that is there, asked with a method that it has not, is told apart from one that is not there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { answerProblem } from './problem.ts';

/** Before the routes: it watches them being added. The handler is for whatever no route takes. */
export function answerUnrouted(app: FastifyInstance): void {
  const methodsOf = new Map<string, { path: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return; // Takes any address, which says nothing about this one.
    const known = methodsOf.get(url) ?? { path: pathPattern(url), methods: new Set() };
    for (const each of [method].flat()) known.methods.add(each);
    methodsOf.set(url, known);
  });

  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const address = request.url.replace(/[?#].*$/s, '');
    const allowed = [...methodsOf.values()]
      .filter(({ path }) => path.test(address))
      .flatMap((each) => [...each.methods]);
    if (allowed.length === 0) {
      return answerProblem(reply, request, new AppError('request.not_found', 'There is nothing at this address.'));
    }
    const methods = [...new Set(allowed)].sort().join(', ');
    reply.header('allow', methods);
    const message = `${request.method} is not possible at this address, only ${methods}.`;
    return answerProblem(reply, request, new AppError('request.wrong_method', message));
  });
}

/** `/users/:id` → what it matches. Routes hold no other signs that mean something to a RegExp but dots. */
function pathPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
}
