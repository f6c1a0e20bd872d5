// OpenAPI 3.1, generated from the schemas that validate. docs/openapi.json is the same document; a test compares.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { docsContentSecurity } from './content-security.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'];

const refused = {
  description: 'Refused; docs/errors.md lists the codes.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Before the routes: it watches them being added. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parley',
        version,
        description: 'Administration and calls of a contact centre. Roles: docs/roles.md.',
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
    transformObject: (input) => withRefusals(jsonSchemaTransformObject(input)),
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Nothing from elsewhere: the badge of a foreign validator is off.
    uiConfig: { validatorUrl: null, persistAuthorization: false },
    staticCSP: docsContentSecurity,
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

type Document = ReturnType<typeof jsonSchemaTransformObject>;

/** Every operation may answer with a problem. */
function withRefusals(document: Document): Document {
  for (const path of Object.values(document.paths as Record<string, Record<string, { responses?: object }>>)) {
    for (const [method, operation] of Object.entries(path)) {
      if (methods.includes(method)) operation.responses = { ...operation.responses, default: refused };
    }
  }
  return document;
}
