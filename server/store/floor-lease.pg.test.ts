import { afterAll, expect, test, vi } from 'vitest';
import { Background } from '../platform/background.ts';
import { VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { FloorLease } from './floor-lease.ts';

const database = await testDatabase();
const background = new Background({ log: silentLog });
afterAll(() => background.close());

function aServer(holder: string) {
  const clock = new VirtualClock();
  const lost = vi.fn<() => void>();
  const lease = new FloorLease({ database, holder, clock, background, log: silentLog, lost });
  return { lease, clock, lost };
}

const runOut = () => database.query(`update floor_lease set until = now() - interval '1 ms'`);

test('a second server is refused, whoever comes again from the same home is not', async () => {
  const first = aServer('home one');
  await first.lease.take();
  await expect(aServer('home two').lease.take()).rejects.toMatchObject({ code: 'setup.failed' });
  const again = aServer('home one');
  await again.lease.take();
  await again.lease.giveBack();
  const second = aServer('home two');
  await second.lease.take();
  await second.lease.giveBack();
});

test('a server that renews keeps it; one that did not is told when another has it', async () => {
  const first = aServer('home one');
  await first.lease.take();
  await runOut();
  await first.clock.advance(5_000);
  await vi.waitFor(async () => {
    const { rows } = await database.query<{ kept: boolean }>('select until > now() as kept from floor_lease');
    expect(rows).toEqual([{ kept: true }]);
  }, 5_000);
  await runOut();
  const second = aServer('home two');
  await second.lease.take();
  await first.clock.advance(5_000);
  await vi.waitFor(() => expect(first.lost).toHaveBeenCalledOnce(), 5_000);
  expect(second.lost).not.toHaveBeenCalled();
  await second.lease.giveBack();
});
