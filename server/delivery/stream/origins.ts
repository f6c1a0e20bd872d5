// Dashboards live on other sites. No cookie authenticates on the stream, so every origin may be let in; PARLEY_ORIGINS
// narrows it. Programs send no origin, and our own pages have the server's.
import type { IncomingMessage } from 'node:http';

export type Origins = 'any' | readonly string[];

export function isAllowedOrigin(origins: Origins, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  if (origins === 'any' || origin === undefined || origins.includes(origin)) return true;
  return URL.parse(origin)?.host === host;
}

/** What a browser must read to let a page of that origin see the answer. */
export function corsHeaders(origins: Origins, request: Pick<IncomingMessage, 'headers'>): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || !isAllowedOrigin(origins, request)) return { Vary: 'Origin' };
  return {
    'Vary': 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers': 'X-JSON, Content-Type',
    'Access-Control-Max-Age': '600',
  };
}
