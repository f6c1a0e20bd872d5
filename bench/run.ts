import { runNamed } from './program.ts';

await runNamed('bench', process.argv.slice(2));
