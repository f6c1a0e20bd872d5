// What can be said of a customer's URL before anything is connected to.
import { isIP } from 'node:net';
import type { AddressPolicy } from './addresses.ts';

/** The reason why that URL is refused, as the end of a sentence; null: it may be tried. */
export function refusalOf(url: string, policy: AddressPolicy): string | null {
  // Parsers leave out line ends and blanks around it: what is shown would not be what is asked.
  // oxlint-disable-next-line no-control-regex -- they are what must not pass
  if (/[\x00-\x20\x7f]/.test(url)) return 'must not hold blanks or control characters';
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return 'must be an http or https URL';
  if (parsed.username !== '' || parsed.password !== '') return 'must not hold a user or password; use a header';
  if (url.includes('#')) return 'must not have a fragment';
  const host = hostOf(parsed);
  if (isIP(host) !== 0) return policy.allows(host) ? null : 'leads to a private, local or reserved address';
  if (/(^|\.)localhost\.?$/.test(host) && !policy.allows('127.0.0.1')) return 'leads to this machine itself';
  return null;
}

/** Without the brackets of an IPv6 address. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
