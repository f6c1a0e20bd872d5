// npm start
import { launch } from './launch.mjs';
import { exitWith, prepare } from './prepare.mjs';

await exitWith(async () => launch(await prepare(), 'server/main.ts', process.argv.slice(2)));
