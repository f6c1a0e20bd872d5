// Reading customers' answers against saxes alone, which parses the same documents, decoded already, and tells what is in
// them to somebody who does nothing with it. And how many steps of IVRs a virtual clock gets through: what makes what-if runs possible.
import { readdirSync, readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';
import { readResponse } from '../server/domain/call-interactive/response.ts';
import { anIvr, ask, call, hangup, jump, play, set } from '../server/domain/ivr/testing/caller.ts';
import type { Program } from './program.ts';
import { alternate } from './rounds.ts';

const fixtures = new URL('../server/domain/call-interactive/fixtures/', import.meta.url);

export const program: Program = {
  about:
    'Answers to Call Interactive read a second, against saxes alone on the same documents; steps of IVRs a second.',
  async run({ options, say }) {
    const documents = Number(options.get('documents') ?? 40_000);
    const rounds = Number(options.get('rounds') ?? 9);
    const bodies = readdirSync(fixtures)
      .filter((file) => file.endsWith('.xml'))
      .map((file) => readFileSync(new URL(file, fixtures)));
    bodies.push(Buffer.from(several));
    const texts = bodies.map((body) => body.toString());
    const read = await alternate(
      rounds,
      () => perSecond(documents, (at) => void readResponse(bodies[at % bodies.length]!)),
      () => perSecond(documents, (at) => parseAlone(texts[at % texts.length]!)),
    );
    say(`read ${read.ours} documents/s, saxes ${read.theirs}`);
    const steps = await stepsPerSecond(Number(options.get('calls') ?? 20_000));
    return [
      {
        what: 'answers read',
        ours: `${read.ours} documents/s`,
        against: `saxes alone ${read.theirs} documents/s`,
        ratio: read.ratio,
        target: '≥ 0.6',
        met: read.ratio >= 0.6,
      },
      { what: 'IVR on a virtual clock', ours: steps, against: null, ratio: null, target: null, met: null },
    ];
  },
};

const several = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <SetVar name="vip">1</SetVar>
  <SetCaller name="callerName" number="92992"/>
  <PlaySound where="background" digitvar="choice">ae3d969ccc49e1a7746e0b1ce36ee4176190040c.wav</PlaySound>
  <SimpleTransfer final="no" timeout="20">101,102</SimpleTransfer>
  <Hangup/>
</Response>
`;

function parseAlone(text: string): void {
  const parser = new SaxesParser();
  for (const event of ['opentag', 'closetag', 'text', 'cdata', 'doctype'] as const) parser.on(event, () => undefined);
  parser.write(text).close();
}

async function perSecond(times: number, work: (at: number) => void): Promise<number> {
  const before = process.threadCpuUsage();
  for (let at = 0; at < times; at++) work(at);
  const { user, system } = process.threadCpuUsage(before);
  return Math.round(times / ((user + system) / 1e6));
}

/** A caller listens, errs, presses, and is led by two answers to a queue. */
async function stepsPerSecond(calls: number): Promise<string> {
  const ivr = anIvr({
    main: {
      start: [play('welcome.wav'), set('came_by', 'main')],
      1: [ask('https://crm.example/?choice=$came_by'), { type: 'pause', length_s: 1 }, hangup],
      timeout: [jump('main')],
      invalid: [play('wrong.wav'), jump('main')],
    },
    orders: { start: [ask(), { type: 'queue', queue_id: 1, priority: '$vip', vip_rate: null }] },
  });
  const answers = [
    '<Response><Jump context="orders" option="start"/></Response>',
    several.replace('  <Hangup/>\n', ''),
  ];
  const digits = [
    { atMs: 4_000, digits: '9' },
    { atMs: 16_000, digits: '1' },
  ];
  let steps = 0;
  let virtualMs = 0;
  const perCall = await perSecond(calls, () => {
    const rehearsed = call(ivr, { answers, digits, targets: { 101: 'no_answer', 102: 'busy' } });
    steps += rehearsed.steps.length;
    virtualMs += rehearsed.steps.at(-1)?.atMs ?? 0;
  });
  const perStep = Math.round((perCall * steps) / calls);
  return `${perStep} steps/s, ${perCall} calls/s of ${Math.round(virtualMs / calls / 1_000)} s`;
}
