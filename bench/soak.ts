import { runNamed } from './program.ts';

await runNamed('soak', process.argv.slice(2));
