// What is wrong with a customer's answer, and where. Kept in the call's trace for whoever writes the script.

/** Both counted from 1; columns in characters. */
export interface Place {
  line: number;
  column: number;
}

export type ProblemCode =
  | 'too_long'
  | 'charset'
  | 'not_well_formed'
  | 'dtd'
  | 'wrong_root'
  | 'too_many_actions'
  | 'attribute_missing'
  | 'broken_numbers'
  | 'unknown_element'
  | 'unknown_attribute'
  | 'unknown_value'
  | 'ignored';

/** An error: no action of the answer runs. A warning: the rest runs. */
export interface Problem extends Place {
  severity: 'error' | 'warning';
  code: ProblemCode;
  /** A sentence for people. */
  message: string;
}

/** Where the character at `offset` stands. */
export function placeAt(text: string, offset: number): Place {
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset; at++) {
    const code = text.charCodeAt(at);
    const isEnd = code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10);
    if (isEnd) {
      line++;
      lineStart = at + 1;
    }
  }
  return { line, column: charactersIn(text, lineStart, offset) + 1 };
}

function charactersIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const isLowSurrogate = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
    if (!isLowSurrogate) count++;
  }
  return count;
}

/** For a message: what a customer writes may be as long as his document. Cut between characters. */
export const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text);
