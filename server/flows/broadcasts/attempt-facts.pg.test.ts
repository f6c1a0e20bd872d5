// What an attempt says of itself when it begins, as its reports need it later.
import { expect, test } from 'vitest';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
await office.channel();

test('an attempt says so when its broadcast’s reports shall not be extended, and only then', async () => {
  const [plain, extended] = ['+33620000001', '+33620000002'];
  for (const [to, differing] of [
    [plain, { extended: false }],
    [extended, {}],
  ] as const) {
    const broadcast = await office.broadcast([to], differing);
    await office.server.desk.start(office.space, broadcast);
    await office.until(async () => (await office.state(broadcast)) === 'done');
  }
  expect(await office.events(plain)).toMatchObject([{ about: { extended: false } }, { type: 'attempt.sent' }]);
  expect((await office.events(extended))[0]).not.toHaveProperty('about.extended');
});
