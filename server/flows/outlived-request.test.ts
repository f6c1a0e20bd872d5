import { expect, test, vi } from 'vitest';
import { startDesk } from './testing/desk.ts';
import { testSpace } from '../domain/testing/space.ts';

test('who asks while the database goes away is told in time that he does not know, and what he asked is done later', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const ana = desk.agent('Ana');
  const append = desk.journal.append.bind(desk.journal);
  vi.spyOn(desk.journal, 'append').mockImplementationOnce((what) => {
    desk.journal.goAway();
    return append(what);
  });
  const ask = { ask: 'setAgentState', user: ana.user, state: 'paused', pause: 'user0' } as const;
  const answer = desk.centre.request(testSpace, ask).catch((error: unknown) => error);
  await desk.advance(5_000);
  expect(await answer).toMatchObject({ code: 'database.outcome_unknown' });
  expect(desk.events('agent.paused')).toEqual([]);

  desk.journal.comeBack();
  await desk.advance(1_000);
  expect(desk.events('agent.paused')).toMatchObject([{ user: ana.user, pause: 'user0' }]);
});
