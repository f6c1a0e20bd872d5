import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { journalContract } from './journal.contract.ts';
import { MemoryJournal } from './memory-journal.ts';
import { anAppend } from './testing/events.ts';

const space = asId<SpaceId>(1);

journalContract('the memory journal', async () => new MemoryJournal());

test('while it is away appends wait in order, no more than allowed', async () => {
  const journal = new MemoryJournal({ maxWaiting: 3 });
  journal.goAway();
  expect(journal.available).toBe(false);
  const waiting = [journal.append(anAppend(space, { events: 2 })), journal.append(anAppend(space))];
  await expect(journal.append(anAppend(space))).rejects.toMatchObject({ code: 'journal.full' });
  expect(await journal.readSpace(space, 0, 10)).toEqual([]);
  journal.comeBack();
  await Promise.all(waiting);
  expect((await journal.readSpace(space, 0, 10)).map(({ version }) => version)).toEqual([1, 2, 1]);
});

test('closing rejects what still waits', async () => {
  const journal = new MemoryJournal();
  journal.goAway();
  const waiting = journal.append(anAppend(space));
  await journal.close();
  await expect(waiting).rejects.toMatchObject({ code: 'database.unavailable' });
  await expect(journal.append(anAppend(space))).rejects.toMatchObject({ code: 'server.draining' });
});
