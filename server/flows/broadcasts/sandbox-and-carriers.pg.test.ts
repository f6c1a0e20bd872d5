// A space with a sandbox beside a real carrier: what is not looked at for the sandbox’s sake never reaches people.
import { expect, test } from 'vitest';
import { channels } from '../../store/message-channels.ts';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
const { db, space, clock } = office;
const carrier = office.network();

test('a sandbox of the same priority as a carrier lifts no calling hours', async () => {
  await office.channel();
  const sandbox = await office.channel({ name: 'sandbox', type: 'sandbox' });
  await clock.advance(12 * 3_600_000); // 22:00 in Paris.
  const broadcast = await office.broadcast(['+33640000001', '+33640000002', '+33640000003']);
  await office.server.desk.start(space, broadcast);
  await office.run(2_000);
  expect(await office.events()).toEqual([]);
  await office.server.desk.cancel(space, broadcast);
  await db.transaction((tx) => channels.remove(tx, space, sandbox));
});

test('what was taken for the sandbox does not leave by a carrier when the sandbox goes down', async () => {
  const above = await office.channel({ name: 'above', type: 'sandbox', priority: 5 });
  const to = Array.from({ length: 400 }, (_, index) => `+33640001${String(index).padStart(3, '0')}`);
  const broadcast = await office.broadcast(to);
  const { server } = office;
  server.stopAt('begin');
  const started = server.desk.start(space, broadcast); // Its answer may be what is stopped.
  await office.run(500);
  await server.channels
    .all()
    .find(({ setup }) => setup.id === above)!
    .channel.close(0);
  server.resume();
  await started;
  await office.run(5_000);
  expect(carrier.submitted).toEqual([]);
  const states = await Promise.all(to.map(async (number) => (await office.contact(broadcast, number)).state));
  expect(new Set(states)).toEqual(new Set(['waiting']));
});
