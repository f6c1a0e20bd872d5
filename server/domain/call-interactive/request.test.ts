// spec: the request of a Call Interactive action, line by line.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { percentEncoded } from './percent.ts';
import { type AskedCall, requestOf } from './request.ts';

const external: AskedCall = {
  legId: '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15',
  firstLegId: '5205dc5c-c5a4-11e5-ab9e-b3691b90ea15',
  spaceNumber: '3584705175',
  caller: { number: '33612345678', name: 'Ana' },
  callerExtension: null,
  did: '003258422544',
  extension: { number: '000*332', id: 145 },
  dialled: '003258422544',
};
const internal: AskedCall = {
  ...external,
  caller: { number: '000*306', name: null },
  callerExtension: { number: '000*306', id: 134 },
  did: null,
  dialled: '332',
};
const url = 'http://mysite.com/myscript';

const asked = (call: AskedCall, at = url, variables: Record<string, string> = {}) =>
  requestOf({ method: 'GET', url: at }, call, variables)!.url;
const parametersOf = (address: string) => new URL(address).search.slice(1).split('&');
const valueIn = (address: string, name: string) =>
  parametersOf(address)
    .find((parameter) => parameter.startsWith(`${name}=`))
    ?.slice(name.length + 1);
const ofConfigured = (configured: string, variables: Record<string, string>) =>
  asked(external, configured, variables).replace(/[?&]EventType=.*$/, '');

test('the request of the manual is reproduced, but for EventType, which its example lacks', () => {
  const example = readFileSync(new URL('./fixtures/request.get.url.txt', import.meta.url), 'utf8').trim();
  const ours = asked(internal);
  expect(parametersOf(ours).toSorted()).toEqual([...parametersOf(example), 'EventType=call_interactive'].toSorted());
  expect(ours.split('?')[0]).toBe(example.split('?')[0]);
});

describe('the parameters', () => {
  const named = (address: string) => parametersOf(address).map((parameter) => parameter.split('=')[0]);

  test('of an external call, in the order of the table', () => {
    expect(named(asked(external))).toEqual(
      'EventType CallID CallAPIID CallerIDNum CallerIDName CalledDID CalledExtension CalledExtensionID CalledNumber CallStatus CallFlow'.split(
        ' ',
      ),
    );
  });
  test('of an internal call, in the order of the table', () => {
    expect(named(asked(internal))).toEqual(
      'EventType CallID CallAPIID CallerIDNum CallerIDName CalledExtension CalledExtensionID CalledNumber CallStatus CallFlow CallerExtension CallerExtensionID'.split(
        ' ',
      ),
    );
  });

  const cases: [rule: string, call: AskedCall, name: string, value: string | undefined][] = [
    ['EventType is always call_interactive', external, 'EventType', 'call_interactive'],
    ['CallID is the leg’s UUID without dashes', external, 'CallID', '5205dc5cc5a411e5ab9eb3691b90ea15'],
    [
      'CallAPIID names the first leg, also after a transfer',
      { ...external, legId: 'ffffffff-c5a4-11e5-ab9e-b3691b90ea15' },
      'CallAPIID',
      '3584705175%3A5205dc5cc5a411e5ab9eb3691b90ea15',
    ],
    ['CallerIDNum is the caller’s number', external, 'CallerIDNum', '33612345678'],
    ['CallerIDName is the caller’s name', external, 'CallerIDName', 'Ana'],
    ['CallerIDName of a caller without a name is his number', internal, 'CallerIDName', '000%2A306'],
    [
      'CallerIDNum of a withheld number is never empty',
      { ...external, caller: { number: '', name: null } },
      'CallerIDNum',
      'anonymous',
    ],
    ['CalledDID is the external number', external, 'CalledDID', '003258422544'],
    ['CalledDID is left out of an internal call', internal, 'CalledDID', undefined],
    ['CalledExtension is extended', external, 'CalledExtension', '000%2A332'],
    ['CalledExtensionID is a number', external, 'CalledExtensionID', '145'],
    ['CalledNumber is what was dialled: external', external, 'CalledNumber', '003258422544'],
    ['CalledNumber is what was dialled: short', internal, 'CalledNumber', '332'],
    ['CalledNumber is what was dialled: extended', { ...internal, dialled: '000*332' }, 'CalledNumber', '000%2A332'],
    ['CallStatus is always ANSWER', internal, 'CallStatus', 'ANSWER'],
    ['CallFlow is always IN', internal, 'CallFlow', 'IN'],
    ['CallerExtension of an internal caller', internal, 'CallerExtension', '000%2A306'],
    ['CallerExtensionID of an internal caller', internal, 'CallerExtensionID', '134'],
    ['CallerExtension is left out of an external call', external, 'CallerExtension', undefined],
    ['CallerExtensionID is left out of an external call', external, 'CallerExtensionID', undefined],
  ];
  test.each(cases)('%s', (_rule, call, name, value) => expect(valueIn(asked(call), name)).toBe(value));
});

describe('percent-encoding is RFC 3986', () => {
  const cases: [rule: string, text: string, encoded: string][] = [
    ['unreserved characters stay', 'AZaz09-._~', 'AZaz09-._~'],
    ['a space is %20', 'a b', 'a%20b'],
    ['the star too', '*', '%2A'],
    ['what encodeURIComponent leaves', "!'()", '%21%27%28%29'],
    ['reserved characters', ':/?#[]@$&+,;=%', '%3A%2F%3F%23%5B%5D%40%24%26%2B%2C%3B%3D%25'],
    ['UTF-8, upper case', 'éЖ😀', '%C3%A9%D0%96%F0%9F%98%80'],
    ['half a character is U+FFFD', '\uD83D', '%EF%BF%BD'],
    ['line ends', '\r\n', '%0D%0A'],
  ];
  test.each(cases)('%s', (_rule, text, encoded) => {
    expect(percentEncoded(text)).toBe(encoded);
    expect(valueIn(asked({ ...external, caller: { number: '1', name: text } }), 'CallerIDName')).toBe(encoded);
  });
});

describe('GET', () => {
  test('appends to the URL’s own query', () =>
    expect(asked(external, `${url}?a=1&b=2`)).toMatch(/\?a=1&b=2&EventType=call_interactive&/));
  test('begins a query', () => expect(asked(external, url)).toMatch(/myscript\?EventType=call_interactive&/));
  test('goes on in an empty query', () => expect(asked(external, `${url}?`)).toMatch(/myscript\?EventType=/));
  test('a name that the URL already has stays first', () =>
    expect(asked(external, `${url}?CallID=mine`)).toMatch(/\?CallID=mine&EventType=.*&CallID=5205dc5c/));
  test('has no body', () => expect(requestOf({ method: 'GET', url }, external, {})?.body).toBeNull());
  test('drops a fragment', () => expect(asked(external, `${url}?a=1#part`)).not.toContain('#'));
  test('a ? in the fragment begins no query', () =>
    expect(asked(external, `${url}#a?b=1`)).toMatch(/myscript\?EventType=/));
});

describe('POST', () => {
  const posted = requestOf({ method: 'POST', url: `${url}?a=$x` }, external, { x: '1 2' });
  test('the URL keeps its own query', () => expect(posted?.url).toBe(`${url}?a=1%202`));
  test('the parameters are the body', () => expect(posted?.body).toBe(asked(external).split('?')[1]));
});

describe('variables', () => {
  const cases: [rule: string, configured: string, variables: Record<string, string>, url: string][] = [
    ['are replaced in values', '?a=$x', { x: '1' }, '?a=1'],
    ['several in one value', '?a=$x-$y', { x: '1', y: '2' }, '?a=1-2'],
    ['the longest name counts: $var2 is not $var and 2', '?a=$var2', { var: 'no', var2: 'yes' }, '?a=yes'],
    ['the longest name counts, although unset', '?a=$var2', { var: 'no' }, '?a='],
    ['an unset one is empty', '?a=$x&b=1', {}, '?a=&b=1'],
    ['are percent-encoded', '?a=$x', { x: 'a b&c=d#e*' }, '?a=a%20b%26c%3Dd%23e%2A'],
    ['are replaced once', '?a=$x', { x: '$y', y: 'no' }, '?a=%24y'],
    ['$ without a name stays', '?a=$&b=$1&c=5$', { 1: 'no' }, '?a=$&b=$1&c=5$'],
    ['$$x is $ and the variable', '?a=$$x', { x: '1' }, '?a=$1'],
    ['names may hold digits and _', '?a=$_x9', { _x9: '1' }, '?a=1'],
    ['are not replaced in names', '?$x=1', { x: 'no' }, '?$x=1'],
    ['are not replaced in the path', '/$x?a=1', { x: 'no' }, '/$x?a=1'],
    ['one called constructor is unset', '?a=$constructor', {}, '?a='],
    [
      'one called __proto__ can be set',
      '?a=$__proto__',
      JSON.parse('{"__proto__":"1"}') as Record<string, string>,
      '?a=1',
    ],
  ];
  test.each(cases)('%s', (_rule, configured, variables, expected) =>
    expect(ofConfigured(url + configured, variables)).toBe(url + expected),
  );

  test.each([
    'https://$x/',
    'https://a$x.example/',
    'https://example.com:80$x/',
    '$x://example.com/',
    'https://$x@example.com/',
  ])('can never change where %s leads', (configured) => {
    const evil = requestOf({ method: 'GET', url: configured }, external, { x: 'evil.example' });
    expect(evil?.url ?? '').not.toContain('evil');
  });

  test('that make a URL too long: nothing is asked', () =>
    expect(requestOf({ method: 'GET', url: `${url}?a=$x` }, external, { x: 'a'.repeat(20_000) })).toBeNull());
});
