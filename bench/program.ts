// A bench or soak is a file bench/NAME.bench.ts or bench/NAME.soak.ts that exports `program`.
import { readdir } from 'node:fs/promises';
import { keepSection, type Result, sectionOf } from './results.ts';
import { watchStolen } from './stolen.ts';

export type Kind = 'bench' | 'soak';

export interface Program {
  /** One sentence: what is measured, against what. */
  about: string;
  /** Measured and kept one after the other, so that a run that is cut short keeps what it has; `--only=NAME`: that one. */
  parts?: readonly string[];
  /** `options`: `--name=value` arguments; `part`: '' without parts. Progress goes to `say`. Rejects when it cannot be
   *  measured. */
  run(context: { options: ReadonlyMap<string, string>; part: string; say(line: string): void }): Promise<Result[]>;
}

/** Runs the one named in `args`, or lists all. Prints a table; the exit code is 1 if a target was missed. */
export async function runNamed(kind: Kind, args: readonly string[]): Promise<void> {
  const names = await listNames(kind);
  const name = args.find((arg) => !arg.startsWith('--'));
  if (name === undefined || !names.includes(name)) {
    for (const each of names) {
      const { about, parts } = await load(kind, each);
      console.log(`${each.padEnd(16)} ${about}${parts ? ` --only=${parts.join('|')}` : ''}`);
    }
    console.log(`\nnpm run ${kind} -- NAME [--option=value] [--keep]   (--keep: result into docs/benchmarks.md)`);
    if (name !== undefined) process.exitCode = 1;
    return;
  }
  const program = await load(kind, name);
  // The server's timers do not keep a process alive; without this it would end while PostgreSQL is away.
  const alive = setInterval(() => undefined, 60_000);
  const options = optionsIn(args);
  for (const part of partsOf(program, options.get('only'))) {
    const stolen = await watchStolen();
    const results = await program.run({ options, part, say: (line) => console.error(line) });
    const title = part === '' ? `${kind} ${name}` : `${kind} ${name}: ${part}`;
    const section = sectionOf(title, program.about, { results, stolen: await stolen() });
    console.log(section);
    if (args.includes('--keep')) await keepSection(section);
    if (results.some(({ met }) => met === false)) process.exitCode = 1;
  }
  clearInterval(alive);
}

function partsOf({ parts = [''] }: Program, only: string | undefined): readonly string[] {
  if (only === undefined) return parts;
  if (!parts.includes(only)) throw new Error(`There is no part ${only}, but ${parts.join(', ')}.`);
  return [only];
}

async function listNames(kind: Kind): Promise<string[]> {
  const ending = `.${kind}.ts`;
  const files = await readdir(import.meta.dirname);
  return files.flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : [])).sort();
}

async function load(kind: Kind, name: string): Promise<Program> {
  const { program } = (await import(`./${name}.${kind}.ts`)) as { program: Program };
  return program;
}

function optionsIn(args: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (const arg of args) {
    const at = arg.indexOf('=');
    if (arg.startsWith('--') && at > 0) options.set(arg.slice(2, at), arg.slice(at + 1));
  }
  return options;
}
