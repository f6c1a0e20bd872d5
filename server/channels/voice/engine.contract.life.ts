// Part of engine.contract.ts: new set-ups, takeover and death of an engine. Each case has the engine for itself.
import { expect } from 'vitest';
import { asId, type ExtensionId, type LegId, type TrunkId } from '../../domain/ids.ts';
import type { VoiceFact } from './engine.ts';
import { type Case, contractSetup, phone, Recorder, sandboxPhone, sandboxTrunk } from './engine.harness.ts';

export function living(alone: Case): void {
  const isUp = (fact: VoiceFact): fact is Extract<VoiceFact, { type: 'up' }> => fact.type === 'up';
  const isDown = (fact: VoiceFact): fact is Extract<VoiceFact, { type: 'down' }> => fact.type === 'down';

  alone('phones and trunks come and go while calls run', async (its) => {
    const [newTrunk, newPhone, newDid] = [asId<TrunkId>(2), asId<ExtensionId>(2), '+33100000002'];
    const talk = await its.originate({ kind: 'phone', extension: phone });
    await its.next(talk, 'answered');
    const caller = await its.talkingCaller();
    await its.engine.provision({
      trunks: [sandboxTrunk(newTrunk, [newDid])],
      phones: [sandboxPhone(newPhone, '1002')],
    });
    await its.untilSome(
      'phoneReachable of the new phone',
      (fact) => fact.type === 'phoneReachable' && fact.extension === newPhone && fact.reachable,
    );
    await its.harness.wait(500);
    for (const leg of [talk, caller]) expect(its.of(leg).at(-1)!.type).toBe('answered');
    await its.engine.send({ do: 'bridge', bridge: `talk-${talk}`, legs: [talk, caller] });

    const removed = await its.originate({ kind: 'phone', extension: phone });
    expect(await its.next(removed, 'hungUp')).toMatchObject({ q850: 3, by: 'engine' });
    await expect(its.ringIn()).rejects.toMatchObject({ code: 'call.unknown_target' });
    await its.ringIn({ to: { kind: 'did', trunk: newTrunk, did: newDid } });
    const added = await its.originate({ kind: 'phone', extension: newPhone });
    await its.next(added, 'answered');
    await its.engine.provision(contractSetup);
    await its.ringIn();
    await its.endAll();
  });

  alone('an engine that takes over begins with up and finds the living legs', async (its) => {
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    const alone = await its.talkingCaller();
    const ringing = await its.originate('+33155550003', { ringForMs: 60_000 });
    await its.next(ringing, 'ringing');
    const gone = await its.talkingCaller();
    await its.engine.send({ do: 'hangUp', leg: gone, cause: 16 });
    await its.next(gone, 'hungUp');
    const bridge = `talk-${ana}`;
    await its.engine.send({ do: 'bridge', bridge: `left-${ana}`, legs: [alone, ana] });
    await its.engine.send({ do: 'unbridge', bridge: `left-${ana}` });
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });

    await its.engine.close();
    const known = its.facts.length;
    await expect(its.engine.send({ do: 'hangUp', leg: ana, cause: 16 })).rejects.toMatchObject({
      code: 'voice.engine_down',
    });
    const second = await its.harness.secondEngine();
    const later = new Recorder(its.harness, second);
    try {
      await second.start();
      const up = await later.until('up', isUp);
      expect(later.facts[0]).toBe(up);
      const byLeg = (one: { leg: LegId }, two: { leg: LegId }) => (one.leg < two.leg ? -1 : 1);
      expect(up.legs.toSorted(byLeg)).toEqual(
        [
          { leg: ana, answered: true, bridge },
          { leg: ben, answered: true, bridge },
          { leg: alone, answered: true, bridge: null },
          { leg: ringing, answered: false, bridge: null },
        ].toSorted(byLeg),
      );
      await later.untilSome('phoneReachable', (fact) => fact.type === 'phoneReachable' && fact.extension === phone);
      await second.send({ do: 'bridge', bridge, legs: [ana, alone] });
      expect((await its.harness.membersOf(bridge)).toSorted()).toEqual([ana, alone].toSorted());
      for (const leg of [ana, ben, alone, ringing]) {
        await second.send({ do: 'hangUp', leg, cause: 16 });
        expect(await later.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
      }
      await its.harness.wait(300);
      expect(later.facts.filter(({ type }) => type === 'hungUp')).toHaveLength(4);
      expect(its.facts).toHaveLength(known);
    } finally {
      await second.close();
    }
  });

  alone('when the exchange dies all calls are gone; it comes back empty and takes new ones', async (its) => {
    const leg = await its.talkingCaller();
    const ringing = await its.originate('+33155550003', { ringForMs: 3_000 });
    await its.next(ringing, 'ringing');
    const known = its.facts.length;
    await its.harness.kill();
    await its.until('down', isDown);
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({
      code: 'voice.engine_down',
    });
    await expect(its.ringIn()).rejects.toMatchObject({ code: 'voice.engine_down' });
    await expect(its.engine.legs()).rejects.toMatchObject({ code: 'voice.engine_down' });
    await its.harness.revive();
    const up = await its.until('up', isUp, 30_000);
    expect(up.legs).toEqual([]);
    await its.untilSome('phoneReachable', (fact) => fact.type === 'phoneReachable' && fact.extension === phone);
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({ code: 'voice.leg_gone' });
    await its.talkingSubscriber('+33155550001');
    await its.talkingCaller();
    await its.harness.wait(3_000);
    expect(its.facts.slice(known, known + 2).map(({ type }) => type)).toEqual(['down', 'up']);
    expect(its.facts.filter((fact) => fact.type === 'hungUp')).toEqual([]);
  });
}
