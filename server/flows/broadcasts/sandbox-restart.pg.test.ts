// What subscribers of the sandbox were going to do when the server stopped, they do after its next start: once.
import { expect, test } from 'vitest';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
const { clock } = office;
await office.channel({ type: 'sandbox' });
const numbers = { answers: '+33601020011', delivered: '+33601020012', fails: '+33601020013', silent: '+33601020014' };

const types = async (to: string) => (await office.events(to)).slice(1).map(({ type }) => type.replace('attempt.', ''));
const all = async () => ({
  answers: await types(numbers.answers),
  delivered: await types(numbers.delivered),
  fails: await types(numbers.fails),
  silent: await types(numbers.silent),
});

test('receipts and answers that were owed at a stop come after the start, with the date that they would have had', async () => {
  const sentAt = clock.now();
  for (const to of Object.values(numbers)) await office.send(to);
  await office.until(async () => Object.values(await all()).every(([first]) => first === 'sent'));
  await office.server.caughtUp();
  expect(await all()).toEqual({ answers: ['sent'], delivered: ['sent'], fails: ['sent'], silent: ['sent'] });
  await office.kill();
  await office.start();
  await office.run(70_000);
  expect(await all()).toEqual({
    answers: ['sent', 'received', 'answered'],
    delivered: ['sent', 'received'],
    fails: ['sent', 'failed'],
    silent: ['sent'],
  });
  expect((await office.events(numbers.delivered)).at(-1)!.at - sentAt).toBeLessThan(5_000);
});

test('an answer that was owed when its receipt had been told', async () => {
  const to = '+33601030011';
  await office.send(to);
  await office.until(async () => (await types(to)).includes('received'));
  await office.server.caughtUp();
  await office.kill();
  await office.start();
  await office.run(70_000);
  expect(await types(to)).toEqual(['sent', 'received', 'answered']);
});
