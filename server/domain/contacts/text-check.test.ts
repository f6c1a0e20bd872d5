import { expect, test } from 'vitest';
import { problemsOfText, textRefusal } from './text-check.ts';

const known = new Set(['name']);

test.each([
  ['Hello {{name}} {{to}}', []],
  [null, ['is needed']],
  [' \n', ['is needed']],
  ['{{nom}}', ['names {{nom}}, which no contact has']],
  ['Hello {{name', ['has {{ or }} that names no column']],
  ['Hello {{}} {{name}}', ['has {{ or }} that names no column']],
  ['Hello {{nom}} name}}', ['names {{nom}}, which no contact has', 'has {{ or }} that names no column']],
  ['Hello {name} {{{name}}} } {', ['has {{ or }} that names no column']],
  ['Hello {name} } {', []],
  [`${'x'.repeat(306)}{{name}}`, []],
  [`${'x'.repeat(307)}{{name}}`, ['makes 3 messages or more, 2 are allowed']],
])('a broadcast’s text %#', (text, messages) => {
  expect(problemsOfText(text, { known, maxSmsParts: 2 }).map(({ message }) => message)).toEqual(messages);
});

test('a contact gets neither blanks only nor more messages than the space allows', () => {
  expect(textRefusal(' \n', 2)).toBe('empty_text');
  expect(textRefusal('x'.repeat(306), 2)).toBeNull();
  expect(textRefusal('x'.repeat(307), 2)).toBe('text_too_long');
  expect(textRefusal('й'.repeat(135), 2)).toBe('text_too_long');
});
