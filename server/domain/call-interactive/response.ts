// A customer's answer to a Call Interactive request → what the call does next. Strict XML 1.0, no DTD, no entity but
// the five of XML, so that nothing in it grows or reaches out.
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import {
  type ActionElement,
  type ActionKind,
  actionKinds,
  isBlank,
  missingAttribute,
  type ResponseAction,
} from './actions.ts';
import { textOf } from './charset.ts';
import { type Place, placeAt, type Problem, type ProblemCode, shortened } from './problem.ts';

export const mostBytes = 64 * 1_024;
export const mostActions = 10;
/** The trace needs no more, and a document can hold thousands. */
const mostProblems = 20;

export interface ReadResponse {
  /** In the order of the document; none if a problem is an error. */
  actions: readonly ResponseAction[];
  problems: readonly Problem[];
  /** The document as text, for the trace. */
  text: string;
}

/** Reads the body of a 2xx answer. An empty or blank one holds no action, and that is no problem. Never throws. */
export function readResponse(body: Uint8Array): ReadResponse {
  if (body.length > mostBytes) {
    const message = `The answer is longer than ${mostBytes} bytes.`;
    const { text } = textOf(body.subarray(0, mostBytes));
    return { actions: [], problems: [{ severity: 'error', code: 'too_long', line: 1, column: 1, message }], text };
  }
  const { text, problem } = textOf(body);
  if (problem) return { actions: [], problems: [problem], text };
  if (isBlank(text)) return { actions: [], problems: [], text };
  const reader = new ResponseReader(text);
  reader.read();
  const runs = !reader.problems.some(({ severity }) => severity === 'error');
  return { actions: runs ? reader.actions : [], problems: reader.problems, text };
}

/** What follows cannot be read any more. */
class Unreadable extends Error {}

class ResponseReader {
  readonly actions: ResponseAction[] = [];
  readonly problems: Problem[] = [];
  readonly #text: string;
  // The version is not looked at: what is no XML 1.0 is refused, whatever number it gives itself.
  readonly #parser = new SaxesParser({
    xmlns: false as const,
    position: false,
    forceXMLVersion: true,
    defaultXMLVersion: '1.0',
  });
  #depth = 0;
  #elements = 0;
  /** The action whose tags we are between. */
  #open: { element: ActionElement; kind: ActionKind } | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  read(): void {
    const parser = this.#parser;
    parser.on('error', (error) => this.#notWellFormed(error.message));
    parser.on('doctype', () => this.#unreadable('dtd', 'A document type declaration is refused.'));
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
    parser.on('text', (text) => this.#heard(text));
    parser.on('cdata', (text) => this.#heard(text));
    try {
      // The one byte order mark that may be there has gone with the decoding; the parser would pass over another.
      if (this.#text.startsWith('\uFEFF')) parser.fail('a second byte order mark.');
      parser.write(this.#text).close();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }

  #opened({ name, attributes }: SaxesTagPlain): void {
    this.#depth++;
    if (this.#depth === 1) return this.#root(name);
    if (this.#depth === 2) return this.#beginAction(name, attributes);
    if (this.#depth === 3 && this.#open) {
      this.#problem(
        'warning',
        'unknown_element',
        `<${shortened(name)}> inside <${this.#open.element.name}> is skipped.`,
      );
    }
  }

  #root(name: string): void {
    if (name === 'Response') return;
    this.#problem('error', 'wrong_root', `The root is <${shortened(name)}> instead of <Response>.`);
  }

  #beginAction(name: string, attributes: Record<string, string>): void {
    this.#elements++;
    if (this.#elements > mostActions + 1) return; // Before anything that costs: a document holds thousands.
    const place = this.#tagPlace();
    if (this.#elements > mostActions) {
      return this.#problem('error', 'too_many_actions', `The answer holds more than ${mostActions} actions.`, place);
    }
    const kind = actionKinds.get(name);
    if (!kind) {
      this.#problem('warning', 'unknown_element', `<${shortened(name)}> is no action and is skipped.`, place);
      return;
    }
    this.#open = { element: { name, attributes, text: '', place }, kind };
    for (const attribute in attributes) {
      if (kind.attributes.includes(attribute)) continue;
      this.#problem('warning', 'unknown_attribute', `<${name}> has no attribute ${shortened(attribute)}.`, place);
    }
  }

  #heard(text: string): void {
    const open = this.#depth === 2 ? this.#open : null;
    if (open?.kind.hasText) {
      open.element.text += text;
      return;
    }
    if ((this.#depth === 1 || open) && !isBlank(text)) {
      this.#problem('warning', 'ignored', 'Text is not expected here and is ignored.');
    }
  }

  #closed(): void {
    this.#depth--;
    if (this.#depth !== 1 || !this.#open) return;
    const { element, kind } = this.#open;
    this.#open = null;
    const { name, place } = element;
    const missing = missingAttribute(kind, element);
    if (missing !== undefined) {
      return this.#problem('error', 'attribute_missing', `<${name}> needs the attribute ${missing}.`, place);
    }
    const action = kind.read(element, (severity, code, message) => this.#problem(severity, code, message, place));
    if (action) this.actions.push(action);
  }

  /** An error is kept whatever came before it. */
  #problem(severity: Problem['severity'], code: ProblemCode, message: string, place?: Place): void {
    if (severity === 'warning' && this.problems.length >= mostProblems) return;
    const { line, column } = place ?? this.#here();
    this.problems.push({ severity, code, message, line, column });
  }

  #notWellFormed(message: string): never {
    const bare = bareAmpersand(this.#text.slice(0, this.#parser.position));
    if (bare === null) this.#unreadable('not_well_formed', message);
    const place = placeAt(this.#text, bare);
    this.#unreadable('not_well_formed', 'an & that begins no entity; in text it is written &amp;.', place);
  }

  #unreadable(code: ProblemCode, message: string, place?: Place): never {
    this.#problem('error', code, message, place);
    throw new Unreadable();
  }

  #here(): Place {
    return placeAt(this.#text, Math.max(0, this.#parser.position - 1));
  }

  /** Where the tag begins that the parser has just read; no `<` can stand inside it but its first character. */
  #tagPlace(): Place {
    const { position, line, column, columnIndex } = this.#parser;
    const start = Math.max(0, this.#text.lastIndexOf('<', position - 1));
    const lineStart = position - columnIndex;
    const isPlain = start >= lineStart && column === columnIndex; // All on one line, each character one unit.
    return isPlain ? { line, column: start - lineStart + 1 } : placeAt(this.#text, start);
  }
}

/** The parser looks for the end of such an entity up to the next `;`, or the document's end, and complains there. */
function bareAmpersand(text: string): number | null {
  const apart =
    /<!\[CDATA\[.*?(?:\]\]>|$)|<!--.*?(?:-->|$)|<\?.*?(?:\?>|$)|(&)(?!#\d+;|#x[\da-fA-F]+;|[\p{L}_:][\p{L}\p{N}_:.-]*;)/gsu;
  for (const found of text.matchAll(apart)) if (found[1] !== undefined) return found.index;
  return null;
}
