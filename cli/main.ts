#!/usr/bin/env node
// parley COMMAND: exit code 0 when it is done, 1 when the server refuses or does not answer, 2 for a wrong command line.
import { Parley } from '../sdk/parley.ts';
import { ParleyError } from '../sdk/rest.ts';
import { ivrTry, ivrTryUsage } from './ivr-try.ts';
import { WrongUse } from './wrong-use.ts';

const usage = `${ivrTryUsage}

  PARLEY_URL      default http://127.0.0.1:8080
  PARLEY_API_KEY  an API key, or the installation's
`;

async function main([group, command, ...args]: string[]): Promise<number> {
  if (group === 'help' || [group, command, ...args].includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    if (group !== 'ivr' || command !== 'try') throw new WrongUse('There is no such command.');
    process.stdout.write(await ivrTry(args, connected));
    return 0;
  } catch (error) {
    if (error instanceof WrongUse) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      return 2;
    }
    process.stderr.write(`${told(error)}\n`);
    return 1;
  }
}

function connected(): Parley {
  const url = process.env['PARLEY_URL'] ?? 'http://127.0.0.1:8080';
  const key = process.env['PARLEY_API_KEY'];
  if (key === undefined || key === '') throw new WrongUse('PARLEY_API_KEY is not set.');
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new WrongUse('PARLEY_URL is no http or https URL.');
  return new Parley({ url, key });
}

function told(error: unknown): string {
  if (error instanceof ParleyError) {
    const fields = error.errors.map(({ path, message }) => `\n  ${path}: ${message}`);
    return `${error.message} (${[error.status, error.code].filter((part) => part !== null).join(' ')})${fields.join('')}`;
  }
  if (!(error instanceof Error)) throw error;
  if (error.name === 'TimeoutError') return 'The server did not answer in time.';
  // fetch says only that it failed; why is its cause.
  if (error instanceof TypeError && error.cause instanceof Error) return `No answer: ${error.cause.message}`;
  throw error;
}

process.exitCode = await main(process.argv.slice(2));
