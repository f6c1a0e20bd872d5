import { expect, test } from 'vitest';
import { asId, type UserId } from '../domain/ids.ts';
import { startDesk } from './testing/desk.ts';

test('log in, pause, change the pause, resume, log out: each is told once', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', begins: 'logged out' }] });
  const ana = desk.agent('Ana');
  await ana.becomes('available');
  await ana.becomes('available');
  await ana.becomes('paused', 'user1');
  await ana.becomes('paused', 'user1');
  await ana.becomes('paused', 'user2');
  expect(ana.view).toMatchObject({ state: 'paused', pause: 'user2' });
  await ana.becomes('available');
  await ana.becomes('logged_out');
  await ana.becomes('logged_out');
  const types = desk.events().map(({ type }) => type);
  expect(types.filter((type) => !type.includes('phone'))).toEqual([
    'agent.logged_in',
    'agent.paused',
    'agent.paused',
    'agent.resumed',
    'agent.logged_out',
  ]);
});

test('a logged-out agent who pauses is logged in first', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', begins: 'logged out' }] });
  await desk.agent('Ana').becomes('paused', 'user3');
  expect(desk.events('agent.logged_in')).toHaveLength(1);
  expect(desk.agent('Ana').view).toMatchObject({ state: 'paused', pause: 'user3' });
});

test('a pause needs one of the reasons of the space', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await expect(desk.agent('Ana').becomes('paused', 'lunch')).rejects.toMatchObject({ code: 'agent.unknown_pause' });
  await expect(desk.agent('Ana').becomes('paused')).rejects.toMatchObject({ code: 'agent.unknown_pause' });
});

test('the state of somebody who is no agent of the space is not found', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const user = asId<UserId>(99);
  await expect(desk.asks({ ask: 'setAgentState', user, state: 'available', pause: null })).rejects.toMatchObject({
    code: 'request.not_found',
  });
  expect(desk.events('agent.logged_in')).toHaveLength(1);
});

test('a supervisor without a phone is no agent; with one he is', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const { user } = desk.agent('Ana');
  await desk.changes((directory) => ({
    ...directory,
    users: new Map([...directory.users].map(([id, settings]) => [id, { ...settings, role: 'supervisor' }])),
  }));
  await desk.agent('Ana').becomes('paused', 'user1');
  await desk.changes((directory) => ({ ...directory, phoneOf: new Map() }));
  await expect(desk.asks({ ask: 'setAgentState', user, state: 'available', pause: null })).rejects.toMatchObject({
    code: 'request.not_found',
  });
});

test('an agent may log out in the middle of a call: it goes on, and no other follows', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await desk.agent('Ana').becomes('logged_out');
  expect(caller.hears).toBe('Ana');
  await caller.hangsUp();
  await desk.callIn('support');
  expect(desk.agent('Ana').isRung).toBe(false);
});

test('a deleted user is logged out, and a call that rings there goes to somebody else', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  await desk.callIn('support');
  const { user } = desk.agent('Ana');
  expect(desk.agent('Ana').isRung).toBe(true);
  await desk.removes({ agent: 'Ana' });
  expect(desk.events('agent.logged_out')).toMatchObject([{ user }]);
  expect(desk.agent('Ben').isRung).toBe(true);
});

test('a phone that gets another user is reachable for that one too', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', agents: ['Ben'] }] });
  desk.agent('Ben').phone.reachable(false);
  await desk.advance(0);
  const [ana, ben] = [desk.agent('Ana').user, desk.agent('Ben').user];
  await desk.changes((directory) => {
    const phone = { ...directory.phoneOf.get(ana)!, user: ben };
    return {
      ...directory,
      phoneOf: new Map([[ben, phone]]),
      extensions: new Map([...directory.extensions, [phone.id, phone]]),
      extensionsByNumber: new Map([...directory.extensionsByNumber, [phone.number, phone]]),
    };
  });
  expect(desk.agent('Ben').view.phone).toBe('free');
  await desk.callIn('support');
  expect(desk.agent('Ben').isRung).toBe(true);
});
