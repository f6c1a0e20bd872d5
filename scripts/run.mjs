// node scripts/run.mjs FILE [arguments]: any TypeScript program of ours, with what `npm start` would have prepared.
import { relative, resolve } from 'node:path';
import { launch } from './launch.mjs';
import { exitWith, prepare, root, SetupError } from './prepare.mjs';

await exitWith(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new SetupError('Usage: node scripts/run.mjs FILE [arguments]');
  return launch(await prepare(), relative(root, resolve(root, file)), args);
});
