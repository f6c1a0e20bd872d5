import { expect, test } from 'vitest';
import { after, asId, type SpaceId, type UserId } from '../../domain/ids.ts';
import { Background } from '../../platform/background.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { appendFrames, lockHead, writeSnapshot } from '../../projections/supervision/frame-store.ts';
import { emptyState } from '../../projections/supervision/state.ts';
import { streamSessions } from './sessions.ts';
import { keepStreamTidy } from './upkeep.ts';

const database = await testDatabase();
const space = asId<SpaceId>(1);
const hour = 3_600_000;

test('frames of more than 7 days and expired sessions go, all others stay', async () => {
  const clock = new VirtualClock();
  const background = new Background({ log: silentLog });
  const sessions = streamSessions({ database, clock });
  await sessions.open({ space, user: asId<UserId>(3) }, '127.0.0.1');
  const start = clock.now();
  await database.transaction(async (tx) => {
    await lockHead(tx, space);
    const msg = { supp: '', id_operator: 8, id_client: 1 };
    const event = { msg, type_notification: 'UI', event: 'login' } as const;
    const frames = Array.from({ length: 48 }, (_, index) => ({
      cpt: index + 1,
      at: after(start, index * hour),
      event,
    }));
    await appendFrames(tx, space, frames);
    await writeSnapshot(tx, space, { ...emptyState, cpt: 40 });
  });

  const stop = keepStreamTidy({ database, sessions, clock, background });
  const left = async () => {
    const running = background.running.length > 0;
    await expect.poll(() => background.running, { timeout: 5_000 }).toEqual([]);
    const { rows } = await database.query('select min(cpt) as oldest, count(*) as frames from supervision_frames');
    const { rows: open } = await database.query('select 1 from supervision_sessions');
    return { running, ...rows[0], sessions: open.length };
  };
  await clock.advance(10 * 60_000);
  expect(await left()).toEqual({ running: true, oldest: 1, frames: 48, sessions: 1 });
  await clock.advance(2 * hour);
  expect(await left()).toMatchObject({ oldest: 1, frames: 48, sessions: 0 });
  await clock.advance(7 * 24 * hour);
  expect(await left()).toMatchObject({ oldest: 4, frames: 45 });
  // The snapshot holds 40 of them; the later ones are needed however old they are.
  await clock.advance(7 * 24 * hour);
  expect(await left()).toMatchObject({ oldest: 41, frames: 8 });
  stop();
  await clock.advance(hour);
  expect(background.running).toEqual([]);
});
