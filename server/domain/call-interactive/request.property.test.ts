// Whatever a variable holds, and wherever its name stands in the configured URL: the same server is asked, at the same
// path. `new URL` is the judge, as it is what the sender goes by.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AskedCall, requestOf } from './request.ts';

const call: AskedCall = {
  legId: '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15',
  firstLegId: '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15',
  spaceNumber: '3584705175',
  caller: { number: '33612345678', name: null },
  callerExtension: null,
  did: null,
  extension: { number: '000*332', id: 145 },
  dialled: '332',
};

/** What would lead elsewhere if it were taken as it is, among anything else. */
const harmful = fc.constantFrom(
  ...[
    '@evil.example/',
    '//evil.example',
    'https://evil.example',
    ':81/',
    '\\\\evil.example',
    '/../x',
    '#',
    '?',
    '&a=b',
  ],
  ...['\r\nHost: evil.example', '\u0000', '%40evil.example', '\uD800', '$other', '..', '\t@evil.example'],
);
const value = fc
  .array(fc.oneof(harmful, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(''));
const piece = fc.oneof(
  fc.constantFrom('$x', '$other', '$unset', 'a', '=', '&', '/', ':', '@', '?', '#', '.', '80'),
  harmful,
);
const configured = fc
  .tuple(
    fc.constantFrom('http://', 'https://', '$x://'),
    fc.constantFrom('crm.example', '$x', 'a$x.example', '$x@crm.example', 'crm.example:80$x', '[2001:db8::1]:8443'),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  )
  .map(([scheme, host, rest]) => `${scheme}${host}/${rest}`);

const placeOf = (url: string): string | null => {
  const parsed = URL.parse(url);
  return parsed && `${parsed.protocol} ${parsed.username} ${parsed.password} ${parsed.host} ${parsed.pathname}`;
};

test.each(['GET', 'POST'] as const)('%s: no variable changes scheme, user, host, port or path', (method) => {
  let asked = 0;
  fc.assert(
    fc.property(configured, value, value, (url, x, other) => {
      const request = requestOf({ method, url }, call, { x, other });
      const unset = requestOf({ method, url }, call, {});
      if (request === null || unset === null) return;
      asked += 1;
      expect(placeOf(request.url)).toBe(placeOf(unset.url));
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(asked).toBeGreaterThan(1_000);
});
