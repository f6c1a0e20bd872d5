// A call with two questions, at a rate: its start asks, the answer lets it play; a key asks, the answer hangs up. When
// each fact, question, answer and command went by is noted outside Parley, so that its queue and the loopback count.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Desk } from '../../e2e/desk.ts';
import { startParley } from '../../e2e/parley.ts';
import { callers } from '../../e2e/peers/sipp.ts';
import { asteriskDialplan } from '../../server/channels/voice/asterisk/dialplan.ts';
import { legOfChannel } from '../../server/channels/voice/asterisk/translate.ts';
import { startAsterisk } from '../../server/platform/asterisk/asterisk.ts';
import { asteriskForTests } from '../../server/platform/asterisk/testing.ts';
import { freePort } from '../../server/platform/asterisk/testing-ports.ts';
import { silentLog } from '../../server/platform/log.ts';
import { rtp } from '../calls/dialplan-side.ts';
import { tapAri, type TapListener } from './ari-tap.ts';

/** ms of each step of each call. */
export interface StepTimes {
  factToQuestion: number[];
  answerToCommand: number[];
  calls: number;
}

/** Of a leg, by its id without dashes: `performance.now()` of what came last. */
class Stopwatch implements TapListener {
  readonly #facts = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  readonly #legs = new Map<string, string>();
  times: StepTimes = { factToQuestion: [], answerToCommand: [], calls: 0 };

  event({ type, asterisk_id, channel }: Parameters<TapListener['event']>[0], atMs: number): void {
    if (channel === undefined || (type !== 'StasisStart' && type !== 'ChannelDtmfReceived')) return;
    const leg = legOfChannel(channel.id, asterisk_id ?? '').replaceAll('-', '');
    this.#legs.set(channel.id, leg);
    this.#facts.set(leg, atMs);
  }

  asked(leg: string, atMs: number): void {
    const fact = this.#facts.get(leg);
    if (fact === undefined) throw new Error(`A question for ${leg}, of which nothing was heard.`);
    this.times.factToQuestion.push(atMs - fact);
  }

  answered(leg: string, atMs: number): void {
    this.#answers.set(leg, atMs);
  }

  command(method: string, uri: string, atMs: number): void {
    const [, channel = '', what] = /^channels\/([^/?]+)(?:\/(play))?/.exec(uri) ?? [];
    const hangsUp = method === 'DELETE';
    if (what !== 'play' && !hangsUp) return;
    const leg = this.#legs.get(decodeURIComponent(channel)) ?? '';
    const answer = this.#answers.get(leg);
    if (answer === undefined) return; // Of the many digits that are spoken the first one only waits for an answer.
    this.#answers.delete(leg);
    this.times.answerToCommand.push(atMs - answer);
    if (hangsUp) this.times.calls += 1;
  }
}

export async function stepTimes(perSecond: number, seconds: number, warmUpS: number): Promise<StepTimes> {
  const stopwatch = new Stopwatch();
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const customer = await aCustomer(stopwatch);
    ends.unshift(customer.close);
    const home = await mkdtemp(join(tmpdir(), 'parley-bench-ivr-'));
    ends.unshift(() => rm(home, { recursive: true }));
    const sipPort = await freePort();
    const asterisk = await startAsterisk({
      home,
      install: await asteriskForTests(),
      config: { sipHost: '127.0.0.1', sipPort, publicAddress: null, rtp },
      dialplan: asteriskDialplan(),
      log: silentLog,
    });
    ends.unshift(() => asterisk.stop());
    const tap = await tapAri(asterisk.ari, stopwatch);
    ends.unshift(() => tap.close());
    const parley = await startParley({
      voice: 'asterisk',
      env: {
        ...{ PARLEY_ARI_URL: tap.url, PARLEY_SIP_PORT: String(sipPort) },
        ...{ PARLEY_ALLOW_TARGETS: '127.0.0.1/32', PARLEY_LOG_LEVEL: 'warn' },
      },
    });
    ends.unshift(() => parley.close());
    const desk = await Desk.open(parley, { agents: [] });
    await anIvrOfTwoQuestions(desk, customer.url);
    const load = (lastsS: number) => callsAt(desk, sipPort, perSecond, lastsS);
    await load(warmUpS);
    stopwatch.times = { factToQuestion: [], answerToCommand: [], calls: 0 };
    await load(seconds);
    return stopwatch.times;
  } finally {
    for (const end of ends) await end();
  }
}

/** Answers at once: the first question of a call by a variable, the second by a hang-up. */
async function aCustomer(stopwatch: Stopwatch): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const at = performance.now();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://customer');
    const leg = searchParams.get('CallID') ?? '';
    stopwatch.asked(leg, at);
    stopwatch.answered(leg, performance.now());
    const action = pathname === '/first' ? '<SetVar name="vip">1</SetVar>' : '<Hangup/>';
    response.end(`<Response>${action}</Response>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function anIvrOfTwoQuestions(desk: Desk, customer: string): Promise<void> {
  const asks = (path: string) => ({ type: 'call_interactive', url: `${customer}/${path}` });
  const options = [
    { key: 'start', actions: [asks('first'), { type: 'play_digits', digits: '1234567890' }] },
    { key: '1', actions: [asks('second'), { type: 'hangup' }] },
  ];
  const { id } = await desk.post('/ivrs', { name: 'Bench', entry_context: 1, contexts: [{ id: 1, options }] });
  await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id: id });
  const dids = [{ number: desk.did, extension_number: '332' }];
  await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids });
}

async function callsAt(desk: Desk, sipPort: number, perSecond: number, seconds: number): Promise<void> {
  const run = await callers({
    to: { port: sipPort, number: desk.did },
    port: desk.trunkPort,
    digits: [{ atMs: 1_000, digits: '1', by: 'info' }],
    talkForMs: null,
    audio: false,
    calls: perSecond * seconds,
    perSecond,
    atOnce: 4_000,
    limitMs: 12_000,
  });
  try {
    const { succeeded, failed } = await run.done(90_000);
    if (failed > 0) throw new Error(`${failed} calls failed, ${succeeded} went well.`);
  } finally {
    await run.close();
  }
}
