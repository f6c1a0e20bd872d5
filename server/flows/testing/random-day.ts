// Lives through a random day on the simulated engine, and judges it.
import type { Party } from '../../channels/voice/simulated/party.ts';
import { seededLatency } from '../../channels/voice/simulated/latency.ts';
import type { Event } from '../../domain/events.ts';
import type { LegId } from '../../domain/ids.ts';
import type { Floor } from '../../domain/floor.ts';
import { nextDeadline } from '../../domain/rules/deadlines.ts';
import type { Request } from '../../domain/requests.ts';
import { isAppError } from '../../errors.ts';
import { recoverFloor } from '../checkpoint.ts';
import type { Agent } from './agent.ts';
import { type Act, type Day, ringTimeoutMs } from './any-day.ts';
import { type Desk, startDesk } from './desk.ts';
import { carrier, didOf, testSpace } from '../../domain/testing/space.ts';
import { wronglyHeard } from './hearing.ts';
import { Oracle } from './oracle.ts';

/** Lives through the day, lets everybody hang up in the end, and says what was wrong: nothing. `judge`: of what happened. */
export async function liveThrough(
  day: Day,
  judge: (events: readonly Event[]) => string[] = () => [],
): Promise<string[]> {
  const centre = await openCentre(day);
  // What a phone does by itself its call does not undo, and what is on its way is not heard yet.
  const isQuiet = day.latency.upToMs === 0 && !day.acts.some((one) => one.act.do === 'pressesHold');
  for (const { afterMs, act } of day.acts) {
    await centre.desk.advance(afterMs);
    centre.perform(act);
    await centre.desk.advance(0);
    centre.lookAtEngine();
    if (isQuiet) centre.listen();
  }
  await centre.end();
  return [...(await centre.faults()), ...judge(centre.desk.events())];
}

async function openCentre({ agents, queues, latency, ivrs = [], answers = [] }: Day): Promise<Centre> {
  const names = agents.map((_, index) => `Agent ${index}`);
  let asked = 0;
  const desk = await startDesk({
    ivrs: Object.fromEntries(ivrs.map((ivr, index) => [`IVR ${index}`, ivr])),
    sounds: { 'a.wav': 700, 'b.wav': 2_300 },
    customer: () => answers[asked++ % Math.max(1, answers.length)] ?? '',
    agents: names,
    missesBeforePause: 2,
    ringTimeoutMs,
    latencyMs: latency.upToMs === 0 ? () => 0 : seededLatency(latency.seed, latency.upToMs),
    vips: [{ number: '33100000009', vipRate: 1, priority: 200 }],
    queues: queues.map(({ strategy, members, wrapUpMs, maxWaitMs, overflow }, index) => ({
      name: `Queue ${index}`,
      strategy,
      wrapUpMs,
      maxWaitMs,
      ringTimeoutMs,
      overflowExtension: overflow ? String(201 + ((index + 1) % queues.length)) : null,
      agents: names.filter((_, at) => (members >> at) & 1),
    })),
  });
  agents.forEach(({ reacts, afterMs }, index) => desk.agent(names[index]!).reacts(reacts, afterMs));
  await desk.advance(100);
  return new Centre(desk, names, queues.length, ivrs.length);
}

/** The flow looks for it every 500 ms. */
const journalSeenWithinMs = 501;

class Centre {
  readonly desk: Desk;
  readonly #names: string[];
  readonly #queues: number;
  readonly #ivrs: number;
  readonly #faults: string[] = [];
  #isDown = false;
  /** Until then the flow may not know that the journal is back. */
  #journalSeenAt = 0;

  constructor(desk: Desk, names: string[], queues: number, ivrs: number) {
    this.desk = desk;
    this.#names = names;
    this.#queues = queues;
    this.#ivrs = ivrs;
  }

  /** What makes no sense at its moment is left out, as people would. */
  perform(act: Act): void {
    const { desk } = this;
    switch (act.do) {
      case 'callIn': {
        const number = String(201 + (act.queue % this.#queues));
        return this.#callIn(number, act.vip ? '+33100000009' : '+33140000000', act.staysMs);
      }
      case 'callsIvr':
        return this.#callIn(String(401 + (act.ivr % this.#ivrs)), '+33140000000', act.staysMs);
      case 'presses': {
        const callers = desk.engine.trunk(carrier).calls.filter(({ state }) => state === 'talking');
        return callers[act.which % Math.max(1, callers.length)]?.press(act.digits);
      }
      case 'callerHangsUp':
        return desk.engine.trunk(carrier).calls[act.which]?.hangUp();
      case 'answers':
        return this.#ringing(act.agent)?.answer();
      case 'refuses':
        return this.#ringing(act.agent)?.hangUp(21);
      case 'hangsUp':
        return this.#talking(act.agent)?.hangUp();
      case 'pressesHold':
        return this.#talking(act.agent)?.hold();
      case 'refers':
        return this.#talking(act.agent)?.transfer(this.#number(act.to));
      case 'pauses':
        return this.#ask({ ask: 'setAgentState', user: this.#agent(act.agent).user, state: 'paused', pause: 'user1' });
      case 'resumes':
        return this.#ask({ ask: 'setAgentState', user: this.#agent(act.agent).user, state: 'available', pause: null });
      case 'logsOut':
        return this.#ask({ ask: 'setAgentState', user: this.#agent(act.agent).user, state: 'logged_out', pause: null });
      case 'loses phone':
      case 'finds phone':
        return this.#agent(act.agent).phone.reachable(act.do === 'finds phone');
      case 'dials': {
        const { phone } = this.#agent(act.agent);
        if (phone.isReachable && phone.calls.length < 2) phone.dial(this.#number(act.to));
        return;
      }
      case 'holds':
        return this.#askOfLeg(act.agent, (leg) => ({ ask: 'hold', leg }));
      case 'unholds':
        return this.#askOfLeg(act.agent, (leg) => ({ ask: 'unhold', leg }));
      case 'completes':
        return this.#askOfConsultant((leg) => ({ ask: 'completeTransfer', leg }));
      case 'cancels':
        return this.#askOfConsultant((leg) => ({ ask: 'cancelTransfer', leg }));
      case 'asksToHangUp':
        return this.#askOfLeg(act.agent, (leg) => ({ ask: 'hangUp', leg }));
      case 'transfers':
        return this.#askOfLeg(act.agent, (leg) => ({
          ask: 'transfer',
          leg,
          to: this.#number(act.to),
          kind: act.kind,
        }));
      case 'engineCrashes':
        if (this.#isDown) return;
        desk.engine.crash();
        return desk.engine.restart();
      case 'connectionBreaks':
        return this.#breakConnection(act.forMs);
      case 'serverRestarts':
        return this.#restart();
      case 'journalLeaves':
        return desk.journal.goAway();
      case 'journalReturns':
        this.#journalSeenAt = desk.clock.now() + journalSeenWithinMs;
        return desk.journal.comeBack();
    }
  }

  /** All that is due has happened: else a timer would fire again and again. */
  #lookAtDeadlines(floor: Floor): void {
    const now = this.desk.clock.now();
    if (now < this.#journalSeenAt) return;
    const next = nextDeadline(floor, { directory: this.desk.directory, now, engineReady: this.desk.centre.voiceUp });
    if (next !== null && next <= now) this.#faults.push(`a deadline of ${now - next} ms ago`);
    for (const call of floor.calls()) {
      if (call.stage.at !== 'ivr') continue;
      const among = { calls: [call], agents: [] };
      const limit = nextDeadline(floor, { directory: this.desk.directory, now, engineReady: true }, among);
      if (limit === null) this.#faults.push(`call ${call.id} is in an IVR without a limit of time`);
    }
  }

  /** By the engine: a phone has at most one leg that a queue wants there. */
  lookAtEngine(): void {
    const floor = this.desk.centre.floor(testSpace);
    if (!floor || !this.desk.journal.available || this.#isDown) return;
    this.#lookAtDeadlines(floor);
    const offered = new Set<LegId>();
    for (const call of floor.calls()) {
      if (call.stage.at === 'queued') for (const offer of call.stage.offers) offered.add(offer.leg);
    }
    for (const name of this.#names) {
      const rung = this.desk.agent(name).phone.calls.filter((party) => offered.has(party.leg));
      if (rung.length > 1) this.#faults.push(`${name} is rung by queues twice`);
    }
  }

  listen(): void {
    if (this.desk.journal.available && !this.#isDown) this.#faults.push(...wronglyHeard(this.desk));
  }

  /** Whatever was broken is mended, everybody hangs up, all limits pass. */
  async end(): Promise<void> {
    const { desk } = this;
    desk.journal.comeBack();
    await desk.advance(6_000);
    for (let round = 0; round < 3; round++) {
      for (const party of [...desk.outside('carrier'), ...desk.outside('sandbox')]) this.#hangUp(party);
      for (const name of this.#names) for (const party of [...desk.agent(name).phone.calls]) this.#hangUp(party);
      await desk.advance(1_000);
    }
    await desk.advance(20_000);
  }

  async faults(): Promise<string[]> {
    const { desk } = this;
    const faults = [...this.#faults, ...desk.faults()];
    const oracle = new Oracle(desk.directory);
    const versions = new Map<string, number>();
    for (const { stream, version, event } of desk.journal.all(testSpace)) {
      if (version !== (versions.get(stream) ?? 0) + 1) faults.push(`stream ${stream} jumps to ${version}`);
      versions.set(stream, version);
      oracle.hear(event);
    }
    oracle.end();
    faults.push(...oracle.faults);
    const left = desk.engine.exchange.legs();
    if (left.length > 0) faults.push(`left in the engine: ${JSON.stringify(left)}`);
    const { floor } = await recoverFloor(desk.journal, testSpace, undefined);
    const remembered = desk.centre.floor(testSpace);
    if (JSON.stringify(sorted(floor.image())) !== JSON.stringify(remembered && sorted(remembered.image())))
      faults.push('the floor in memory is not what the journal tells');
    return faults;
  }

  #callIn(number: string, from: string, staysMs: number | null): void {
    const party = this.desk.engine.trunk(carrier).callIn({ from, did: didOf(number) });
    if (staysMs !== null && party.state !== 'ended') {
      party.follow([{ atMs: staysMs, act: { do: 'hangUp', q850: 16 } }]);
    }
  }

  #hangUp(party: Party): void {
    if (party.state !== 'ended') party.hangUp();
  }

  #breakConnection(forMs: number): void {
    if (this.#isDown) return;
    const { engine } = this.desk;
    this.#isDown = true;
    engine.disconnect();
    this.desk.clock.after(forMs, () => {
      this.#isDown = false;
      engine.reconnect();
    });
  }

  #restart(): void {
    if (!this.#isDown && this.desk.journal.available) this.desk.restartsNow();
  }

  #agent(index: number): Agent {
    return this.desk.agent(this.#names[index % this.#names.length]!);
  }

  #calls(index: number): readonly Party[] {
    return this.#agent(index).phone.calls;
  }

  #ringing(index: number): Party | undefined {
    return this.#calls(index).find((party) => party.called && party.state === 'waiting');
  }

  #number(index: number): string {
    const agents = this.#names.length;
    const queues = agents + this.#queues;
    const at = index % (queues + this.#ivrs + 1);
    if (at < agents) return String(101 + at);
    if (at < queues) return String(201 + at - agents);
    return at < queues + this.#ivrs ? String(401 + at - queues) : '0155550001';
  }

  #askOfLeg(index: number, request: (leg: LegId) => Request): void {
    const party = this.#talking(index);
    if (party) this.#ask(request(party.leg));
  }

  /** Of the one who consults, if somebody does. */
  #askOfConsultant(request: (leg: LegId) => Request): void {
    for (const { consultation } of this.desk.centre.floor(testSpace)?.calls() ?? []) {
      if (consultation) return this.#ask(request(consultation.by));
    }
  }

  /** The call of one of the agents who talk. */
  #talking(index: number): Party | undefined {
    const talking = this.#names.flatMap((name) =>
      this.desk.agent(name).phone.calls.filter((party) => party.state === 'talking'),
    );
    return talking[index % Math.max(1, talking.length)];
  }

  #ask(request: Request): void {
    this.desk.centre.request(testSpace, request).catch((error: unknown) => {
      if (!isAppError(error)) this.#faults.push(`a request threw ${String(error)}`);
    });
  }
}

type Image = ReturnType<Awaited<ReturnType<typeof recoverFloor>>['floor']['image']>;

function sorted({ calls, agents, lastServed, lastDial }: Image) {
  return {
    calls: calls.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    agents: agents.toSorted((a, b) => a.user - b.user),
    lastServed: lastServed.toSorted(([a], [b]) => a - b),
    lastDial: lastDial.toSorted(([a], [b]) => a - b),
  };
}
