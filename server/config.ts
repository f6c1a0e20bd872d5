// The only reader of process.env: one shape, checked whole, refused whole with a sentence for each variable that is wrong.
import { accessSync, constants, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import ipaddr from 'ipaddr.js';
import { AppError } from './errors.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface Config {
  /** Absolute. */
  home: string;
  /**
   * Port 0: any free one. `tls`: paths of a certificate and its key. `publicUrl`: where the outside reaches us, without a
   * slash at its end; null: by host and port.
   */
  http: { host: string; port: number; tls: { cert: string; key: string } | null; publicUrl: string | null };
  /** `url` null: the embedded PostgreSQL. */
  database: { url: string | null };
  /** `ari` null: the embedded Asterisk. Its `url` ends in `/ari` and holds no credentials. */
  voice: { engine: 'asterisk' | 'simulated'; ari: { url: string; user: string; password: string } | null };
  /** `host`: an IP address. `publicAddress`: what SDP and Contact say behind NAT. */
  sip: { host: string; port: number; publicAddress: string | null };
  /** Inclusive port ranges, next to each other. */
  rtp: { first: number; last: number; udptlFirst: number; udptlLast: number };
  adminKey: string | null;
  /** `auto`: on a new home only. */
  demo: 'auto' | boolean;
  /** CIDRs. */
  allowTargets: string[];
  /** CIDRs. */
  trustedProxies: string[];
  origins: 'any' | string[];
  drainMs: number;
  logLevel: (typeof logLevels)[number];
  /** Variables that begin with PARLEY_ and mean nothing: worth a warning, as they may be misspelt. */
  unknown: string[];
}

/** Throws `setup.failed` whose message is one line; its `errors` have the variables as paths. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const read = new Reader(env);
  const host = read.text('PARLEY_HOST', 'an IP address or a host name', isHost) ?? '127.0.0.1';
  const sipHost = read.text('PARLEY_SIP_HOST', 'an IP address', isAddress) ?? addressOfHost(host);
  if (sipHost === null) read.refuse('PARLEY_SIP_HOST', 'an IP address, as PARLEY_HOST is a name');
  const config: Config = {
    home: resolve(read.text('PARLEY_HOME', 'a folder', () => true) ?? '.parley'),
    http: {
      host,
      port: read.integer('PARLEY_PORT', 0, 65_535) ?? 8080,
      tls: readTls(read),
      publicUrl: readPublicUrl(read),
    },
    database: { url: read.secret('PARLEY_DATABASE_URL', 'a URL postgresql://user:password@host/name', isPostgresUrl) },
    voice: { engine: read.oneOf('PARLEY_VOICE', ['asterisk', 'simulated']) ?? 'asterisk', ari: readAri(read) },
    sip: {
      host: sipHost ?? '127.0.0.1',
      port: read.integer('PARLEY_SIP_PORT', 1, 65_535) ?? 5060,
      publicAddress: read.text('PARLEY_PUBLIC_ADDRESS', 'an IP address or a host name', isHost),
    },
    rtp: readRtpPorts(read),
    adminKey: read.secret('PARLEY_ADMIN_KEY', 'visible ASCII characters without blanks', (key) => /^[!-~]+$/.test(key)),
    demo: { '0': false, '1': true, 'auto': 'auto' as const }[read.oneOf('PARLEY_DEMO', ['0', '1']) ?? 'auto'],
    allowTargets: read.list('PARLEY_ALLOW_TARGETS', 'CIDRs such as 10.0.0.0/8, separated by commas', cidrOf),
    trustedProxies: read.list('PARLEY_TRUSTED_PROXIES', 'CIDRs such as 10.0.0.0/8, separated by commas', cidrOf),
    origins: readOrigins(read),
    drainMs: Math.round((read.number('PARLEY_DRAIN_S', 0, 3_600) ?? 5) * 1_000),
    logLevel: read.oneOf('PARLEY_LOG_LEVEL', logLevels) ?? 'info',
    unknown: read.unread(),
  };
  read.finish();
  return config;
}

function readTls(read: Reader): Config['http']['tls'] {
  const expected = 'a PEM file that can be read';
  const cert = read.text('PARLEY_TLS_CERT', expected, isReadable);
  const key = read.text('PARLEY_TLS_KEY', expected, isReadable);
  if (cert !== null && key !== null) {
    if (!canServeTls(cert)) return read.refuse('PARLEY_TLS_CERT', 'a PEM file with a certificate', cert);
    if (!canServeTls(cert, key)) {
      return read.refuse('PARLEY_TLS_KEY', 'a PEM file with the key of PARLEY_TLS_CERT, without a passphrase', key);
    }
    return { cert: resolve(cert), key: resolve(key) };
  }
  if (cert !== null && !read.isSet('PARLEY_TLS_KEY'))
    read.refuse('PARLEY_TLS_KEY', `${expected}, as PARLEY_TLS_CERT is set`);
  if (key !== null && !read.isSet('PARLEY_TLS_CERT'))
    read.refuse('PARLEY_TLS_CERT', `${expected}, as PARLEY_TLS_KEY is set`);
  return null;
}

function readPublicUrl(read: Reader): string | null {
  const value = read.text(
    'PARLEY_PUBLIC_URL',
    'a URL such as https://parley.example, without user or query',
    (text) => {
      const url = URL.parse(text);
      if (url === null || !/^https?:$/.test(url.protocol)) return false;
      return url.username === '' && url.password === '' && !/[?#]/.test(text);
    },
  );
  return value === null ? null : new URL(value).href.replace(/\/+$/, '');
}

function readAri(read: Reader): Config['voice']['ari'] {
  const value = read.secret('PARLEY_ARI_URL', 'a URL http://user:password@host:8088', (text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && url.username !== '' && url.password !== '';
  });
  if (value === null) return null;
  const url = new URL(value);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  // Asterisk serves it below the prefix of its http.conf, which is none as a rule.
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/ari$/, '');
  return { url: `${url.origin}${prefix}/ari`, user, password };
}

function readRtpPorts(read: Reader): Config['rtp'] {
  const text = read.text('PARLEY_RTP_PORTS', 'a range of at least 20 ports such as 16000-18000', (range) => {
    const [first, last] = portsOf(range);
    return first >= 1_024 && last <= 65_535 && last - first >= 19;
  });
  const [first, last] = portsOf(text ?? '16000-18000');
  const udptlFirst = last - Math.floor((last - first + 1) / 10) + 1;
  return { first, last: udptlFirst - 1, udptlFirst, udptlLast: last };
}

function portsOf(range: string): [number, number] {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(range);
  return match ? [Number(match[1]), Number(match[2])] : [NaN, NaN];
}

function readOrigins(read: Reader): Config['origins'] {
  const origins = read.list(
    'PARLEY_ORIGINS',
    'any, or origins such as https://crm.example, separated by commas',
    (item) => {
      if (item === 'any' || item === '*') return 'any';
      const url = URL.parse(item);
      return url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href ? url.origin : null;
    },
  );
  return origins.length === 0 || origins.includes('any') ? 'any' : origins;
}

/** Reads each variable once and gathers what is wrong. A variable that is empty counts as not set. */
class Reader {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #known = new Set<string>();
  readonly #errors: { path: string; message: string }[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  text(name: string, expected: string, isValid: (value: string) => boolean): string | null {
    const value = this.#value(name);
    if (value === null || isValid(value)) return value;
    return this.refuse(name, expected, value);
  }

  /** As `text`, but the value is not repeated in the sentence, which may land in a log. */
  secret(name: string, expected: string, isValid: (value: string) => boolean): string | null {
    const value = this.#value(name);
    return value === null || isValid(value) ? value : this.refuse(name, expected);
  }

  integer(name: string, least: number, most: number): number | null {
    const value = this.#value(name);
    if (value === null || (/^\d{1,9}$/.test(value) && isWithin(Number(value), least, most))) return numberOrNull(value);
    return this.refuse(name, `a whole number from ${least} to ${most}`, value);
  }

  number(name: string, least: number, most: number): number | null {
    const value = this.#value(name);
    if (value === null || (/^\d{1,9}(\.\d+)?$/.test(value) && isWithin(Number(value), least, most)))
      return numberOrNull(value);
    return this.refuse(name, `a number from ${least} to ${most}`, value);
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T | null {
    const value = this.#value(name);
    const choice = choices.find((each) => each === value) ?? null;
    return value === null || choice !== null ? choice : this.refuse(name, choices.join(' or '), value);
  }

  /** Items are separated by commas or blanks; `parse` gives null for a wrong one. */
  list(name: string, expected: string, parse: (item: string) => string | null): string[] {
    const value = this.#value(name) ?? '';
    const items = value.split(/[\s,]+/).filter((item) => item !== '');
    const parsed = items.map(parse).filter((item) => item !== null);
    if (parsed.length < items.length) this.refuse(name, expected, value);
    return parsed;
  }

  isSet(name: string): boolean {
    return this.#value(name) !== null;
  }

  refuse(name: string, expected: string, value?: string): null {
    const but = value === undefined ? '' : `, not ${JSON.stringify(value)}`;
    this.#errors.push({ path: name, message: `${name} must be ${expected}${but}.` });
    return null;
  }

  unread(): string[] {
    return Object.keys(this.#env).filter((name) => name.startsWith('PARLEY_') && !this.#known.has(name));
  }

  finish(): void {
    if (this.#errors.length === 0) return;
    throw new AppError('setup.failed', this.#errors.map((error) => error.message).join(' '), { errors: this.#errors });
  }

  #value(name: string): string | null {
    this.#known.add(name);
    const value = this.#env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }
}

const isAddress = (text: string): boolean => isIP(text) !== 0;
const isHost = (text: string): boolean =>
  isAddress(text) ||
  (text.length <= 253 && /^(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text));
const isWithin = (value: number, least: number, most: number): boolean => value >= least && value <= most;
const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text));
const isPostgresUrl = (text: string): boolean => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '');

function addressOfHost(host: string): string | null {
  if (host === 'localhost') return '127.0.0.1';
  return isAddress(host) ? host : null;
}

/** A single address stands for itself. */
function cidrOf(item: string): string | null {
  if (isAddress(item)) return `${item}/${isIP(item) === 4 ? 32 : 128}`;
  return ipaddr.isValidCIDR(item) ? item : null;
}

/** Whether TLS can be served with these files; a certificate can be asked about alone. */
function canServeTls(cert: string, key?: string): boolean {
  try {
    createSecureContext({ cert: readFileSync(cert), ...(key !== undefined && { key: readFileSync(key) }) });
    return true;
  } catch {
    return false;
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
