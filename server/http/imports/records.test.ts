import { expect, test } from 'vitest';
import { csv, jsonLines } from './records.ts';

const MiB = 1_024 * 1_024;

/** Counts what is asked for, so that a reader who never has enough is seen. */
async function* endless(piece: string, read: { characters: number }): AsyncGenerator<string> {
  for (; read.characters < 100 * MiB; read.characters += piece.length) yield piece;
}

async function refusalOf(records: AsyncIterable<unknown>): Promise<string> {
  try {
    for await (const _ of records);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

const filling = 'x'.repeat(64 * 1_024);

test.each([
  ['CSV without a line end', csv, filling, 'The body holds more than 1048576 characters in the record of line 1.'],
  [
    'CSV of an old Macintosh',
    csv,
    `to\r${filling}`,
    'The body holds more than 1048576 characters in the record of line 1.',
  ],
  ['CSV in an open quote', csv, `"${filling}""`, 'The body has a quote in the record of line 1 that is never closed.'],
  [
    'a line of JSON that never ends',
    jsonLines,
    filling,
    'The body holds more than 1048576 characters in the record of line 1.',
  ],
])('of %s no more is held than a record may have', async (_what, reader, piece, refusal) => {
  const read = { characters: 0 };
  expect(await refusalOf(reader(endless(piece, read)))).toBe(refusal);
  expect(read.characters).toBeLessThan(2 * MiB);
});

test('the line is told in which a record is too long', async () => {
  const rows = (async function* () {
    yield 'to,name\n0612345601,Ana\n';
    yield `0612345602,${'x'.repeat(2 * MiB)}`;
  })();
  expect(await refusalOf(csv(rows))).toContain('the record of line 3');
});
