// The text of a customer's answer: a byte order mark decides its charset, then the XML declaration, then it is UTF-8.
// `Content-Type` is not looked at, because live scripts send whatever their framework does.
import { placeAt, type Problem, shortened } from './problem.ts';

type Charset = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1251' | 'windows-1252';

/** Refuses bytes that the charset does not have. */
const strictly = (label: string) => new TextDecoder(label, { fatal: true });
const decoders = {
  'utf-8': strictly('utf-8'),
  'utf-16le': strictly('utf-16le'),
  'utf-16be': strictly('utf-16be'),
  'iso-8859-1': { decode: latin1 }, // TextDecoder takes its name for windows-1252.
  'windows-1251': strictly('windows-1251'),
  'windows-1252': strictly('windows-1252'),
};
const patientUtf8 = new TextDecoder();

/** By the name in the declaration, lower case. UTF-16 is not here: whoever could read the declaration as bytes has
 *  seen that it is no UTF-16. */
const charsets: ReadonlyMap<string, Charset> = new Map<string, Charset>([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'iso-8859-1'],
  ['iso8859-1', 'iso-8859-1'],
  ['latin1', 'iso-8859-1'],
  ['windows-1251', 'windows-1251'],
  ['cp1251', 'windows-1251'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
]);

/** With a problem, `text` is what people can make of it, for the trace. */
export function textOf(bytes: Uint8Array): { text: string; problem: Problem | null } {
  const charset = charsetOf(bytes);
  if (typeof charset !== 'string') return { text: patientUtf8.decode(bytes), problem: charset };
  try {
    return { text: decoders[charset].decode(bytes), problem: null };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // What a strict TextDecoder throws.
    return { text: patientUtf8.decode(bytes), problem: badBytes(bytes, charset) };
  }
}

function charsetOf(bytes: Uint8Array): Charset | Problem {
  const [first, second, third, fourth] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // No mark, but a `<` of two bytes (XML 1.0, appendix F).
  if (first === 0x3c && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second === 0x3c && third === 0 && fourth !== 0) return 'utf-16be';
  const name = encodingDeclared(bytes);
  if (name === null) return 'utf-8';
  const charset = charsets.get(name.toLowerCase());
  if (charset) return charset;
  const message = name.toLowerCase().startsWith('utf-16')
    ? `The declaration says ${shortened(name)}, but the bytes are not UTF-16.`
    : `The charset ${shortened(name)} is not among UTF-8, UTF-16, ISO-8859-1, windows-1251 and windows-1252.`;
  return { severity: 'error', code: 'charset', line: 1, column: 1, message };
}

const xmlDeclaration = [0x3c, 0x3f, 0x78, 0x6d, 0x6c]; // <?xml

function encodingDeclared(bytes: Uint8Array): string | null {
  for (let at = 0; at < xmlDeclaration.length; at++) if (bytes[at] !== xmlDeclaration[at]) return null;
  const end = bytes.indexOf(0x3e);
  // Bytes that are no UTF-8 do not matter: what is looked for is ASCII.
  const declaration = patientUtf8.decode(bytes.subarray(0, Math.max(0, end)));
  return /\sencoding\s*=\s*(["'])([A-Za-z][A-Za-z0-9._-]*)\1/.exec(declaration)?.[2] ?? null;
}

/** Byte by byte. */
function latin1(bytes: Uint8Array): string {
  const chunk = 8_192; // Arguments a call can surely take.
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return text;
}

function badBytes(bytes: Uint8Array, charset: Charset): Problem {
  const text = new TextDecoder(charset).decode(bytes.subarray(0, readablePrefix(bytes, charset)));
  const message = `The bytes here are no ${charset.toUpperCase()}, which the document is in.`;
  return { severity: 'error', code: 'charset', ...placeAt(text, text.length), message };
}

/** How many bytes can be read before the first that cannot; found by halving, as TextDecoder does not tell. */
function readablePrefix(bytes: Uint8Array, charset: Charset): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isReadableSoFar(bytes.subarray(0, middle), charset)) good = middle;
    else bad = middle;
  }
  return good;
}

/** A character cut off at the end is no fault yet. */
function isReadableSoFar(bytes: Uint8Array, charset: Charset): boolean {
  try {
    strictly(charset).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
