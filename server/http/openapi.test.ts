import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiDocument } from './openapi-document.ts';

const text = await openApiDocument();
const document = JSON.parse(text);
interface Operation {
  parameters?: { name: string; in: string; schema: object }[];
  responses: Record<string, object>;
  tags: string[];
}
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('docs/openapi.json is what the server says; else run `node scripts/run.mjs scripts/generate-openapi.ts`', async () => {
  expect(await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8')).toBe(text);
});

test('every reference leads somewhere', () => {
  const references = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(references.length).toBeGreaterThan(30);
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining([...new Set(references)]));
  expect(text.match(/"\$ref": "(?!#\/components\/schemas\/\w+")/g)).toBeNull();
});

test('every operation tells its path’s parameters, a success and the refusals', () => {
  expect(operations.length).toBeGreaterThan(60);
  for (const { path, method, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name);
    expect(described, `${method} ${path}`).toEqual(named);
    const answers = Object.keys(operation.responses);
    expect(answers, `${method} ${path}`).toContain('default');
    expect(
      answers.some((status) => /^2\d\d$/.test(status)),
      `${method} ${path}`,
    ).toBe(true);
    expect(operation.tags, `${method} ${path}`).toHaveLength(1);
  }
});

test('what a POST may leave out has its default in the description', () => {
  const { schema } = document.paths['/api/v1/queues'].post.requestBody.content['application/json'];
  expect(schema).toMatchObject({
    required: ['name'],
    additionalProperties: false,
    properties: { strategy: { default: 'longest_idle' }, ring_timeout_s: { default: 20, minimum: 1, maximum: 600 } },
  });
});
