// Hours are changed while contacts are put off: each is asked again once, however many there are.
import { expect, test } from 'vitest';
import type { BroadcastId } from '../../domain/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { openDirectories } from '../../store/directory.ts';
import { liveBroadcasts } from '../../store/live-broadcasts.ts';
import { ChangedHours } from './changed-hours.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, some } = await openOfficeWithTwoCarriers();
const { space, clock, db } = office;

async function hoursOf(broadcast: BroadcastId, timeZone = 'Europe/Paris') {
  const directories = await openDirectories({ db, log: silentLog });
  const settings = { ...directories.of(space)!.space, timeZone };
  await directories.close();
  const [live] = (await liveBroadcasts(db)).filter(({ id }) => id === broadcast);
  return [live!, settings, clock.now()] as const;
}

const isPutOff = `broadcast_id = $1 and due_at > to_timestamp($2::bigint / 1000.0)`;
const putOff = async (broadcast: BroadcastId) =>
  (await db.query(`select from broadcast_contacts where ${isPutOff}`, [broadcast, clock.now()])).rows.length;

test('page by page, each contact once, also who is put off again meanwhile; who was tried keeps his wait', async () => {
  await office.server.stop(1_000); // Nobody else claims.
  const broadcast = await office.broadcast(some(10_001));
  await db.query(`update broadcasts set state = 'running' where id = $1`, [broadcast]);
  const restUntilTomorrow = (more = '') =>
    db.query(`update broadcast_contacts set due_at = due_at + interval '1 day' ${more} where broadcast_id = $1`, [
      broadcast,
    ]);
  await restUntilTomorrow();
  await db.query(
    `update broadcast_contacts set attempts = 1
      where id = (select id from broadcast_contacts where broadcast_id = $1 limit 1)`,
    [broadcast],
  );

  const hours = new ChangedHours({ db });
  expect(await hours.apply(...(await hoursOf(broadcast))), 'the first hours').toBe(false);
  expect(await putOff(broadcast)).toBe(10_001);
  const changed = await hoursOf(broadcast, 'Europe/Riga');
  expect(await hours.apply(...changed), 'the first page').toBe(true);
  expect(await putOff(broadcast)).toBeLessThanOrEqual(5_002);

  const another = new ChangedHours({ db }); // Of a process that takes over.
  for (const more of [true, true, false]) expect(await another.apply(...changed)).toBe(more);
  expect(await putOff(broadcast)).toBe(1);

  await restUntilTomorrow(', attempts = 0');
  expect(await another.apply(...(await hoursOf(broadcast, 'Europe/Riga'))), 'by the same hours').toBe(false);
  expect(await hours.apply(...changed), 'the second page').toBe(true);
  expect(await hours.apply(...changed), 'the last').toBe(false);
  expect(await putOff(broadcast), 'those of the first page are not asked again').toBe(5_000);
});
