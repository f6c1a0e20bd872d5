// JSON and XML of the same reports carry the same facts, whatever people write, and the XML is as its schema says. Read
// back by xmllint and Python.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reportMedia, statusReportSchema } from '../../../contract/reports.ts';
import type { AttemptEvent } from '../../domain/contacts/events.ts';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { documentOf } from './document.ts';
import { changesOfPage } from './page.ts';
import { type Report, reportOf } from './reports-of.ts';
import { AttemptStory } from './testing/attempts.ts';

const run = promisify(execFile);
const schema = fileURLToPath(new URL('../../../docs/report.xsd', import.meta.url));
const comparison = fileURLToPath(new URL('testing/same_facts.py', import.meta.url));

/** Any code units at all, halves of surrogate pairs too, and what XML and JSON give a meaning. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
      fc.constantFrom(...'\0\t\n\r\u0085\u2028\ufeff\ufffe&<>"\'\\', ' ', ']]>', '<!--', '&amp;'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const seconds = fc.integer({ min: -100_000, max: 300_000_000 });
const count = fc.integer({ min: 0, max: 2 ** 31 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const attempt = new AttemptStory(1);

const anyEvent: fc.Arbitrary<AttemptEvent> = fc.oneof(
  fc
    .tuple(seconds, maybe(count), maybe(count), maybe(count))
    .map(([s, size, pages, timeS]) => attempt.sent(s, { size, pages, timeS })),
  seconds.map((s) => attempt.converted(s)),
  seconds.map((s) => attempt.received(s)),
  seconds.map((s) => attempt.outcomeUnknown(s)),
  seconds.map((s) => attempt.established(s)),
  fc.tuple(seconds, text).map(([s, answer]) => attempt.answered(s, answer)),
  fc.tuple(seconds, text).map(([s, to]) => attempt.transferred(s, to)),
  fc.tuple(seconds, maybe(text), text).map(([s, code, info]) => attempt.failed(s, code, info)),
  fc.tuple(seconds, text).map(([s, info]) => attempt.aborted(s, info)),
  fc
    .record({
      s: seconds,
      route: fc.array(text, { maxLength: 3 }),
      voicemail: fc.boolean(),
      transferredTo: maybe(text),
    })
    .map(({ s, ...scenario }) => attempt.ended(s, s - 30, scenario)),
);

const anyStory: fc.Arbitrary<AttemptEvent[]> = fc
  .record({
    about: fc.record({
      media: fc.constantFrom(...reportMedia),
      to: text,
      refExterne: maybe(text),
      broadcast: fc.constant(null),
      username: text,
      timeZone: fc.constantFrom('Europe/Paris', 'Asia/Kathmandu', 'America/St_Johns', 'UTC', 'Asia/Riyadh'),
    }),
    events: fc.array(anyEvent, { minLength: 1, maxLength: 6 }),
  })
  .map(({ about, events }) => [attempt.begun(about), ...events]);

function lastReport(story: readonly AttemptEvent[], statusList: 'full' | 'latest'): Report | null {
  const page = story.map((event, index) => ({ event, version: index + 1 }));
  const told = changesOfPage(new Map(), page).told.at(-1);
  return told ? reportOf(asId<SpaceId>(42), told, { statusList, extended: true }) : null;
}

test('JSON and XML carry the same facts, and are as their schemas say', { timeout: 60_000 }, async () => {
  let documents = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStory, { minLength: 30, maxLength: 60 }), async (stories) => {
      await inFolder(async (folder) => {
        for (const [index, story] of stories.entries()) {
          const report = lastReport(story, index % 2 ? 'full' : 'latest');
          if (!report) continue;
          // Some documents hold several.
          const reports = Array.from({ length: 1 + (index % 3) }, () => report) as [Report, ...Report[]];
          const json = documentOf('json', reports);
          expect(statusReportSchema.parse(JSON.parse(json))).toEqual(JSON.parse(json));
          await writeFile(join(folder, `${index}.json`), json);
          await writeFile(join(folder, `${index}.xml`), documentOf('xml', reports));
        }
        const { stdout } = await run('python3', [comparison, folder]);
        expect(stdout).toMatch(/^\d+\n$/);
        const pairs = Number(stdout);
        documents += pairs;
        expect(await valid(folder)).toBe(pairs);
      });
    }),
    { numRuns: 12 },
  );
  expect(documents).toBeGreaterThan(300);
});

test('the schema refuses what is no report', async () => {
  const xml = documentOf('xml', [lastReport([attempt.begun(), attempt.sent(1)], 'full')!]);
  const wrong = [
    xml,
    xml.replace(' type="SENT"', ' type="TRANSFERRED"'),
    xml.replace(/ call_id="\w+"/, ''),
    xml.replace(/date="[^"]+"/, 'date="2018-10-19T11:48:38Z"'),
    xml.replaceAll('sms', 'telegram'),
    xml.replace('<status ', '<status page="many" '),
  ];
  await inFolder(async (folder) => {
    await Promise.all(wrong.map((text, index) => writeFile(join(folder, `${index}.xml`), text)));
    expect(await valid(folder)).toBe(1);
  });
});

test('a newline of an answer stays one in XML', () => {
  const report = lastReport([attempt.begun(), attempt.answered(1, 'a\nb\tc "d" <e>\u0001')], 'latest');
  expect(documentOf('xml', [report!])).toContain('info="a&#10;b&#9;c &quot;d&quot; &lt;e&gt;\ufffd"');
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-reports-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How many of the folder's XML documents are valid by xmllint. */
async function valid(folder: string): Promise<number> {
  const command = 'xmllint --noout --schema "$1" "$2"/*.xml 2>&1 | grep -c " validates$"';
  return Number((await run('sh', ['-c', command, 'sh', schema, folder])).stdout);
}
