import { describe, expect, test } from 'vitest';
import { columnsOf, fieldsOf, renderText } from './template.ts';

describe('a text with variables', () => {
  const fields = fieldsOf({
    address: '+33612345601',
    refExterne: 'A-1',
    fields: { 'name': 'Zoë <b>', 'Shoe size': '38' },
  });

  test.each([
    ['Hello {{name}}', 'Hello Zoë <b>'],
    ['{{ name }}/{{Shoe size}}/{{to}}/{{ref_externe}}', 'Zoë <b>/38/+33612345601/A-1'],
    ['{{unknown}}.', '.'],
    ['{{constructor}}{{__proto__}}', ''],
    ['{{}} { {name} } {{', '{{}} { {name} } {{'],
    ['{{name}}{{name}}', 'Zoë <b>Zoë <b>'],
    ['$& {{name}} $1', '$& Zoë <b> $1'],
  ])('%j becomes %j', (template, text) => expect(renderText(template, fields)).toBe(text));

  test('a value that looks like a variable stays as it is', () => {
    expect(renderText('{{name}}', { name: '{{to}}' })).toBe('{{to}}');
  });

  test('names its columns, each once', () => {
    expect(columnsOf('{{b}} {{ a }} {{b}} {{Shoe size}} {{}}')).toEqual(['b', 'a', 'Shoe size']);
  });
});
