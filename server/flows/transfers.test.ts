import { describe, expect, test } from 'vitest';
import type { Caller } from './testing/caller.ts';
import { type Desk, startDesk } from './testing/desk.ts';

/** A caller out of the queue talks to Ana; Ben and Eva are there. */
async function talking(plan: Parameters<typeof startDesk>[0] = {}): Promise<{ desk: Desk; caller: Caller }> {
  const desk = await startDesk({
    agents: ['Ana', 'Ben', 'Eva'],
    queues: [
      { name: 'support', agents: ['Ana'] },
      { name: 'sales', agents: ['Eva'] },
    ],
    ...plan,
  });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  return { desk, caller };
}

describe('blind', () => {
  test('to a phone: the agent is free at once, the caller hears it ring and then the colleague', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('Ben');
    expect(desk.agent('Ana').view.phone).toBe('free');
    expect(caller.hears).toBe('ringing');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
    expect(desk.events('agent.transfer_started')).toMatchObject([{ kind: 'blind', user: desk.agent('Ana').user }]);
    expect(desk.events('call.left_queue')).toMatchObject([{ reason: 'transferred' }]);
    await caller.hangsUp();
    expect(caller.closes).toEqual([
      ['Ana', 'HANGUP'],
      ['caller', 'HANGUP'],
      ['Ben', 'DIALOG_LEFT'],
    ]);
    expect(caller.outcome).toBe('answered');
    expect(desk.leftovers()).toEqual([]);
  });

  test('who is put through to somebody outside is shown that number, not the colleague that he had dialled', async () => {
    const { desk } = await talking();
    await desk.agent('Eva').dials('Ben');
    await desk.agent('Ben').answers();
    await desk.agent('Ben').transfers('0155550001');
    await desk.advance(2_000);
    const shown = desk.events('agent.connected').filter(({ user }) => user === desk.agent('Eva').user);
    expect(shown.map(({ peerNumber }) => peerNumber)).toEqual(['102', '0155550001']);
  });

  test('to a queue: music, and its agent is rung', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('sales');
    expect(caller.hears).toBe('music');
    expect(caller.queue).toBe('sales');
    await desk.agent('Eva').answers();
    expect(caller.hears).toBe('Eva');
  });

  test('to a number outside', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('0155550001');
    await desk.advance(2_000);
    expect(caller.hears).toBe('0155550001');
  });

  test('the new leg is there before the old one closes', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('Ben');
    const types = desk.eventsOf(caller.call).map(({ type }) => type);
    expect(types.lastIndexOf('leg.created')).toBeLessThan(types.indexOf('leg.closed'));
  });

  test('of a caller who is on hold: he is not forgotten in the music', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').holds();
    await desk.agent('Ana').transfers('Ben');
    expect(caller.hears).toBe('ringing');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
    expect(desk.agent('Ben').hears).toBe('+33140000000');
  });

  test('to somebody who is busy, unknown or abroad is refused, and the talk goes on', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Eva').dials('Ben');
    await desk.agent('Ben').answers();
    const ana = desk.agent('Ana');
    await expect(ana.transfers('Ben')).rejects.toMatchObject({ code: 'agent.busy' });
    await expect(ana.transfers('nobody')).rejects.toMatchObject({ code: 'call.unknown_target' });
    const { desk: strict } = await talking({ outbound: 'carrier' });
    await expect(strict.agent('Ana').transfers('+48221234567')).rejects.toMatchObject({ code: 'call.not_allowed' });
    expect(caller.hears).toBe('Ana');
  });

  test('to a busy phone with a forward goes where that leads', async () => {
    const { desk, caller } = await talking({
      agents: ['Ana', { name: 'Ben', forward: { busy: '103' }, doNotDisturb: true }, 'Eva'],
    });
    await desk.agent('Ana').transfers('Ben');
    await desk.agent('Eva').answers();
    expect(caller.hears).toBe('Eva');
  });

  test('nobody answers: the call ends, as one that was answered', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('Ben');
    await desk.advance(30_000);
    expect(caller.isHere).toBe(false);
    expect(caller.outcome).toBe('answered');
    expect(desk.leftovers()).toEqual([]);
  });

  test('the phone itself may ask for it (REFER); what cannot be done is declined and leaves the talk alone', async () => {
    const { desk, caller } = await talking();
    const [line] = desk.agent('Ana').phone.calls;
    desk.agent('Ana').phone.transfer('999#');
    await desk.advance(0);
    expect(line?.transfersDeclined).toBe(1);
    expect(caller.hears).toBe('Ana');
    desk.agent('Ana').phone.transfer('102');
    await desk.advance(0);
    expect(desk.agent('Ana').hears).toBe('gone');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
  });

  test('a caller from outside may not have us dial for him', async () => {
    const { desk, caller } = await talking();
    caller.party.transfer('33155550001');
    await desk.advance(0);
    expect(caller.party.transfersDeclined).toBe(1);
    expect(caller.hears).toBe('Ana');
    expect(desk.outside()).toEqual([]);
  });

  test('out of no conversation is refused', async () => {
    const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
    await desk.callIn('support');
    await expect(desk.agent('Ana').transfers('Ben')).rejects.toMatchObject({ code: 'call.not_talking' });
  });
});

describe('consultative', () => {
  async function consulting(kind: 'consultative' | 'conference' = 'consultative') {
    const { desk, caller } = await talking();
    await desk.agent('Ana').transfers('Ben', kind);
    return { desk, caller, ana: desk.agent('Ana'), ben: desk.agent('Ben') };
  }

  test('the caller hears music, the two agents each other; then the caller is handed over', async () => {
    const { desk, caller, ana, ben } = await consulting();
    expect(caller.hears).toBe('music');
    expect(ana.hears).toBe('ringing');
    await ben.answers();
    expect(caller.hears).toBe('music');
    expect(ana.hears).toBe('Ben');
    expect(ben.hears).toBe('Ana');
    await ana.completes();
    expect(caller.hears).toBe('Ben');
    expect(ben.hears).toBe('+33140000000');
    expect(ana.view.phone).toBe('free');
    await ben.hangsUp();
    expect(caller.closes).toEqual([
      ['Ana', 'HANGUP'],
      ['Ben', 'HANGUP'],
      ['caller', 'DIALOG_LEFT'],
    ]);
    expect(desk.leftovers()).toEqual([]);
  });

  test('completed while it still rings: the caller hears it ring, then the colleague', async () => {
    const { caller, ana, ben } = await consulting();
    await ana.completes();
    expect(ana.hears).toBe('gone');
    expect(caller.hears).toBe('ringing');
    await ben.answers();
    expect(caller.hears).toBe('Ben');
  });

  test('cancelled while it rings or while they talk: back to the caller', async () => {
    for (const answered of [false, true]) {
      const { desk, caller, ana, ben } = await consulting();
      if (answered) await ben.answers();
      await ana.cancels();
      expect(ben.hears).toBe('gone');
      expect(caller.hears).toBe('Ana');
      expect(ana.hears).toBe('+33140000000');
      expect(desk.events('transfer.cancelled')).toMatchObject([{ reason: 'asked' }]);
      expect(ben.view.phone).toBe('free');
    }
  });

  test('the colleague does not answer, refuses, or leaves again: back to the caller', async () => {
    const silent = await consulting();
    await silent.desk.advance(30_000);
    expect(silent.caller.hears).toBe('Ana');
    const refused = await consulting();
    await refused.ben.refuses();
    expect(refused.caller.hears).toBe('Ana');
    expect(refused.desk.events('transfer.cancelled')).toMatchObject([{ reason: 'not_reached' }]);
    const left = await consulting();
    await left.ben.answers();
    await left.ben.hangsUp();
    expect(left.caller.hears).toBe('Ana');
    expect(left.desk.events('transfer.cancelled')).toMatchObject([{ reason: 'party_left' }]);
  });

  test('the transferor hangs up: that completes it, answered or ringing', async () => {
    for (const answered of [false, true]) {
      const { caller, ana, ben } = await consulting();
      if (answered) await ben.answers();
      await ana.hangsUp();
      expect(caller.hears).toBe(answered ? 'Ben' : 'ringing');
      if (!answered) await ben.answers();
      expect(caller.hears).toBe('Ben');
    }
  });

  test('the caller hangs up while it rings: everything ends', async () => {
    const { desk, caller } = await consulting();
    await caller.hangsUp();
    expect(caller.outcome).toBe('answered');
    expect(caller.closes).toEqual([
      ['caller', 'HANGUP'],
      ['Ana', 'DIALOG_LEFT'],
      ['Ben', 'CANCELED'],
    ]);
    expect(desk.leftovers()).toEqual([]);
  });

  test('the caller hangs up while they consult: the two go on talking', async () => {
    const { desk, caller, ana, ben } = await consulting();
    await ben.answers();
    await caller.hangsUp();
    expect(ana.hears).toBe('Ben');
    expect(ben.hears).toBe('Ana');
    await ana.hangsUp();
    expect(desk.leftovers()).toEqual([]);
  });

  test('a number outside may be asked; a queue may not, and a second transfer neither', async () => {
    const { desk, caller } = await talking();
    await expect(desk.agent('Ana').transfers('sales', 'consultative')).rejects.toMatchObject({
      code: 'call.unknown_target',
    });
    await desk.agent('Ana').transfers('0155550001', 'consultative');
    await expect(desk.agent('Ana').transfers('Ben')).rejects.toMatchObject({ code: 'call.transfer_running' });
    await desk.advance(2_000);
    expect(desk.agent('Ana').hears).toBe('0155550001');
    await desk.agent('Ana').completes();
    expect(caller.hears).toBe('0155550001');
    expect(desk.events('route.left')).toEqual([]);
    await caller.hangsUp();
    expect(desk.events('route.left')).toHaveLength(1);
  });

  test('nothing can be completed or cancelled by who has not begun it', async () => {
    const { desk, ben } = await consulting();
    await ben.answers();
    await expect(ben.completes()).rejects.toMatchObject({ code: 'call.no_transfer' });
    await desk.agent('Ana').cancels();
    await expect(desk.agent('Ana').cancels()).rejects.toMatchObject({ code: 'call.no_transfer' });
  });

  test('a caller on hold stays with his music when the consultation begins, and is free of it in the end', async () => {
    const { desk, caller } = await talking();
    await desk.agent('Ana').holds();
    await desk.agent('Ana').transfers('Ben', 'consultative');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('music');
    await desk.agent('Ana').cancels();
    expect(caller.hears).toBe('Ana');
  });

  test('hold during a consultation holds the colleague', async () => {
    const { caller, ana, ben } = await consulting();
    await ben.answers();
    await ana.holds();
    expect(ben.hears).toBe('music');
    await ana.unholds();
    expect(ben.hears).toBe('Ana');
    expect(caller.hears).toBe('music');
  });

  test('a conference: all three hear each other; two go on when one leaves', async () => {
    for (const leaves of ['Ana', 'Ben', 'caller'] as const) {
      const { desk, caller, ana, ben } = await consulting('conference');
      await ben.answers();
      await ana.completes();
      expect(caller.hears).toBe('Ana and Ben');
      expect(ana.hears).toBe('+33140000000 and Ben');
      if (leaves === 'caller') await caller.hangsUp();
      else await desk.agent(leaves).hangsUp();
      const others = [caller, ana, ben].filter((one) => one.hears !== 'gone');
      expect(others).toHaveLength(2);
      expect(others.every((one) => !one.hears.includes(' and '))).toBe(true);
      if (caller.isHere) await caller.hangsUp();
      else await ana.hangsUp();
      expect(desk.leftovers()).toEqual([]);
    }
  });

  test('in a conference, whom a leaving party had on hold is heard again', async () => {
    const { caller, ana, ben } = await consulting('conference');
    await ben.answers();
    await ana.completes();
    await ana.holds();
    expect(caller.hears).toBe('music');
    await ana.hangsUp();
    expect(caller.hears).toBe('Ben');
    expect(ben.hears).toBe('+33140000000');
  });
});
