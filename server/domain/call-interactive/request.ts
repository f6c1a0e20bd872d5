// The request of a Call Interactive action: what is asked of the customer's URL.
import { percentEncoded } from './percent.ts';

/** What the customer is told of the call. */
export interface AskedCall {
  /** Of this leg: its dialog UUID. */
  legId: string;
  /** Of the whole call: the space's number, and the id of its first leg. */
  spaceNumber: string;
  firstLegId: string;
  /** As shown at present. An internal caller's number is the extended one. */
  caller: { number: string; name: string | null };
  /** null: he came from outside. `number`: extended, `000*306`. */
  callerExtension: { number: string; id: number } | null;
  /** The external number that he dialled, if one. */
  did: string | null;
  /** The IVR's. `number`: extended, `000*332`. */
  extension: { number: string; id: number };
  /** What he dialled, as he did. */
  dialled: string;
}

export type Variables = Readonly<Record<string, string>>;

export interface AskUrl {
  method: 'GET' | 'POST';
  /** As configured. Variables are only looked for in the values of its query. */
  url: string;
}

export interface BuiltRequest {
  method: 'GET' | 'POST';
  url: string;
  /** `application/x-www-form-urlencoded`; null for GET. */
  body: string | null;
}

/** Longer than any server takes; variables can grow it without end. */
export const mostUrlCharacters = 16 * 1_024;

/** null: the URL has become longer than `mostUrlCharacters`, or is none. */
export function requestOf(ask: AskUrl, call: AskedCall, variables: Variables): BuiltRequest | null {
  const parameters = parametersOf(call);
  const url = withVariables(ask.url, variables);
  const whole = ask.method === 'GET' ? appended(url, parameters) : url;
  if (whole.length > mostUrlCharacters) return null;
  const parsed = URL.parse(whole);
  if (!parsed) return null;
  return { method: ask.method, url: parsed.href, body: ask.method === 'GET' ? null : parameters };
}

/** In the order of the specification's table. */
function parametersOf(call: AskedCall): string {
  const { caller, callerExtension, extension } = call;
  const callerNumber = caller.number || 'anonymous';
  const parameters: [name: string, value: string | null][] = [
    ['EventType', 'call_interactive'],
    ['CallID', withoutDashes(call.legId)],
    ['CallAPIID', `${call.spaceNumber}:${withoutDashes(call.firstLegId)}`],
    ['CallerIDNum', callerNumber],
    ['CallerIDName', caller.name || callerNumber],
    ['CalledDID', call.did],
    ['CalledExtension', extension.number],
    ['CalledExtensionID', String(extension.id)],
    ['CalledNumber', call.dialled],
    ['CallStatus', 'ANSWER'],
    ['CallFlow', 'IN'],
    ['CallerExtension', callerExtension?.number ?? null],
    ['CallerExtensionID', callerExtension === null ? null : String(callerExtension.id)],
  ];
  return parameters
    .flatMap(([name, value]) => (value === null || value === '' ? [] : [`${name}=${percentEncoded(value)}`]))
    .join('&');
}

const withoutDashes = (uuid: string): string => uuid.replaceAll('-', '');

/** Scheme, host, port and path are left as configured, so that no value of a variable can lead elsewhere. */
function withVariables(url: string, variables: Variables): string {
  const [withoutFragment = ''] = url.split('#', 1);
  const queryAt = withoutFragment.indexOf('?');
  if (queryAt < 0) return withoutFragment;
  const query = withoutFragment.slice(queryAt + 1);
  const replaced = query.split('&').map((parameter) => {
    const valueAt = parameter.indexOf('=');
    if (valueAt < 0) return parameter;
    const value = parameter.slice(valueAt + 1);
    return `${parameter.slice(0, valueAt)}=${substituted(value, variables, percentEncoded)}`;
  });
  return `${withoutFragment.slice(0, queryAt)}?${replaced.join('&')}`;
}

/** Each `$name` once; what a value brings in is not looked at again. An unset variable is empty. */
export function substituted(text: string, variables: Variables, write: (value: string) => string = String): string {
  return text.replace(/\$([A-Za-z_][A-Za-z0-9_]*)/g, (_, name: string) => write(valueOf(variables, name) ?? ''));
}

/** Asked of its own properties, because a variable may be called `constructor`. */
export function valueOf(variables: Variables, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function appended(url: string, parameters: string): string {
  if (!url.includes('?')) return `${url}?${parameters}`;
  return /[?&]$/.test(url) ? `${url}${parameters}` : `${url}&${parameters}`;
}
