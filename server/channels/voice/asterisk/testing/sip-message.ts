// Just enough SIP (RFC 3261) and SDP for a test's phone or carrier over UDP.
import { createHash } from 'node:crypto';

export interface SipMessage {
  /** `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  start: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string;
}

export function parseSip(text: string): SipMessage {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
  });
  return { start, headers, body };
}

export function formatSip({ start, headers, body }: SipMessage): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

/** Empty when there is none. */
export function header(message: SipMessage, name: string): string {
  return message.headers.find(([own]) => own.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}

export function headersNamed(message: SipMessage, name: string): string[] {
  return message.headers.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

export const isRequest = ({ start }: SipMessage): boolean => !start.startsWith('SIP/2.0');
export const statusOf = ({ start }: SipMessage): number => Number(start.split(' ')[1]);
export const methodOf = (message: SipMessage): string => header(message, 'CSeq').split(' ')[1] ?? '';
export const tagOf = (value: string): string => /;tag=([^;>]+)/.exec(value)?.[1] ?? '';
export const uriIn = (value: string): string => /<([^>]+)>/.exec(value)?.[1] ?? value.split(';')[0]!;

/** The value of `Authorization` for a 401's or 407's challenge (RFC 2617, MD5, with or without qop). */
export function digestAnswer(
  challenge: string,
  of: { method: string; uri: string; username: string; password: string },
): string {
  const part = (name: string): string => new RegExp(`${name}="?([^",]+)`, 'i').exec(challenge)?.[1] ?? '';
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const [realm, nonce, opaque] = [part('realm'), part('nonce'), part('opaque')];
  const identity = md5(`${of.username}:${realm}:${of.password}`);
  const request = md5(`${of.method}:${of.uri}`);
  const withQop = part('qop') !== '';
  const response = md5(
    withQop ? `${identity}:${nonce}:00000001:c0ffee:auth:${request}` : `${identity}:${nonce}:${request}`,
  );
  return (
    `Digest username="${of.username}", realm="${realm}", nonce="${nonce}", uri="${of.uri}", response="${response}", algorithm=MD5` +
    (opaque === '' ? '' : `, opaque="${opaque}"`) +
    (withQop ? ', qop=auth, nc=00000001, cnonce="c0ffee"' : '')
  );
}

/** µ-law and RFC 4733 digits on that port. */
export function audioSdp(port: number, direction: 'sendrecv' | 'sendonly' = 'sendrecv'): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    `a=${direction}`,
    '',
  ].join('\r\n');
}

export const audioPortIn = (sdp: string): number => Number(/m=audio (\d+)/.exec(sdp)?.[1] ?? 0);
