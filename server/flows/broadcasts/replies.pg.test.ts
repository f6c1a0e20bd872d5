// What contacts write back.
import { describe, expect, test } from 'vitest';
import { instant } from '../../domain/ids.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, main, channel, aNumber, started, isDone } = await openOfficeWithTwoCarriers();
const { clock } = office;

describe('a reply', () => {
  const reply = (from: string, text: string, to = '38000', at = clock.now()) =>
    main.listener.fact({ kind: 'incoming', channel, media: 'sms', from, to, text, at });

  test('answers the newest attempt; a stop word keeps later sends from leaving', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    await office.server.caughtUp();
    await reply(to, 'Ok');
    await reply(to, 'Basta!');
    expect((await office.events(to)).slice(2)).toMatchObject([
      { type: 'attempt.answered', channel, to: '38000', text: 'Ok', optedOut: false },
      { type: 'attempt.answered', text: 'Basta!', optedOut: true },
    ]);
    await office.server.caughtUp();
    const again = await started([to]);
    await office.until(isDone(again));
    expect((await office.events(to)).slice(4)).toMatchObject([
      { type: 'attempt.begun' },
      { type: 'attempt.aborted', code: 'OPTED_OUT' },
    ]);
    expect(main.submitted.length).toBe(1);
    expect(await office.contact(again, to)).toMatchObject({ done_reason: 'opted_out' });
  });

  test('finds its message however far the projection is behind', async () => {
    const to = aNumber();
    const sender = { from: '+33199000001' };
    await office.db.transaction(async (tx) => {
      await tx.query('lock table journal_cursors in exclusive mode'); // No follower comes any further.
      await office.until(isDone(await started([to], sender)));
      await office.until(isDone(await started([to])));
      const kept = Promise.all([reply(to, 'Ok', '33199000001'), reply(to, 'Hello')]);
      await office.run(500);
      await kept;
    });
    const events = await office.events(to);
    const [first, second] = events.flatMap((event) => (event.type === 'attempt.begun' ? [event.attempt] : []));
    const answered = events.flatMap((event) =>
      event.type === 'attempt.answered' ? [`${event.text} ${event.attempt}`] : [],
    );
    // They came at the same moment, and are in either order.
    expect(answered.toSorted()).toEqual([`Hello ${second}`, `Ok ${first}`]);
  });

  test.each(['in memory', 'kept by the projection'])(
    'answers what was sent in the 72 hours before, %s, and nothing older; a stop word counts all the same',
    async (where) => {
      const to = aNumber();
      const broadcast = await started([to]);
      await office.until(isDone(broadcast));
      if (where !== 'in memory') {
        await office.server.caughtUp();
        await office.kill();
        await office.start();
      }
      const [window, sentAt] = [72 * 3_600_000, (await office.events(to))[0]!.at];
      const kept = Promise.all([
        reply(to, 'Ok', '38000', instant(sentAt + window)),
        reply(to, 'Stop', '38000', instant(sentAt + window + 5_000)),
      ]);
      await office.run(5_000);
      await kept;
      expect((await office.events(to)).slice(2)).toMatchObject([{ type: 'attempt.answered', text: 'Ok' }]);
      const unmatched = (await office.allEvents()).filter((event) => event.type === 'reply.unmatched');
      expect(unmatched.at(-1)).toMatchObject({ from: to, text: 'Stop', optedOut: true });
    },
  );

  test('from somebody to whom nothing was sent is kept', async () => {
    const from = aNumber();
    const kept = reply(from, 'Who are you?');
    await office.run(5_000);
    await kept;
    expect((await office.allEvents()).at(-1)).toMatchObject({
      type: 'reply.unmatched',
      from,
      text: 'Who are you?',
      optedOut: false,
    });
  });

  test('to another number than the one under which its channel sends answers nothing', async () => {
    const numbered = office.network('numbered');
    const channelId = await office.channel({ name: 'numbered', priority: 20, from: '+33199000038' });
    const to = aNumber();
    await office.until(isDone(await started([to])));
    const write = (text: string, our: string) =>
      numbered.listener.fact({
        ...{ kind: 'incoming', channel: channelId, media: 'sms' },
        ...{ from: to, to: our, text, at: clock.now() },
      });
    const kept = Promise.all([write('Elsewhere', '38001'), write('Ok', '33199000038')]);
    await office.run(5_000);
    await kept;
    numbered.setUp(false);
    expect((await office.events(to)).slice(2)).toMatchObject([{ type: 'attempt.answered', text: 'Ok' }]);
    expect((await office.allEvents()).at(-1)).toMatchObject({ type: 'reply.unmatched', text: 'Elsewhere' });
  });
});
