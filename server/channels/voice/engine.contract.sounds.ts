// Part of engine.contract.ts: sounds of the spaces, and digits that are spoken.
import { expect } from 'vitest';
import type { LegId } from '../../domain/ids.ts';
import type { VoiceFact } from './engine.ts';
import { type Case, contractSounds, type Recorder, spaceSound } from './engine.harness.ts';

export function sounding(shared: Case): void {
  shared('a sound of a space is heard for as long as it lasts', async (its) => {
    const leg = await its.talkingCaller();
    const off = Math.abs((await playedMs(its, leg, spaceSound.name)) - spaceSound.durationMs);
    expect(off).toBeLessThanOrEqual(its.harness.toleranceMs);
  });

  shared('digits are spoken one after the other', async (its) => {
    const leg = await its.talkingCaller();
    for (const digit of ['digits/4', 'digits/star']) {
      const ms = await playedMs(its, leg, digit);
      expect(ms).toBeGreaterThan(200);
      expect(ms).toBeLessThan(2_000);
    }
  });

  shared('a sound that is not there ends at once', async (its) => {
    const leg = await its.talkingCaller();
    expect(await playedMs(its, leg, 'parley/nowhere')).toBeLessThanOrEqual(its.harness.toleranceMs);
  });

  shared('who is let out of a bridge hears what is played to him at once', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const legs = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    for (let round = 0; round < 15; round++) {
      await its.engine.send({ do: 'bridge', bridge, legs });
      await its.harness.wait(100);
      const out = its.engine.send({ do: 'unbridge', bridge });
      expect(await playedMs(its, legs[0], 'digits/4')).toBeGreaterThan(200);
      await out;
    }
  });
}

export function changingSounds(alone: Case): void {
  alone('a sound that is removed is heard no more, one that comes again is', async (its) => {
    const leg = await its.talkingCaller();
    await its.engine.provideSounds([]);
    expect(await playedMs(its, leg, spaceSound.name)).toBeLessThanOrEqual(its.harness.toleranceMs);
    await its.engine.provideSounds(contractSounds);
    expect(await playedMs(its, leg, spaceSound.name)).toBeGreaterThan(spaceSound.durationMs / 2);
  });
}

async function playedMs(its: Recorder, leg: LegId, sound: string): Promise<number> {
  const playback = its.newLeg();
  const begun = its.harness.now();
  await its.engine.send({ do: 'play', leg, playback, sound });
  const isPlayed = (fact: VoiceFact) => fact.type === 'played' && fact.playback === playback;
  return (await its.untilSome(`played of ${sound}`, isPlayed)).at - begun;
}
