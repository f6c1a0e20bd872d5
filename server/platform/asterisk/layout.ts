// Where things lie in the unpacked packages.
import { join } from 'node:path';

export interface Layout {
  root: string;
  /** Written last: the folder is complete. */
  mark: string;
  loader: string;
  libraries: string;
  program: string;
  command: readonly [string, ...string[]];
  modulesFolder: string;
  dataFolder: string;
}

export function layoutIn(folder: string): Layout {
  const root = join(folder, 'root');
  const arm = process.arch === 'arm64';
  const loader = join(root, arm ? 'usr/lib/ld-linux-aarch64.so.1' : 'usr/lib64/ld-linux-x86-64.so.2');
  const libraries = join(root, 'usr/lib', arm ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');
  const program = join(root, 'usr/sbin/asterisk');
  return {
    root,
    mark: join(folder, 'installed.json'),
    loader,
    libraries,
    program,
    command: [loader, '--argv0', 'asterisk', '--library-path', libraries, program],
    modulesFolder: join(libraries, 'asterisk/modules'),
    dataFolder: join(root, 'usr/share/asterisk'),
  };
}
