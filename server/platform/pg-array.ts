// Array parameters as PostgreSQL reads them ("Array Input and Output Syntax"). `pg` writes them as well, but looks at each
// element several times; where a statement takes thousands of rows, that is most of its cost here.

/** Of text, and whatever PostgreSQL reads from text. */
export function textArray(values: readonly (string | null)[]): string {
  let array = '{';
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (at > 0) array += ',';
    if (value === null) array += 'NULL';
    else array += special.test(value) ? `"${value.replace(specials, '\\$&')}"` : `"${value}"`;
  }
  return `${array}}`;
}

/** Of numbers and booleans. */
export function plainArray(values: readonly (number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** Of timestamptz; `values`: epoch ms. */
export function timeArray(values: readonly (number | null)[]): string {
  return textArray(values.map((value) => (value === null ? null : new Date(value).toISOString())));
}

/**
 * For `string_to_array($n, E'\\x1e')`: of long texts, which then nobody reads character by character to find where they
 * end. Throws a RangeError for what JSON and XML cannot be: a text with the separator in it, and an empty one.
 */
export function separated(texts: readonly string[]): string {
  if (texts.some((text) => text === '' || text.includes(separator))) {
    throw new RangeError('A text is empty or holds a record separator.');
  }
  return texts.join(separator);
}

const separator = '\u001e';
const special = /["\\]/;
const specials = /["\\]/g;
