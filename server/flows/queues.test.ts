import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('a caller who dials a queue hears music until an agent answers', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  expect(caller.hears).toBe('music');
  expect(desk.agent('Ana').isRung).toBe(true);
  await desk.agent('Ana').answers();
  expect(caller.isTalkingTo(desk.agent('Ana'))).toBe(true);
  expect(caller.hears).toBe('Ana');
  await caller.hangsUp();
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'DIALOG_LEFT'],
  ]);
  expect(caller.outcome).toBe('answered');
  await desk.expectQuiet();
});
