// What is wrong with a text: for everybody, before a broadcast is sent; for one contact, whose values are in it.
import { smsParts } from './sms-text.ts';
import { columnsOf, hasBrokenVariable, ownColumns, renderText } from './template.ts';

export interface TextProblem {
  path: string;
  message: string;
}

/** Whoever the contacts are. `known`: the columns in which at least one of them has a value. */
export function problemsOfText(
  text: string | null,
  { known, maxSmsParts }: { known: ReadonlySet<string>; maxSmsParts: number },
): TextProblem[] {
  if (text === null || text.trim() === '') return [{ path: 'text', message: 'is needed' }];
  const unknown = columnsOf(text)
    .filter((name) => !known.has(name) && !(ownColumns as readonly string[]).includes(name))
    .map((name) => ({ path: 'text', message: `names {{${name}}}, which no contact has` }));
  if (hasBrokenVariable(text)) unknown.push({ path: 'text', message: 'has {{ or }} that names no column' });
  const atLeast = smsParts(renderText(text, {})).parts.length;
  if (atLeast <= maxSmsParts) return unknown;
  return [...unknown, { path: 'text', message: `makes ${atLeast} messages or more, ${maxSmsParts} are allowed` }];
}

/** Why the text of one contact does not leave as an SMS; null: it may. */
export function textRefusal(text: string, maxSmsParts: number): 'empty_text' | 'text_too_long' | null {
  if (text.trim() === '') return 'empty_text';
  return smsParts(text).parts.length > maxSmsParts ? 'text_too_long' : null;
}
