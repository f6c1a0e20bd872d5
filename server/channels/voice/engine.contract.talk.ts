// Part of engine.contract.ts: what is done with legs that talk, and how they end.
import { expect } from 'vitest';
import { asKey, type LegId } from '../../domain/ids.ts';
import type { VoiceCommand, VoiceFact } from './engine.ts';
import type { Case, Recorder } from './engine.harness.ts';

export function talking(shared: Case): void {
  shared('bridges hold exactly the named legs, through hold, moves and digits', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const other = `other-${its.newLeg()}`;
    const members = async (name: string) => (await its.harness.membersOf(name)).toSorted();
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550007')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    expect(await its.next(ben, 'digit')).toMatchObject({ digit: '2' });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());

    await its.engine.send({ do: 'hold', leg: ana });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    const cleo = await its.talkingSubscriber('+33155550001');
    await its.engine.send({ do: 'bridge', bridge: other, legs: [ben, cleo] });
    expect(await members(bridge)).toEqual([ana]);
    expect(await members(other)).toEqual([ben, cleo].toSorted());

    await its.engine.send({ do: 'unhold', leg: ana });
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben, cleo] });
    expect(await members(bridge)).toEqual([ana, ben, cleo].toSorted());
    expect(await members(other)).toEqual([]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, cleo] });
    expect(await members(bridge)).toEqual([ana, cleo].toSorted());
    await its.engine.send({ do: 'unbridge', bridge });
    expect(await members(bridge)).toEqual([]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    for (const leg of [ana, ben, cleo]) expect(its.of(leg).map(({ type }) => type)).not.toContain('hungUp');
  });

  shared('a bridge is made anew while the old one of that name is still being taken down', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const legs = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    await its.engine.send({ do: 'bridge', bridge, legs });
    for (let round = 0; round < 20; round++) {
      await Promise.all([its.engine.send({ do: 'unbridge', bridge }), its.engine.send({ do: 'bridge', bridge, legs })]);
    }
    expect((await its.harness.membersOf(bridge)).toSorted()).toEqual(legs.toSorted());
  });

  shared('the engine says which legs live, who has answered and who is in which bridge', async (its) => {
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    const [waiting, ringing] = [await its.ringIn(), await its.originate('+33155550003')];
    const bridge = `talk-${ana}`;
    await its.next(ringing, 'ringing');
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    const legsOfMine = async () => {
      const mine = new Map((await its.engine.legs()).map((live) => [live.leg, live]));
      return [ana, ben, waiting, ringing].map((leg) => mine.get(leg));
    };
    expect(await legsOfMine()).toEqual([
      { leg: ana, answered: true, bridge },
      { leg: ben, answered: true, bridge },
      { leg: waiting, answered: false, bridge: null },
      { leg: ringing, answered: false, bridge: null },
    ]);
    await its.engine.send({ do: 'hangUp', leg: ben, cause: 16 });
    await its.next(ben, 'hungUp');
    await its.engine.send({ do: 'unbridge', bridge });
    expect((await legsOfMine()).slice(0, 2)).toEqual([{ leg: ana, answered: true, bridge: null }, undefined]);
  });

  shared('one who hangs up leaves the bridge, the other one stays', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550008')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await its.next(ben, 'hungUp')).toMatchObject({ q850: 16, by: 'party' });
    await its.harness.wait(300);
    expect(await its.harness.membersOf(bridge)).toEqual([ana]);
    expect(its.of(ana).map(({ type }) => type)).not.toContain('hungUp');
  });

  shared('music and digits of ours are no facts', async (its) => {
    const leg = await its.talkingCaller();
    await its.engine.send({ do: 'startMusic', leg });
    await its.harness.wait(500);
    await its.engine.send({ do: 'stopMusic', leg });
    await its.engine.send({ do: 'sendDigits', leg, digits: '12#' });
    await its.harness.wait(1_500);
    expect(its.of(leg).map(({ type }) => type)).toEqual(['arrived', 'answered']);
  });

  shared('a sound ends by itself, a tone when it is stopped, both when the leg is bridged', async (its) => {
    const leg = await its.talkingCaller();
    const [sound, tone, cutOff] = [its.newLeg(), its.newLeg(), its.newLeg()];
    const isPlayed = (playback: string) => (fact: VoiceFact) => fact.type === 'played' && fact.playback === playback;
    await its.engine.send({ do: 'play', leg, playback: sound, sound: its.harness.shortSound });
    expect(await its.next(leg, 'played')).toMatchObject({ playback: sound });

    await its.engine.send({ do: 'play', leg, playback: tone, sound: 'tone:ring' });
    await its.harness.wait(3_000);
    expect(its.of(leg).some(isPlayed(tone))).toBe(false);
    await its.engine.send({ do: 'stopPlay', leg, playback: tone });
    await its.untilSome('played of the tone', isPlayed(tone));

    // Under a name that is just being given up.
    await its.engine.send({ do: 'play', leg, playback: cutOff, sound: 'tone:ring' });
    await Promise.all([
      its.engine.send({ do: 'stopPlay', leg, playback: cutOff }),
      its.engine.send({ do: 'play', leg, playback: cutOff, sound: 'tone:busy' }),
    ]);
    await its.untilSome('played of what was stopped', isPlayed(cutOff));
    await its.harness.wait(500);
    await its.engine.send({ do: 'bridge', bridge: `talk-${leg}`, legs: [leg] });
    const cutOffs = () => its.of(leg).filter(isPlayed(cutOff)).length;
    await its.untilSome('played of what the bridge cut off', () => cutOffs() === 2);
    expect(its.of(leg).filter(({ type }) => type === 'played')).toHaveLength(4);
  });

  shared('a conversation is recorded until it is stopped, or until all have left', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const [stopped, left] = [its.newLeg(), its.newLeg()];
    const recorded = (recording: string) =>
      its.untilSome('recorded', (fact) => fact.type === 'recorded' && fact.recording === recording);
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    await its.engine.send({ do: 'record', bridge, recording: stopped });
    await its.harness.wait(2_000);
    await its.engine.send({ do: 'stopRecord', recording: stopped });
    await recorded(stopped);
    expect(await its.harness.recordingExists(stopped, 1_000)).toBe(true);

    await its.engine.send({ do: 'record', bridge, recording: left });
    await its.harness.wait(1_500);
    await its.engine.send({ do: 'hangUp', leg: ana, cause: 16 });
    await its.engine.send({ do: 'hangUp', leg: ben, cause: 16 });
    await recorded(left);
    expect(await its.harness.recordingExists(left, 1_000)).toBe(true);
    expect(
      its.facts.filter((fact) => fact.type === 'recorded' && [stopped, left].includes(asKey(fact.recording))),
    ).toHaveLength(2);
  });

  shared('what has stopped already may be stopped again', async (its) => {
    const leg = await its.talkingCaller();
    const bridge = `talk-${leg}`;
    await its.engine.send({ do: 'bridge', bridge, legs: [leg] });
    const stops: VoiceCommand[] = [
      { do: 'unbridge', bridge },
      { do: 'unbridge', bridge },
      { do: 'unhold', leg },
      { do: 'stopMusic', leg },
      { do: 'stopPlay', leg, playback: 'none' },
      { do: 'stopRecord', recording: 'none' },
    ];
    for (const stop of stops) await expect(its.engine.send(stop)).resolves.toBeUndefined();
  });

  shared('a bridge that does not exist is not recorded', async (its) => {
    const command: VoiceCommand = { do: 'record', bridge: `none-${its.newLeg()}`, recording: its.newLeg() };
    await expect(its.engine.send(command)).rejects.toMatchObject({ code: 'voice.command_failed' });
  });
}

export function ending(shared: Case): void {
  shared('every command for a leg that is gone, or never was, is refused', async (its) => {
    const gone = await its.talkingCaller();
    const alive = await its.talkingCaller();
    await its.engine.send({ do: 'hangUp', leg: gone, cause: 16 });
    await its.next(gone, 'hungUp');
    for (const leg of [gone, its.newLeg()]) {
      const commands: VoiceCommand[] = [
        { do: 'ring', leg },
        { do: 'answer', leg },
        { do: 'bridge', bridge: `talk-${alive}`, legs: [alive, leg] },
        { do: 'hold', leg },
        { do: 'unhold', leg },
        { do: 'startMusic', leg },
        { do: 'stopMusic', leg },
        { do: 'play', leg, playback: 'p', sound: its.harness.shortSound },
        { do: 'stopPlay', leg, playback: 'p' },
        { do: 'sendDigits', leg, digits: '1' },
        { do: 'hangUp', leg, cause: 16 },
      ];
      for (const command of commands) {
        const refusal = expect.objectContaining({ code: 'voice.leg_gone' });
        const outcome = await its.engine.send(command).catch((error: unknown) => error);
        expect({ command, outcome }).toEqual({ command, outcome: refusal });
      }
    }
    expect(await its.harness.membersOf(`talk-${alive}`)).toEqual([]);
  });

  shared('a leg that both sides hang up at the same moment ends once', async (its) => {
    const leg = await its.ringIn({ hangUpAfterMs: 1_000 });
    await its.harness.wait(1_000 - (its.harness.now() - its.begunAt(leg)));
    await hangUpTwice(its, leg);
    await its.next(leg, 'hungUp');
  });

  shared('a leg that we hang up twice ends once', async (its) => {
    const leg = await its.talkingCaller();
    await hangUpTwice(its, leg);
    expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({ code: 'voice.leg_gone' });
  });
}

/** Both at once; each may come too late, but for no other reason fail. */
async function hangUpTwice(its: Recorder, leg: LegId): Promise<void> {
  const command: VoiceCommand = { do: 'hangUp', leg, cause: 16 };
  for (const outcome of await Promise.allSettled([its.engine.send(command), its.engine.send(command)])) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'voice.leg_gone' });
  }
}
