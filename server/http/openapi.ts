// OpenAPI 3.1, generated from the schemas that validate. docs/openapi.json is the same document; a test compares.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { Problem } from '../../contract/problem.ts';
import { docsContentSecurity } from './content-security.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'];

const refused = {
  description: 'Refused; docs/errors.md lists the codes.',
  content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${Problem.meta()?.id}` } } },
};

/** Before the routes: it watches them being added. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parley',
        version,
        description:
          'Administration and calls of a contact centre. Roles: docs/roles.md. A PUT takes what a GET of the same address ' +
          'shows: what cannot be set may come along as it is, and is refused where it differs.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'parley_session' },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => withoutUnused(withRefusals(jsonSchemaTransformObject(input) as Document)),
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Nothing from elsewhere: the badge of a foreign validator is off.
    uiConfig: { validatorUrl: null, persistAuthorization: false },
    staticCSP: docsContentSecurity,
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

type Responses = Record<string, { description?: string }>;
/** What is looked at of an OpenAPI document. */
interface Document {
  paths: Record<string, Record<string, { responses?: Responses }>>;
  components?: { schemas?: Record<string, unknown> };
}

/** Every operation may answer with a problem, and says what its successes mean. */
function withRefusals(document: Document): Document {
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path)) {
      if (!methods.includes(method)) continue;
      const answers = Object.entries(operation.responses ?? {}).map(([status, response]) => {
        const said = response.description === 'Default Response' ? undefined : response.description;
        return [status, { ...response, description: said ?? successes[status] ?? status }];
      });
      operation.responses = { ...Object.fromEntries(answers), default: refused };
    }
  }
  return document;
}

const successes: Record<string, string | undefined> = {
  '200': 'As it is now.',
  '201': 'Created.',
  '202': 'Asked.',
  '204': 'Done.',
};

/** Each schema comes in two forms, as given and as answered; those that nothing refers to are left out. */
function withoutUnused(document: Document): Document {
  const schemas: Record<string, unknown> = { ...document.components?.schemas };
  for (;;) {
    const text = JSON.stringify({ paths: document.paths, schemas });
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    if (unused.length === 0) return { ...document, components: { ...document.components, schemas } };
    for (const name of unused) delete schemas[name];
  }
}
