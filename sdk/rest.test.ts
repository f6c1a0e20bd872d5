import { expect, test } from 'vitest';
import { Parley } from './parley.ts';
import { ParleyError, Rest } from './rest.ts';

interface Sent extends RequestInit {
  asked: Parameters<typeof fetch>[0];
}

/** Answers with what `answer` gives, and keeps what was sent. */
function aRest(answer: () => Response, url = 'https://parley.example/') {
  const sent: Sent[] = [];
  const fake: typeof fetch = async (asked, init) => {
    sent.push({ asked, ...init });
    return answer();
  };
  return { sent, options: { url, key: 'secret', fetch: fake } };
}
const json =
  (body: object, status = 200) =>
  () =>
    Response.json(body, { status });

test('a request has its key, its body, and the query that is set', async () => {
  const { sent, options } = aRest(json({ id: 1 }));
  const body = { name: 'Zoé' };
  expect(await new Rest(options).ask('POST', '/ivrs', { body, query: { limit: 2, cursor: undefined } })).toEqual({
    id: 1,
  });
  expect(sent).toMatchObject([
    {
      asked: 'https://parley.example/api/v1/ivrs?limit=2',
      method: 'POST',
      headers: { 'authorization': 'Bearer secret', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  ]);
});

test('an empty answer is null', async () => {
  const { options } = aRest(() => new Response(null, { status: 204 }));
  expect(await new Rest(options).ask('DELETE', '/ivrs/1')).toBeNull();
});

test('a refusal tells its code, its sentence and the fields', async () => {
  const problem = {
    code: 'request.invalid',
    detail: 'Not so.',
    errors: [{ path: 'digits', message: 'no' }],
    request_id: 'r1',
  };
  const { options } = aRest(json(problem, 400));
  const refused = await new Parley(options).ivrs
    .try(1, { caller: { number: '1' }, called: '2' })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ParleyError);
  expect(refused).toMatchObject({
    status: 400,
    code: 'request.invalid',
    message: 'Not so.',
    requestId: 'r1',
    errors: problem.errors,
  });
});

test.each<[what: string, answer: () => Response, status: number]>([
  ['the page of a proxy', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 502],
  ['a page where JSON should be', () => new Response('<h1>Hello</h1>'), 200],
  ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } }), 302],
])('%s is no answer of a Parley', async (_what, answer, status) => {
  const { options } = aRest(answer);
  await expect(new Rest(options).ask('GET', '/ivrs')).rejects.toMatchObject({ status, code: null });
});

test.each(['parley.example', 'ftp://parley.example', ''])('%j is refused as the address', (url) => {
  expect(() => new Rest(aRest(json({}), url).options)).toThrow(TypeError);
});
