#!/usr/bin/env node
// parley COMMAND: the command line client, with what `npm start` would have prepared.
import { launch } from './launch.mjs';
import { exitWith, prepare } from './prepare.mjs';

await exitWith(async () => launch(await prepare(), 'cli/main.ts', process.argv.slice(2)));
