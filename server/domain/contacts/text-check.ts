// What of a broadcast's text must be changed before it can be sent to anybody.
import { columnsOf, ownColumns } from './template.ts';

export interface TextProblem {
  path: string;
  message: string;
}

/** `known`: the columns in which at least one contact has a value. */
export function problemsOfText(text: string | null, known: ReadonlySet<string>): TextProblem[] {
  if (text === null || text.trim() === '') return [{ path: 'text', message: 'is needed' }];
  return columnsOf(text)
    .filter((name) => !known.has(name) && !(ownColumns as readonly string[]).includes(name))
    .map((name) => ({ path: 'text', message: `names {{${name}}}, which no contact has` }));
}
