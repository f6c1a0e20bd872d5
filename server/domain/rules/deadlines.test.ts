import { describe, expect, test } from 'vitest';
import { decide, type Input, type LegFact } from '../decide.ts';
import { Floor } from '../floor.ts';
import { after, asKey, type CallId, instant, type Instant, type LegId, type UserId } from '../ids.ts';
import { aSpace, carrier, didOf, type SpacePlan, testSpace } from '../testing/space.ts';
import type { Context } from '../step.ts';
import { nextDeadline, releaseLimitMs } from './deadlines.ts';

/** Decisions one after the other, as a flow makes them, at moments of the test's choice. */
class Decisions {
  readonly floor = new Floor();
  readonly #context: Omit<Context, 'now'>;
  #now: Instant = instant(1_000_000);
  #legs: LegId[] = [];

  constructor(plan: SpacePlan) {
    let count = 0;
    const newLeg = () => {
      const leg = asKey<LegId>(`leg-${++count}`);
      this.#legs.push(leg);
      return leg;
    };
    this.#context = {
      directory: aSpace(plan),
      engineReady: true,
      newLeg,
      newCall: () => asKey<CallId>(`call-${++count}`),
      newNumber: () => ++count,
    };
    for (const { id } of this.#context.directory.users.values()) this.#logIn(id);
  }

  take(input: Input): string[] {
    const { events } = decide(this.floor, input, { ...this.#context, now: this.#now });
    for (const event of events) this.floor.apply(event);
    return events.map(({ type }) => type);
  }

  callIn(to: string): LegId {
    const leg = asKey<LegId>('caller');
    const from = { number: '+33140000000', name: null };
    const via = { kind: 'trunk', trunk: carrier, did: didOf(to), sandbox: false } as const;
    this.fact({ type: 'arrived', at: this.#now, space: testSpace, leg, via, from });
    return leg;
  }

  fact(fact: LegFact): string[] {
    return this.take({ input: 'fact', fact });
  }

  answered(leg: LegId): void {
    this.fact({ type: 'answered', at: this.#now, leg });
  }

  hungUp(leg: LegId): void {
    this.fact({ type: 'hungUp', at: this.#now, leg, q850: 16, by: 'party' });
  }

  /** The leg that was placed last. */
  get newest(): LegId {
    return this.#legs.at(-1)!;
  }

  /** Ms until the next deadline; null: none. */
  get dueIn(): number | null {
    const due = nextDeadline(this.floor, { ...this.#context, now: this.#now });
    return due === null ? null : due - this.#now;
  }

  get dueInWithoutEngine(): number | null {
    const due = nextDeadline(this.floor, { ...this.#context, engineReady: false, now: this.#now });
    return due === null ? null : due - this.#now;
  }

  passes(ms: number): string[] {
    this.#now = after(this.#now, ms);
    return this.take({ input: 'tick' });
  }

  #logIn(user: UserId): void {
    this.take({ input: 'request', request: { ask: 'setAgentState', user, state: 'available', pause: null } });
    const extension = this.#context.directory.phoneOf.get(user)!.id;
    this.fact({ type: 'phoneReachable', at: this.#now, space: testSpace, extension, reachable: true });
  }
}

const support = (differs: object = {}): SpacePlan => ({ agents: ['Ana'], queues: [{ name: 'support', ...differs }] });

describe('what is due next', () => {
  test('nothing, on a floor without calls', () => {
    expect(new Decisions(support()).dueIn).toBeNull();
  });

  test('a waiting call: its overflow; none without a longest wait', () => {
    const patient = new Decisions({ queues: ['support'] });
    patient.callIn('201');
    expect(patient.dueIn).toBeNull();
    const hurried = new Decisions({ queues: [{ name: 'support', maxWaitMs: 60_000 }] });
    hurried.callIn('201');
    expect(hurried.dueIn).toBe(60_000);
  });

  test('an offer: its ring time; then the end of the release; then the rest of who missed it', () => {
    const decisions = new Decisions(support({ ringTimeoutMs: 20_000 }));
    decisions.callIn('201');
    expect(decisions.dueIn).toBe(20_000);
    const rung = decisions.newest;
    expect(decisions.passes(20_000)).toEqual(['call.offer_ended', 'leg.release_asked']);
    expect(decisions.dueIn).toBe(5_000);
    decisions.hungUp(rung);
    expect(decisions.dueIn).toBe(5_000);
    expect(decisions.passes(5_000)).toEqual(['leg.created', 'call.offered', 'agent.reserved']);
  });

  test('a ringing phone and a dialled number: the ring time of the space', () => {
    const decisions = new Decisions({ agents: ['Ana'], routes: { 301: '0155550001' }, ringTimeoutMs: 25_000 });
    decisions.callIn('101');
    expect(decisions.dueIn).toBe(25_000);
    const routed = new Decisions({ routes: { 301: '0155550001' }, ringTimeoutMs: 25_000 });
    routed.callIn('301');
    expect(routed.dueIn).toBe(25_000);
  });

  test('a conversation: the longest call that the space allows', () => {
    const decisions = new Decisions({ ...support(), maxCallMs: 3_600_000 });
    decisions.callIn('201');
    decisions.answered(decisions.newest);
    expect(decisions.dueIn).toBe(3_600_000);
    expect(decisions.passes(3_600_000)).toContain('call.ending');
  });

  test('wrap-up, also while the engine is away; a call waits for the engine', () => {
    const decisions = new Decisions(support({ wrapUpMs: 30_000, maxWaitMs: 10_000 }));
    const caller = decisions.callIn('201');
    expect(decisions.dueInWithoutEngine).toBeNull();
    const agent = decisions.newest;
    decisions.answered(agent);
    decisions.hungUp(caller);
    decisions.hungUp(agent);
    expect(decisions.dueIn).toBe(30_000);
    expect(decisions.dueInWithoutEngine).toBe(30_000);
    expect(decisions.passes(30_000)).toEqual(['agent.wrap_up_ended']);
    expect(decisions.dueIn).toBeNull();
  });
});

test('a leg that the engine never says is gone is given up after a while, and the call ends', () => {
  const decisions = new Decisions(support());
  const caller = decisions.callIn('201');
  decisions.answered(decisions.newest);
  decisions.hungUp(caller);
  expect(decisions.dueIn).toBe(releaseLimitMs);
  expect(decisions.passes(releaseLimitMs - 1)).toEqual([]);
  expect(decisions.passes(1)).toEqual(
    expect.arrayContaining(['leg.closed', 'agent.released', 'call.left_queue', 'call.ended']),
  );
  expect(decisions.dueIn).toBeNull();
});

test('whatever was missed while the server was down happens at once, and once', () => {
  const decisions = new Decisions(support({ maxWaitMs: 60_000 }));
  decisions.callIn('201');
  expect(decisions.passes(3_600_000)).toEqual(expect.arrayContaining(['call.overflowed', 'call.ending']));
  expect(decisions.take({ input: 'tick' })).toEqual([]);
});
