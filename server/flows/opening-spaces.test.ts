// Spaces that come while the server runs.
import { expect, test } from 'vitest';
import { SimulatedEngine } from '../channels/voice/simulated/engine.ts';
import { Floor } from '../domain/floor.ts';
import { asId, asKey, type CallId, type LegId, type SpaceId } from '../domain/ids.ts';
import { aSpace } from '../domain/testing/space.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { Background } from '../platform/background.ts';
import { VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { RunningCentre } from './running-centre.ts';

const space = asId<SpaceId>(7);

test('a space that changes again while it is being read is read once', async () => {
  const site = await aSite();
  site.adds();
  site.changes();
  await site.clock.advance(100);
  expect(site.timesRead()).toBe(1);
  expect(site.centre.floor(space)).toBeDefined();
});

test('a space that is deleted while it is being read does not open', async () => {
  const site = await aSite();
  site.adds();
  site.removes();
  await site.clock.advance(100);
  expect(site.timesRead()).toBe(1);
  expect(site.centre.floor(space)).toBeUndefined();
});

/** A running centre without a space, whose journal takes 10 ms to read. */
async function aSite() {
  const clock = new VirtualClock();
  const background = new Background({ log: silentLog });
  const directory = aSpace({});
  let there = false;
  let read = 0;
  let changed: (space: SpaceId) => void = () => {};
  const centre = new RunningCentre({
    journal: new MemoryJournal(),
    voice: new SimulatedEngine({ clock }),
    clock,
    ids: { leg: () => asKey<LegId>('leg'), call: () => asKey<CallId>('call'), number: () => 1 },
    settings: {
      of: () => (there ? directory : undefined),
      spaces: () => [],
      onChange: (listener) => {
        changed = listener;
        return () => {};
      },
      voiceSetup: () => ({ trunks: [], phones: [] }),
      keepIvrVersions: async () => {},
    },
    ask: () => Promise.reject(new Error('No URL is asked.')),
    recover: async () => {
      read++;
      await new Promise<void>((resolve) => clock.after(10, resolve));
      return new Floor();
    },
    background,
    log: silentLog,
  });
  await centre.start();
  const becomes = (now: boolean) => () => {
    there = now;
    changed(space);
  };
  return { clock, centre, timesRead: () => read, adds: becomes(true), changes: becomes(true), removes: becomes(false) };
}
