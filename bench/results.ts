// Results as a Markdown table, with the machine named, and kept in docs/benchmarks.md: a section a program.
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Result {
  what: string;
  ours: string;
  /** The peer or limit of the same run; null: only reported. */
  against: string | null;
  ratio: number | null;
  target: string | null;
  met: boolean | null;
}

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

/** `stolen`: the share of the processors' time that the host took; null: unknown. */
export function sectionOf(
  title: string,
  about: string,
  { results, stolen }: { results: readonly Result[]; stolen: number | null },
): string {
  const header = ['what', 'ours', 'against', 'ratio', 'target', ''];
  const rows = results.map(({ what, ours, against, ratio, target, met }) => [
    what,
    ours,
    against ?? '',
    ratio?.toFixed(2) ?? '',
    target ?? '',
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = header.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const table = [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
  return [
    `## ${title}`,
    '',
    about,
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine()}${stolen === null ? '' : `, ${(100 * stolen).toFixed(1)} % of it taken by the host`}`,
    '',
    ...table,
    '',
  ].join('\n');
}

function machine(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}, ${gigabytes} GB, ${arch()}, kernel ${release()}, Node ${process.version}`;
}

/** Replaces the section of the same title, or adds it. */
export async function keepSection(section: string): Promise<void> {
  const title = section.slice(0, section.indexOf('\n'));
  const [introduction = '', ...sections] = (await readFile(page, 'utf8')).split(/^(?=## )/m);
  const others = sections.filter((each) => !each.startsWith(`${title}\n`));
  const kept = [...others.map((each) => each.trimEnd()), section.trimEnd()].sort();
  await writeFile(page, `${[introduction.trimEnd(), ...kept].join('\n\n')}\n`);
}
