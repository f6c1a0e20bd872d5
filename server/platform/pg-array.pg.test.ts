import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainArray, separated, textArray, timeArray } from './pg-array.ts';
import { testDatabase } from './testing/database.ts';

const database = await testDatabase({ empty: true, max: 1 });

async function read(array: string, type: string): Promise<unknown[]> {
  const { rows } = await database.query<{ value: unknown }>(`select value from unnest($1::${type}) as value`, [array]);
  return rows.map(({ value }) => value);
}

test('PostgreSQL reads every text as it was', async () => {
  // It has no NUL in texts, and no halves of surrogates.
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NULL', '{', '}', ',', '"', '\\', '\n'));
  const given = fc.array(fc.option(text.map((value) => value.replaceAll('\0', ''))), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(given, async (values) => {
      expect(await read(textArray(values), 'text[]')).toEqual(values);
    }),
    { numRuns: 300 },
  );
});

test('numbers, booleans and moments, and none', async () => {
  expect(await read(plainArray([1, null, -2.5]), 'float8[]')).toEqual([1, null, -2.5]);
  expect(await read(plainArray([true, null, false]), 'boolean[]')).toEqual([true, null, false]);
  const at = Date.UTC(2026, 10, 20, 16, 30, 1, 234);
  expect(await read(timeArray([at, null]), 'timestamptz[]')).toEqual([new Date(at), null]);
  for (const none of [textArray([]), plainArray([]), timeArray([])]) expect(await read(none, 'text[]')).toEqual([]);
});

test('long texts arrive whole, and what would be cut or lost is refused', async () => {
  const texts = ['{"a":"\\n"}', '<a>\n,"{}"</a>', 'x'.repeat(100_000)];
  const { rows } = await database.query<{ value: string }>(
    "select value from unnest(string_to_array($1, E'\\x1e')) as value",
    [separated(texts)],
  );
  expect(rows.map(({ value }) => value)).toEqual(texts);
  for (const wrong of ['', 'a\u001eb']) expect(() => separated(['{}', wrong])).toThrow(RangeError);
});
