import { expect, test } from 'vitest';
import { whenTaken, whenUnanswered } from '../../domain/contacts/attempt.ts';
import {
  asId,
  asKey,
  type AttemptId,
  type ChannelId,
  type ContactId,
  instant,
  type SpaceId,
} from '../../domain/ids.ts';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import { AttemptLog } from './attempt-log.ts';

const space = asId<SpaceId>(1);
const channel = asId<ChannelId>(1);
const at = instant(Date.UTC(2026, 0, 6, 9));
const attempts = Array.from({ length: 20 }, (_, index) => asKey<AttemptId>(`attempt ${index}`));

function begun(attempt: AttemptId) {
  const about = {
    ...({ media: 'sms', broadcast: null, contact: asKey<ContactId>('ana'), to: '+33612345678', from: null } as const),
    ...{ refExterne: null, number: 1, channel, username: '123456789', timeZone: 'Europe/Paris' },
  };
  return { type: 'attempt.begun', attempt, at, about } as const;
}

/** That remembers next to nothing; `conflicts`: how many appends the journal has refused. */
function forgetful() {
  const journal = new MemoryJournal();
  const refused: unknown[] = [];
  const log = new AttemptLog({
    journal: {
      readStreams: (...which) => journal.readStreams(...which),
      append: (append) => {
        const appended = journal.append(append);
        appended.catch((error: unknown) => refused.push(error));
        return appended;
      },
    },
    leastKnown: 1,
  });
  return { log, journal, refused };
}

test('what is decided of many attempts at once is decided on what is known of each, however few are remembered', async () => {
  const { log, journal, refused } = forgetful();
  await Promise.all(attempts.map((attempt) => log.begin(space, attempt, [begun(attempt)])));
  await Promise.all(
    attempts.map((attempt, index) =>
      log.write(space, attempt, (state) =>
        index % 2 === 0
          ? whenTaken(state, { attempt, at, channel, carrierIds: [`${index}`], size: 7 })
          : whenUnanswered(state, { attempt, at, info: 'The carrier hung up.' }),
      ),
    ),
  );
  expect(
    journal
      .all(space)
      .slice(20)
      .map(({ event }) => event.type),
  ).toEqual(attempts.map((_, index) => (index % 2 === 0 ? 'attempt.sent' : 'attempt.outcome_unknown')));
  expect(refused).toEqual([]);
});

test('two decisions on one attempt follow one another, and an attempt begins once', async () => {
  const { log, refused } = forgetful();
  const [attempt] = attempts as [AttemptId];
  await log.begin(space, attempt, [begun(attempt)]);
  const taken = () =>
    log.write(space, attempt, (state) => whenTaken(state, { attempt, at, channel, carrierIds: ['a'], size: 7 }));
  const [first, second, again] = await Promise.all([taken(), taken(), log.begin(space, attempt, [begun(attempt)])]);
  expect([first, second, again].map(({ events }) => events.length)).toEqual([1, 0, 0]);
  expect(refused).toEqual([]);
});
