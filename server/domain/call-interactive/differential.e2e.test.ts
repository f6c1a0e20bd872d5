// The same documents to an independent parser: expat, in Python. Where the two disagree about what is well-formed, the
// reason is one of docs/decisions/0060-xml-differences.md, which are the keys below.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ProblemCode } from './problem.ts';
import { readResponse } from './response.ts';
import { anyDocument } from './testing/documents.ts';

const documents = Array.from({ length: 10_000 }, (_, at) => anyDocument(1_000_000 + at));

const malformed: readonly ProblemCode[] = ['not_well_formed', 'dtd', 'charset'];

interface Verdicts {
  /** null: well-formed. */
  ours: string | null;
  theirs: string | null;
  document: Uint8Array;
}

const asLatin1 = (document: Uint8Array) => Buffer.from(document).toString('latin1');

/** By its mark or its first character. */
const isUtf16 = (document: Uint8Array) => /^(\xff\xfe|<\0)/.test(asLatin1(document));

const explained: Record<string, (verdicts: Verdicts) => boolean> = {
  'a blank document': ({ ours, theirs }) => ours === null && theirs?.startsWith('no element found') === true,
  'a charset that we do not read': ({ ours, theirs }) => theirs === null && ours?.startsWith('The charset ') === true,
  'a byte order mark or UTF-16 that contradicts the declaration': ({ ours, theirs, document }) =>
    ours === null &&
    (theirs?.startsWith('encoding specified in XML declaration is incorrect') === true ||
      (isUtf16(document) && /^[^>]*encoding="(windows-|koi8)/.test(asLatin1(document).replaceAll('\0', '')))),
  'a byte that windows-1251 or windows-1252 leaves open': ({ ours, theirs, document }) =>
    ours === null &&
    theirs?.startsWith('not well-formed') === true &&
    /^<\?xml[^>]*windows-125(1[^]*\x98|2[^]*[\x81\x8d\x8f\x90\x9d])/.test(asLatin1(document)),
  'a name as the fifth edition allows it': ({ ours, theirs, document }) =>
    ours === null &&
    theirs?.startsWith('not well-formed') === true &&
    /<[^>]*[\u0132-\uEFFF][^>]*=/u.test(readResponse(document).text),
  'a processing instruction with a ? in its name': ({ ours, theirs, document }) =>
    ours === null && theirs !== null && /<\?[^\s?]*\?[^>]/.test(asLatin1(document)),
  'UTF-16 without a mark that begins with white space': ({ theirs, document }) =>
    theirs === null && /^(\0[ \t\r\n]|[ \t\r\n]\0)/.test(asLatin1(document)),
  'a version that is none': ({ ours, theirs }) => theirs === null && ours?.startsWith('version number') === true,
};

test('expat and we agree on every document, but for what is explained', () => {
  const theirs = verdictsOfExpat();
  const reasons = new Set<string>();
  const unexplained: object[] = [];
  let agreed = 0;
  documents.forEach((document, at) => {
    const ours = readResponse(document).problems.find(({ code }) => malformed.includes(code))?.message ?? null;
    const verdicts = { ours, theirs: theirs[at]!, document };
    if ((ours === null) === (verdicts.theirs === null)) return agreed++;
    const reason = Object.keys(explained).find((key) => explained[key]!(verdicts));
    if (reason === undefined) return unexplained.push({ ours, theirs: theirs[at], document: asLatin1(document) });
    return reasons.add(reason);
  });
  expect(unexplained).toEqual([]);
  expect(agreed).toBeGreaterThan(9_000);
  expect([...reasons].toSorted(), 'each difference that is explained exists').toEqual(
    Object.keys(explained).toSorted(),
  );
});

function verdictsOfExpat(): (string | null)[] {
  const script = fileURLToPath(new URL('./testing/expat.py', import.meta.url));
  const input = documents.map((document) => `${Buffer.from(document).toString('base64')}\n`).join('');
  const { stdout, stderr, status } = spawnSync('python3', [script], { input, timeout: 60_000, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`python3 failed: ${stderr.toString()}`);
  const lines = stdout.toString().trimEnd().split('\n');
  expect(lines).toHaveLength(documents.length);
  return lines.map((line) => (line === 'yes' ? null : line.slice('no '.length)));
}
