import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { isAppError } from './errors.ts';

/** Self-signed, for parley.example; made for this test. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBQjCB9aADAgECAhQGFfVVx90TWX0uNhwbsCx/nD2OUzAFBgMrZXAwGTEXMBUG
A1UEAwwOcGFybGV5LmV4YW1wbGUwIBcNMjYxMTIwMTkzNDU2WhgPMjEyNjEwMjcx
OTM0NTZaMBkxFzAVBgNVBAMMDnBhcmxleS5leGFtcGxlMCowBQYDK2VwAyEAjPtx
hoiNpPwAcbAlxe+aO4luDw8oTkOdfZQW17kYCcijTTBLMB0GA1UdDgQWBBRDxbCL
VXp8b3+hy1fWe3q3Y1GzJjAfBgNVHSMEGDAWgBRDxbCLVXp8b3+hy1fWe3q3Y1Gz
JjAJBgNVHRMEAjAAMAUGAytlcANBAIijrtsP73ycRx2STKK0Kf80btAHiDcVgz+7
k0vn/4h0PUizQZrlMhl/ZNeUw03f2BJvuO7yVjLX3oHvnukNDwc=
-----END CERTIFICATE-----
`;
const keyOfCertificate = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHQMkCKDenvtFGzqIyZ3Uy8571UAcv1Ht3DZCsFltlhm
-----END PRIVATE KEY-----
`;

/** The sentence with which it is refused. */
function refusal(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (isAppError(error, 'setup.failed')) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

test('nothing set gives the documented defaults', () => {
  expect(readConfig({ PARLEY_HOME: '/srv/parley' })).toEqual({
    home: '/srv/parley',
    http: { host: '127.0.0.1', port: 8080, tls: null, publicUrl: null },
    database: { url: null },
    voice: { engine: 'asterisk', ari: null },
    sip: { host: '127.0.0.1', port: 5060, publicAddress: null },
    rtp: { first: 16_000, last: 17_800, udptlFirst: 17_801, udptlLast: 18_000 },
    adminKey: null,
    demo: 'auto',
    allowTargets: [],
    trustedProxies: [],
    origins: 'any',
    drainMs: 5_000,
    logLevel: 'info',
    unknown: [],
  });
});

test('the home is relative to where one stands', () => {
  expect(readConfig({}).home).toBe(`${process.cwd()}/.parley`);
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ PARLEY_PORT: '', PARLEY_VOICE: ' ' }).http.port).toBe(8080);
});

test('user and password come out of the address of the ARI', () => {
  const { ari } = readConfig({ PARLEY_ARI_URL: 'https://par%40ley:s%3Acret@pbx.example:8089/' }).voice;
  expect(ari).toEqual({ url: 'https://pbx.example:8089/ari', user: 'par@ley', password: 's:cret' });
});

test.each([
  ['http://pbx.example:8088', 'http://pbx.example:8088/ari'],
  ['http://pbx.example:8088/ari', 'http://pbx.example:8088/ari'],
  ['http://pbx.example:8088/ari/', 'http://pbx.example:8088/ari'],
  ['http://pbx.example:8088/asterisk', 'http://pbx.example:8088/asterisk/ari'],
])('the ARI given as %s is at %s', (given, url) => {
  const withUser = given.replace('//', '//parley:secret@');
  expect(readConfig({ PARLEY_ARI_URL: withUser }).voice.ari?.url).toBe(url);
});

test.each([
  ['https://parley.example', 'https://parley.example'],
  ['https://Parley.example:443/', 'https://parley.example'],
  ['http://intranet.example:8080/parley/', 'http://intranet.example:8080/parley'],
])('the public URL given as %s is %s', (given, url) => {
  expect(readConfig({ PARLEY_PUBLIC_URL: given }).http.publicUrl).toBe(url);
});

test('SIP listens where HTTP does unless told otherwise', () => {
  expect(readConfig({ PARLEY_HOST: '0.0.0.0' }).sip.host).toBe('0.0.0.0');
  expect(readConfig({ PARLEY_HOST: 'localhost' }).sip.host).toBe('127.0.0.1');
  expect(readConfig({ PARLEY_HOST: '::1', PARLEY_SIP_HOST: '192.0.2.1' }).sip.host).toBe('192.0.2.1');
  expect(refusal({ PARLEY_HOST: 'pbx.example' })).toContain('PARLEY_SIP_HOST must be an IP address');
});

test('lists take commas and blanks, and a bare address is a network of one', () => {
  const config = readConfig({
    PARLEY_ALLOW_TARGETS: '10.0.0.0/8, 127.0.0.1 ::1',
    PARLEY_TRUSTED_PROXIES: '192.0.2.0/24',
    PARLEY_ORIGINS: 'https://crm.example,http://localhost:3000/',
  });
  expect(config.allowTargets).toEqual(['10.0.0.0/8', '127.0.0.1/32', '::1/128']);
  expect(config.trustedProxies).toEqual(['192.0.2.0/24']);
  expect(config.origins).toEqual(['https://crm.example', 'http://localhost:3000']);
});

test('the demo is on, off, or left to whether the home is new', () => {
  expect([{ PARLEY_DEMO: '1' }, { PARLEY_DEMO: '0' }, {}].map((env) => readConfig(env).demo)).toEqual([
    true,
    false,
    'auto',
  ]);
});

test('the last tenth of the media ports is for T.38', () => {
  const { rtp } = readConfig({ PARLEY_RTP_PORTS: '20000-20099' });
  expect(rtp).toEqual({ first: 20_000, last: 20_089, udptlFirst: 20_090, udptlLast: 20_099 });
});

test('half a second of draining is possible', () => {
  expect(readConfig({ PARLEY_DRAIN_S: '0.5' }).drainMs).toBe(500);
});

test.each([
  ['PARLEY_HOST', 'not a host'],
  ['PARLEY_HOST', '300.1.1.1'],
  ['PARLEY_PORT', '65536'],
  ['PARLEY_PORT', '80a'],
  ['PARLEY_PORT', '-1'],
  ['PARLEY_TLS_CERT', '/nowhere/cert.pem'],
  ['PARLEY_TLS_KEY', '/nowhere/key.pem'],
  ['PARLEY_DATABASE_URL', 'mysql://u:p@h/d'],
  ['PARLEY_VOICE', 'freeswitch'],
  ['PARLEY_ARI_URL', 'http://127.0.0.1:8088'],
  ['PARLEY_ARI_URL', 'ws://u:p@127.0.0.1:8088'],
  ['PARLEY_SIP_HOST', 'pbx.example'],
  ['PARLEY_SIP_PORT', '0'],
  ['PARLEY_PUBLIC_ADDRESS', 'http://x'],
  ['PARLEY_PUBLIC_URL', 'parley.example'],
  ['PARLEY_PUBLIC_URL', 'https://u:p@parley.example'],
  ['PARLEY_PUBLIC_URL', 'https://parley.example/?a=1'],
  ['PARLEY_RTP_PORTS', '18000-16000'],
  ['PARLEY_RTP_PORTS', '16000-16018'],
  ['PARLEY_ADMIN_KEY', 'two words'],
  ['PARLEY_DEMO', 'yes'],
  ['PARLEY_ALLOW_TARGETS', '10.0.0.0/33'],
  ['PARLEY_TRUSTED_PROXIES', 'proxy.example'],
  ['PARLEY_ORIGINS', 'https://crm.example/path'],
  ['PARLEY_DRAIN_S', '5s'],
  ['PARLEY_LOG_LEVEL', 'loud'],
])('%s=%s is refused in one line that names it', (name, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name} must be [^\\n]+\\.$`));
});

test('all that is wrong is told at once, in one line', () => {
  expect(refusal({ PARLEY_PORT: 'x', PARLEY_VOICE: 'y' })).toBe(
    'PARLEY_PORT must be a whole number from 0 to 65535, not "x". PARLEY_VOICE must be asterisk or simulated, not "y".',
  );
});

test('a certificate without its key is refused, and the other way round', () => {
  expect(refusal({ PARLEY_TLS_CERT: import.meta.filename })).toContain('PARLEY_TLS_KEY must be');
  expect(refusal({ PARLEY_TLS_KEY: import.meta.filename })).toContain('PARLEY_TLS_CERT must be');
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tls-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cert = file('cert.pem', certificate);
  const key = file('key.pem', keyOfCertificate);
  const otherKey = file(
    'other.pem',
    String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );

  test('is served with a certificate and its key', () => {
    expect(readConfig({ PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: key }).http.tls).toEqual({ cert, key });
  });

  test.each([
    [
      'a file that is no certificate',
      file('junk.pem', 'junk'),
      key,
      'PARLEY_TLS_CERT must be a PEM file with a certificate',
    ],
    ['a folder', folder, key, 'PARLEY_TLS_CERT must be a PEM file with a certificate'],
    [
      'the key of another certificate',
      cert,
      otherKey,
      'PARLEY_TLS_KEY must be a PEM file with the key of PARLEY_TLS_CERT',
    ],
    ['a certificate for a key', cert, cert, 'PARLEY_TLS_KEY must be a PEM file with the key of PARLEY_TLS_CERT'],
  ])('%s is refused in one line, before anything is started', (_what, givenCert, givenKey, sentence) => {
    const refused = refusal({ PARLEY_TLS_CERT: givenCert, PARLEY_TLS_KEY: givenKey });
    expect(refused).toContain(sentence);
    expect(refused).not.toContain('\n');
  });
});

test('secrets are not repeated in the sentence', () => {
  const sentence = refusal({
    PARLEY_ADMIN_KEY: 'hush hush',
    PARLEY_ARI_URL: 'http://u:hush@[',
    PARLEY_DATABASE_URL: 'mysql://u:hush@h/d',
  });
  expect(sentence).not.toContain('hush');
});

test('a variable that nobody knows is told, as it may be misspelt', () => {
  expect(readConfig({ PARLEY_PROT: '80', HOME: '/root' }).unknown).toEqual(['PARLEY_PROT']);
});
