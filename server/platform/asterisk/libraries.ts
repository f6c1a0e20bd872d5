// The packages bring libraries for every module of Asterisk. What ours do not need goes: two thirds of the size.
import { readdir, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandFailed, outputOf } from './command.ts';
import type { Layout } from './layout.ts';

/** The C library opens it by name when a thread ends, so no program is linked with it. */
const openedByName = 'libgcc_s.so.1';

export async function keepOnlyNeededLibraries(layout: Layout, modules: readonly string[]): Promise<void> {
  const needed = new Set([basename(layout.loader), openedByName]);
  for (const program of [layout.program, ...modules.map((name) => join(layout.modulesFolder, `${name}.so`))]) {
    for (const library of await librariesOf(layout, program)) needed.add(library);
  }
  const kept = new Set<string>(['asterisk']);
  for (const name of needed) kept.add(name).add(basename(await realpath(join(layout.libraries, name))));
  for (const name of await readdir(layout.libraries)) {
    if (!kept.has(name)) await rm(join(layout.libraries, name), { recursive: true });
  }
}

/** Names of the libraries a program is linked with, by the loader that will load it. */
async function librariesOf(layout: Layout, program: string): Promise<string[]> {
  const list = await outputOf(layout.loader, ['--library-path', layout.libraries, '--list', program], {
    limitMs: 10_000,
  });
  const missing = /^\s*(\S+) => not found/m.exec(list);
  if (missing) throw new CommandFailed(`${basename(program)} needs ${missing[1]}, which no package brought.`);
  return [...list.matchAll(/^\s*([^\s/]+) => /gm)].map((match) => match[1]!);
}
