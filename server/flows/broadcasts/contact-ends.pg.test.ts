// Why a contact is done, as the list of contacts shows it: what the carrier or the contact says later counts.
import { expect, test } from 'vitest';
import { instant } from '../../domain/ids.ts';
import { nameOf } from './testing/scripted-carrier.ts';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
const { space, clock } = office;
const carrier = office.network();
const channel = await office.channel();
let numbers = 630_000_000;

/** A broadcast to one contact, who is done as far as the carrier’s answer tells. */
async function done(differing: Record<string, unknown> = {}) {
  const to = `+33${++numbers}`;
  const broadcast = await office.broadcast([to], differing);
  await office.server.desk.start(space, broadcast);
  await office.until(async () => (await office.state(broadcast)) === 'done');
  const reason = async () => (await office.contact(broadcast, to)).done_reason;
  const attempt = (await office.events(to)).at(-1)!.attempt;
  const receipt = (status: 'delivered' | 'failed', s: number) =>
    carrier.listener.fact({
      ...{ kind: 'receipt', channel, carrierId: nameOf(attempt), to },
      ...{ status, code: status === 'failed' ? '27' : '000', info: 'absent', at: instant(clock.now() + s * 1_000) },
    });
  /** Facts are looked for in memory, by the clock, before they are kept. */
  const kept = async (fact: Promise<void>) => {
    await office.run(10_000);
    await fact;
  };
  return { to, reason, receipt, kept };
}

test('a message that the carrier took and then could not deliver: failed', async () => {
  const contact = await done();
  expect(await contact.reason()).toBe('sent');
  await contact.kept(contact.receipt('failed', 1));
  expect(await contact.reason()).toBe('failed');
});

test('one that arrives after it was said to have failed: sent', async () => {
  const contact = await done();
  await contact.kept(contact.receipt('failed', 1));
  await contact.kept(contact.receipt('delivered', 2));
  expect(await contact.reason()).toBe('sent');
  await contact.kept(contact.receipt('failed', 3));
  expect(await contact.reason()).toBe('sent');
});

test('one whose outcome nobody knew: as the receipt, or the answer, tells', async () => {
  carrier.answer = () => ({ outcome: 'unknown', info: 'no answer' });
  const failed = await done();
  expect(await failed.reason()).toBe('unknown');
  await failed.kept(failed.receipt('failed', 1));
  expect(await failed.reason()).toBe('failed');
  const answered = await done({ from: '38000' });
  await office.server.caughtUp();
  const fact = { kind: 'incoming', channel, media: 'sms', from: answered.to, to: '38000', text: 'Ok' } as const;
  await answered.kept(carrier.listener.fact({ ...fact, at: clock.now() }));
  expect(await answered.reason()).toBe('sent');
});

test('a receipt that comes with the carrier’s answer is not undone by it', async () => {
  const receipts: Promise<void>[] = [];
  carrier.answer = (message) => {
    const at = instant(clock.now() + 1_000);
    queueMicrotask(() => {
      const about = { kind: 'receipt', channel, carrierId: nameOf(message.attempt), to: message.to } as const;
      receipts.push(carrier.listener.fact({ ...about, status: 'failed', code: '27', info: 'absent', at }));
    });
    return carrier.taken(message);
  };
  const contact = await done();
  await contact.kept(Promise.all(receipts).then(() => {}));
  expect(await contact.reason()).toBe('failed');
});
