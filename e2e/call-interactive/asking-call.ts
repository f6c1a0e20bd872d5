// A call to an IVR that asks a customer's URL, then asks another one with what it has got, then hangs up: what the
// first answer did is seen by the customer and in the call's timeline.
import { writeWav } from '../../server/platform/audio/wav.ts';
import type { Desk, TimelineItem } from '../desk.ts';
import { adminKey } from '../parley.ts';
import type { CustomerAnswer, CustomerRequest, CustomerServer } from '../peers/customer.ts';
import type { Story } from '../story.ts';

export interface AskingCase {
  rule: string;
  /** Actions alone: a whole `<Response>` of them; SHORT and LONG stand for sounds of 1 s and 6 s. */
  answers: CustomerAnswer | string;
  /** Pressed one second after the call was answered. */
  digits?: string;
  digitLen?: number;
  asks?: {
    method?: 'POST';
    /** Behind the URL. */
    with?: string;
    /** In place of the customer's URL. */
    url?: string;
    timeoutS?: number;
  };
  sees: Partial<Seen>;
  /** At least and at most so many ms from the question to the end of the IVR. */
  lasts?: readonly [number, number];
  /** The question's query; of a POST: the query, a space, the body. */
  asked?: RegExp;
}

/** What came of it. */
export interface Seen {
  ivr: 'went on' | 'jumped' | 'ended';
  /** Variables after it; an unset one is empty. */
  vip: string;
  choice: string;
  transferDestination: string;
  /** As the second question says. */
  callerNumber: string | null;
  callerName: string | null;
  /** Codes of what was wrong with the answer or its actions. */
  problems: string[];
  /** Of the exchange; null: there was none wrong. */
  error: string | null;
  status: number | null;
  questions: number;
  lastedMs: number;
}

export interface Sounds {
  short: string;
  long: string;
}

export const soundHz = 900;

/** A tone that is heard so long. Its `filename`. */
export async function upload(story: Story, desk: Desk, seconds: number): Promise<string> {
  const rate = 16_000;
  const samples = Float32Array.from(
    { length: rate * seconds },
    (_, at) => 0.5 * Math.sin((2 * Math.PI * soundHz * at) / rate),
  );
  const form = new FormData();
  form.set('file', new Blob([Buffer.from(writeWav({ rate, samples }))]), `${seconds}.wav`);
  form.set('space_id', String(desk.spaceId));
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${story.parley.url}/api/v1/sounds`, { method: 'POST', body: form, headers });
  if (answer.status !== 201) throw new Error(`The sound is refused: ${await answer.text()}`);
  return ((await answer.json()) as { filename: string }).filename;
}

/** Tells the customer's server what to answer, and makes the IVR; its id. */
export async function anAskingIvr(
  desk: Desk,
  customer: CustomerServer,
  sounds: Sounds,
  name: string,
  { answers, asks = {}, digitLen }: Pick<AskingCase, 'answers' | 'asks' | 'digitLen'>,
): Promise<number> {
  const named = (text: string) => text.replaceAll('SHORT', sounds.short).replaceAll('LONG', sounds.long);
  await customer.answers(
    name,
    typeof answers === 'string' ? named(answers) : { ...answers, body: named(answers.body) },
  );
  const known = 'vip=$vip&choice=$choice&transferDestination=$transferDestination';
  const question = {
    type: 'call_interactive',
    url: asks.url ?? `${customer.url(name)}${asks.with ?? ''}`,
    method: asks.method ?? 'GET',
    timeout_s: asks.timeoutS ?? 5,
  };
  const second = (path: string) => ({ type: 'call_interactive', url: `${customer.url(`${name}-${path}`)}?${known}` });
  const set = (variable: string, value: string) => ({ type: 'set_variable', name: variable, value });
  const start = (...actions: object[]) => [{ key: 'start', actions: [...actions, { type: 'hangup' }] }];
  const { id } = await desk.post('/ivrs', {
    ...{ name, entry_context: 1 },
    contexts: [
      {
        ...{ id: 1, digit_len: digitLen ?? null, inter_digit_timeout_ms: digitLen === undefined ? 700 : 10_000 },
        options: start(set('var', '1'), set('var2', 'a b&*'), question, second('next')),
      },
      { id: 3, options: start(second('jumped')) },
    ],
  });
  return id;
}

export async function whatCameOf(desk: Desk, call: string, customer: CustomerServer, name: string): Promise<Seen> {
  const timeline = await desk.timeline(call);
  const of = (type: string): TimelineItem[] => timeline.filter((item) => item.type === type);
  const [asked, [left], [answered]] = [of('ivr.asked'), of('ivr.left'), of('ivr.answered')];
  const [wentOn, jumped] = [customer.arrived(`${name}-next`)[0], customer.arrived(`${name}-jumped`)[0]];
  const told = parametersOf(wentOn ?? jumped);
  const [first] = asked;
  if (!first || !left || !answered) throw new Error(`${name}: ${timeline.map(({ type }) => type).join(' ')}`);
  return {
    ivr: wentOn ? 'went on' : jumped ? 'jumped' : 'ended',
    vip: told.get('vip') ?? '',
    choice: told.get('choice') ?? '',
    transferDestination: told.get('transferDestination') ?? '',
    callerNumber: told.get('CallerIDNum'),
    callerName: told.get('CallerIDName'),
    problems: [...(answered['problems'] as { code: string }[]), ...(of('ivr.warned') as { code?: string }[])].map(
      ({ code }) => code ?? '',
    ),
    error: (answered['error'] as { code: string } | null)?.code ?? null,
    status: answered['status'] as number | null,
    questions: asked.length,
    lastedMs: Date.parse(left.at) - Date.parse(first.at),
  };
}

function parametersOf(request: CustomerRequest | undefined): URLSearchParams {
  return new URLSearchParams(request?.query ?? '');
}
