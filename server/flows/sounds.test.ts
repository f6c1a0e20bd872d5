import { afterEach, expect, test } from 'vitest';
import type { SoundSetup } from '../channels/voice/engine.ts';
import type { Directory, PlayableSound } from '../domain/directory.ts';
import { asId, type SpaceId } from '../domain/ids.ts';
import type { SoundRef } from '../domain/ivr/definition.ts';
import { aSpace } from '../domain/testing/space.ts';
import { Background } from '../platform/background.ts';
import { VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { Sounds } from './sounds.ts';

const opened: Sounds[] = [];
afterEach(() => Promise.all(opened.splice(0).map((sounds) => sounds.close())));

/** Two spaces with a sound each, and an engine that notes what it is given. */
function aSite({ takes = async () => {} }: { takes?: () => Promise<void> } = {}) {
  const clock = new VirtualClock();
  const spaces = new Map<SpaceId, Directory>();
  const given: string[][] = [];
  const provided: SoundSetup[] = [];
  let changed: (space: SpaceId) => void = () => undefined;
  const sounds = new Sounds({
    clock,
    log: silentLog,
    background: new Background({ log: silentLog }),
    read: async (sound) => ({ wav8k: Buffer.from(`narrow ${sound}`), wav16k: Buffer.from(`wide ${sound}`) }),
    directories: {
      of: (space) => spaces.get(space),
      spaces: () => [...spaces.keys()],
      onChange(listener) {
        changed = listener;
        return () => (changed = () => undefined);
      },
    },
    voice: {
      async provideSounds(all) {
        given.push(all.map(({ name }) => name));
        provided.splice(0, provided.length, ...all);
        await takes();
      },
    },
  });
  opened.push(sounds);
  const has = (space: number, ids: number[]) => {
    const known = ids.map((id) => ({ id, sound: { name: `parley/${id}`, durationMs: id * 100 } }));
    const both = new Map<SoundRef, PlayableSound>();
    for (const { id, sound } of known) both.set(`${id}.wav`, sound).set(id, sound);
    spaces.set(asId<SpaceId>(space), { ...aSpace({}), sounds: both });
    changed(asId<SpaceId>(space));
  };
  has(1, [1]);
  has(2, [2]);
  return { sounds, clock, given, provided, has };
}

test('at the start the engine is given the sounds of all spaces, each once, with its files', async () => {
  const site = aSite();
  await site.sounds.start();
  expect(site.given).toEqual([['parley/1', 'parley/2']]);
  expect(site.provided[1]).toMatchObject({ durationMs: 200 });
  expect(String((await site.provided[1]!.read())?.wav8k)).toBe('narrow 2');
});

test('a sound that comes or goes is told; whoever waits for that knows when', async () => {
  const site = aSite();
  await site.sounds.start();
  site.has(1, [1, 3]);
  await site.sounds.settled(1_000);
  expect(site.given.at(-1)).toEqual(['parley/1', 'parley/3', 'parley/2']);
  site.has(1, []);
  await site.sounds.settled(1_000);
  expect(site.given.at(-1)).toEqual(['parley/2']);
});

test('changes that come while the engine takes the last ones are given together', async () => {
  const taking = Promise.withResolvers<void>();
  const site = aSite({ takes: () => taking.promise });
  const started = site.sounds.start();
  await site.clock.advance(0);
  for (const id of [3, 4, 5]) site.has(1, [id]);
  taking.resolve();
  await started;
  await site.sounds.settled(1_000);
  expect(site.given).toEqual([
    ['parley/1', 'parley/2'],
    ['parley/5', 'parley/2'],
  ]);
});

test('what the engine could not take it is given again, and again later', async () => {
  const failures = [1, 2];
  const site = aSite({
    takes: async () => void (failures.pop() && (await Promise.reject(new Error('The disk is full.')))),
  });
  await site.sounds.start();
  expect(site.given).toHaveLength(1);
  await site.clock.advance(1_000);
  expect(site.given).toHaveLength(2);
  await site.clock.advance(1_999);
  expect(site.given).toHaveLength(2);
  await site.clock.advance(1);
  expect(site.given).toHaveLength(3);
  await site.clock.advance(600_000);
  expect(site.given).toHaveLength(3);
});

test('nobody waits for an engine that does not come to an end', async () => {
  const never = Promise.withResolvers<void>();
  const site = aSite({ takes: () => never.promise });
  void site.sounds.start();
  const waiting = site.sounds.settled(5_000);
  await site.clock.advance(5_000);
  await waiting;
  never.resolve();
});
