// What carriers tell of messages that they took.
import { describe, expect, test } from 'vitest';
import { asKey } from '../../domain/ids.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, main, channel, aNumber, started, isDone, types, attemptAt, receipt } =
  await openOfficeWithTwoCarriers();
const { clock } = office;

describe('a receipt', () => {
  test('may come twice, late, and against what was said before', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    const attempt = await attemptAt(to);
    await receipt(attempt, { at: 5_000 });
    await receipt(attempt, { at: 5_000 });
    await receipt(attempt, { status: 'failed', at: 9_000 });
    await receipt(attempt, { at: 12_000 });
    expect((await office.events(to)).slice(2)).toMatchObject([
      { type: 'attempt.received', at: 5_000 },
      { type: 'attempt.failed', at: 9_000, retry: false },
      { type: 'attempt.received', at: 12_000 },
    ]);
  });

  test('before the answer to the submit waits for it', async () => {
    const to = aNumber();
    const early: Promise<void>[] = [];
    main.answer = async (message) => {
      early.push(receipt(message.attempt));
      await new Promise<void>((resolve) => clock.after(400, resolve));
      return main.taken(message);
    };
    const broadcast = await started([to]);
    await office.until(isDone(broadcast));
    await office.run(1_000);
    await Promise.all(early);
    expect(await types(to)).toEqual(['attempt.begun', 'attempt.sent', 'attempt.received']);
  });

  test('for an id that nobody knows is acknowledged in the end, and counted; the log is not filled', async () => {
    const before = await office.server.foreignReceipts();
    let kept = 0;
    const taking = ['d', 'e', 'f'].map((digit) => receipt(asKey(digit.repeat(24))).then(() => kept++));
    await office.run(10_000);
    await Promise.all(taking);
    expect([kept, await office.server.foreignReceipts()]).toEqual([3, before + 3]);
    const foreign = () => office.server.logged.filter(({ msg }) => msg.startsWith('a receipt for a message'));
    expect(foreign()).toMatchObject([{ channel }]);
    await office.run(60_000);
    expect(foreign()).toMatchObject([{ channel }, { channel, times: 2 }]);
  });

  test('after a restart finds its attempt', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    await office.server.caughtUp();
    await office.kill();
    await office.start();
    const kept = receipt(await attemptAt(to));
    await office.run(1_000);
    await kept;
    expect(await types(to)).toEqual(['attempt.begun', 'attempt.sent', 'attempt.received']);
  });
});
