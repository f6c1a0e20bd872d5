// The whole server under a load of calls, with a part killed again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import { endAll, Follower, live, streamFaults } from '../e2e/crowd.ts';
import type { Desk } from '../e2e/desk.ts';
import { journalFaults } from '../e2e/journal-check.ts';
import { eventually, type Parley } from '../e2e/parley.ts';
import type { Phone } from '../e2e/peers/phone.ts';
import { killAsterisk, killPostgres, processesOf } from '../e2e/processes.ts';
import { Story } from '../e2e/story.ts';
import type { Program } from './program.ts';
import { quantile } from './rounds.ts';

const victims = ['server', 'PostgreSQL', 'server, and again while it starts', 'Asterisk', 'everything'] as const;
type Victim = (typeof victims)[number];
/** From here on the log says why. */
const slowMs = 6_000;
const agents = ['Sam', 'Sid', 'Sue', 'Sol'] as const;

export const program: Program = {
  about:
    'kill -9 of server, PostgreSQL, Asterisk and all of them in turn, --kills=25 times, at random moments while sandbox callers ring in and two telephones talk: nobody stuck, nothing told twice or not at all, the telephones talk on unless Asterisk died.',
  async run({ options, say }) {
    const kills = Number(options.get('kills') ?? 25);
    const story = await Story.begin({ voice: 'asterisk' });
    const faults: string[] = [];
    const recoveredMs = new Map<Victim, number[]>(victims.map((victim) => [victim, []]));
    let calls = 0;
    try {
      const desk = await story.desk({ agents: ['Ana'], sandboxAgents: agents, queue: { ring_timeout_s: 5 } });
      const pair = {
        ana: await story.phone(desk, 'Ana', { toneHz: 600, autoAnswer: true }),
        caller: await story.outsider('33611000001', 1_000),
        number: await directNumberOf(desk),
      };
      const followers = [new Follower(desk, 2), new Follower(desk, 4)];
      for (const follower of followers) await follower.connect();
      for (let kill = 0; kill < kills; kill++) {
        const victim = victims[kill % victims.length]!;
        for (const name of agents) await desk.state(name, 'available');
        await talking(pair);
        const load = ringIns(desk, 6 + Math.floor(Math.random() * 6));
        await sleep(Math.random() * 3_000);
        const begin = performance.now();
        await killed(story.parley, victim);
        const tookMs = Math.round(performance.now() - begin);
        recoveredMs.get(victim)!.push(tookMs);
        calls += await load;
        if (victim !== 'PostgreSQL' && victim !== 'Asterisk') for (const one of followers) await one.connect();
        if (victim === 'Asterisk' || victim === 'everything')
          await Promise.all([pair.ana.hangsUp(), pair.caller.hangsUp()]); // Whom nobody told.
        else await pair.ana.hears(1_000);
        say(`kill ${kill + 1}: ${victim}, ready after ${tookMs} ms`);
        if (tookMs > slowMs) for (const { time, msg } of story.parley.logged) say(`  ${String(time)} ${String(msg)}`);
      }
      await endAll(desk);
      faults.push(...(await journalFaults(story.parley.home)), ...(await streamFaults(desk, followers)));
      for (const follower of followers) follower.leave();
      if ((await live(desk)).length > 0) faults.push('calls are left');
    } finally {
      await story.end();
    }
    faults.push(...(await processesOf(story.parley.home)).map((command) => `still running: ${command}`));
    for (const fault of faults.slice(0, 20)) say(fault);
    return [
      {
        what: `${calls} sandbox callers over ${kills} kills`,
        ours: `${faults.length} faults`,
        against: null,
        ratio: null,
        target: '0',
        met: faults.length === 0,
      },
      ...[...recoveredMs].map(([victim, times]) => ({
        what: `${victim} killed, until ready again: median, longest`,
        ours: times.length === 0 ? 'none' : `${quantile(times, 0.5)} ms, ${Math.max(...times)} ms`,
        against: null,
        ratio: null,
        target: null,
        met: null,
      })),
    ];
  },
};

/** A DID that leads to Ana's telephone, past the queue. */
async function directNumberOf(desk: Desk): Promise<string> {
  const { dids } = await desk.parley.rest<{ dids: object[] }>('GET', `/trunks/${desk.trunkId}`);
  const number = `${desk.did}9`;
  const direct = { number, extension_number: desk.agent('Ana').number };
  await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids: [...dids, direct] });
  return number;
}

async function talking({ ana, caller, number }: { ana: Phone; caller: Phone; number: string }): Promise<void> {
  if (ana.calls.some(({ state }) => state === 'talking')) return;
  // A phone whose registration fell into an outage tries again after a while of its own choosing.
  await eventually('Ana is registered', async () => ana.registered, 120_000);
  await caller.dials(number);
  await Promise.all([ana.talks(), caller.talks()]);
}

/** How many were taken; refusals are what an outage is answered by. */
async function ringIns(desk: Desk, count: number): Promise<number> {
  let taken = 0;
  for (let at = 0; at < count; at++) {
    const call = { space_id: desk.spaceId, from: '33611223344', to: '33199000000', hang_up_after_s: 3 + (at % 8) };
    try {
      const { status } = await desk.parley.ask('POST', '/sandbox/calls', call);
      if (status === 201) taken += 1;
      else if (status !== 503 && status !== 502) throw new Error(`POST /sandbox/calls: ${status}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // The server is away; fetch knows one error for that.
    }
    await sleep(300);
  }
  return taken;
}

/** Resolves when it is ready again. */
async function killed(parley: Parley, victim: Victim): Promise<void> {
  switch (victim) {
    case 'server':
      await parley.dies();
      return parley.start();
    case 'server, and again while it starts':
      await parley.dies();
      await diesInStart(parley);
      return parley.start();
    case 'everything':
      await Promise.all([killPostgres(parley.home), killAsterisk(parley.home), parley.dies()]);
      return parley.start();
    case 'PostgreSQL':
    case 'Asterisk':
      await (victim === 'PostgreSQL' ? killPostgres(parley.home) : killAsterisk(parley.home));
      await eventually('the loss is noticed', async () => !(await isReady(parley)));
      await eventually('it is ready again', () => isReady(parley), 30_000);
  }
}

async function diesInStart(parley: Parley): Promise<void> {
  const starting = Promise.allSettled([parley.start()]);
  await sleep(300 + Math.random() * 1_500);
  await parley.dies();
  await starting;
}

async function isReady({ url }: Parley): Promise<boolean> {
  return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).status === 200;
}
