// parley ivr try: an IVR, or its draft, is run without a phone, and its trace is told.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { IvrTrial } from '../contract/rest/ivrs.ts';
import type { Parley } from '../sdk/parley.ts';
import { traceText } from './trace.ts';
import { WrongUse } from './wrong-use.ts';

export const ivrTryUsage = `parley ivr try --ivr ID --caller NUMBER --called NUMBER
  --caller-name NAME      what the caller's phone says he is called
  --extension NUMBER      the caller is inside, at this extension
  --did NUMBER            the external number by which the call comes
  --digits MS:DIGITS      pressed so long after the call has entered the IVR; may be repeated
  --var NAME=VALUE        a variable that is set already; may be repeated
  --answer FILE           UTF-8: what the first URL that is asked answers, the next file the second; without any, the
                          real URLs are asked
  --target NUMBER=HOW     how a number behaves that is rung: answers, busy or no_answer; may be repeated
  --json                  the server's answer as it is`;

const options = {
  'ivr': { type: 'string' },
  'caller': { type: 'string' },
  'caller-name': { type: 'string' },
  'extension': { type: 'string' },
  'called': { type: 'string' },
  'did': { type: 'string' },
  'digits': { type: 'string', multiple: true },
  'var': { type: 'string', multiple: true },
  'answer': { type: 'string', multiple: true },
  'target': { type: 'string', multiple: true },
  'json': { type: 'boolean' },
} as const;

/** What is to be printed. `connect` is called once the command line is found to be right. */
export async function ivrTry(args: string[], connect: () => Parley): Promise<string> {
  const given = read(args);
  const id = Number(needed('--ivr', given.ivr));
  if (!Number.isSafeInteger(id) || id < 1) throw new WrongUse('--ivr is the id of an IVR.');
  const caller = { number: needed('--caller', given.caller), name: given['caller-name'], extension: given.extension };
  const trial: IvrTrial = {
    ...{ caller, called: needed('--called', given.called), did: given.did },
    digits: (given.digits ?? []).map(pressedOf),
    variables: pairsOf('--var', given.var),
    targets: pairsOf('--target', given.target) as NonNullable<IvrTrial['targets']>,
    ...(given.answer && { answers: await Promise.all(given.answer.map(textOf)) }),
  };
  const tried = await connect().ivrs.try(id, trial);
  return given.json === true ? `${JSON.stringify(tried, null, 2)}\n` : traceText(tried);
}

function read(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw new WrongUse(error.message, { cause: error });
    throw error;
  }
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new WrongUse(`${name} is needed.`);
  return value;
}

function pressedOf(text: string): { at_ms: number; digits: string } {
  const match = /^(\d{1,9}):([\d*#]+)$/.exec(text);
  if (!match) throw new WrongUse(`--digits is milliseconds, a colon and digits, as 1000:12, and not ${text}.`);
  return { at_ms: Number(match[1]), digits: match[2]! };
}

function pairsOf(name: string, pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new WrongUse(`${name} has a = in it, and ${pair} has none.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** An answer goes to the server as JSON, which is text: bytes of another charset would be lost on the way. */
async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new WrongUse(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}
