// Every way out by a real trunk has the same gate (domain/rules/dialable.ts has its table).
import { describe, expect, test } from 'vitest';
import { carrier, sandbox } from '../domain/testing/space.ts';
import { anAttempt } from '../projections/dialogs/testing/campaign.ts';
import { startDesk } from './testing/desk.ts';

const refused: [what: string, number: string, code: string][] = [
  ['premium', '0899123456', 'call.not_allowed'],
  ['shared cost', '0810123456', 'call.not_allowed'],
  ['abroad', '+48221234567', 'call.not_allowed'],
  ['a satellite', '+881612345678', 'call.not_allowed'],
  ['longer than any number', '+331400000001234', 'call.unknown_target'],
  ['no number', '33', 'call.unknown_target'],
];

const strict = { agents: ['Ana', 'Ben'], outbound: 'carrier' } as const;

describe.each(refused)('%s', (_what, number, code) => {
  test('is not called for an agent, by REST or when he is asked to', async () => {
    const desk = await startDesk({ ...strict, agents: [...strict.agents] });
    await expect(desk.agent('Ana').callsByRest(number)).rejects.toMatchObject({ code });
    await expect(desk.agent('Ana').callsByRest(number, 'pushcall')).rejects.toMatchObject({ code });
    expect(desk.events('call.created')).toEqual([]);
  });

  test('is not dialled from a phone', async () => {
    const desk = await startDesk({ ...strict, agents: [...strict.agents] });
    await desk.agent('Ana').dials(number);
    await desk.advance(1_000);
    expect(desk.events('call.ended')).toMatchObject([{ outcome: 'failed' }]);
    expect(desk.events('leg.created')).toHaveLength(1);
  });

  test('is no forward and no transfer', async () => {
    const forward = { always: number };
    const desk = await startDesk({ ...strict, agents: [{ name: 'Ana', forward }, 'Ben'] });
    const forwarded = await desk.callIn('Ana');
    expect(forwarded.outcome).toBe('failed');
    const talking = await desk.callIn('Ben');
    await desk.agent('Ben').answers();
    for (const kind of ['blind', 'consultative'] as const) {
      await expect(desk.agent('Ben').transfers(number, kind)).rejects.toMatchObject({ code });
    }
    expect(talking.hears).toBe('Ben');
    expect(desk.events('route.entered')).toEqual([]);
  });
});

test('the contact of a campaign passes the same gate', async () => {
  const desk = await startDesk({ ...strict, agents: [...strict.agents] });
  const calls = (number: string, trunk = carrier) => {
    const { dial } = anAttempt();
    const campaign = anAttempt({ dial: { ...dial, number, trunk } });
    return desk.asks({ ask: 'callContact', user: desk.agent('Ana').user, campaign });
  };
  await expect(calls('33899123456')).rejects.toMatchObject({ code: 'call.not_allowed' });
  await expect(calls('48221234567')).rejects.toMatchObject({ code: 'call.not_allowed' });
  await calls('33899123456', sandbox);
  await desk.advance(1_000);
  expect(desk.events('route.dialled')).toHaveLength(1);
});

test('it is told which field is to blame, and why', async () => {
  const desk = await startDesk({ ...strict, agents: [...strict.agents] });
  await expect(desk.agent('Ana').callsByRest('0899123456')).rejects.toMatchObject({
    message: '0899123456 may not be called from this space.',
    errors: [{ path: 'to', message: 'is a premium-rate number' }],
  });
});

test('what an administrator has set up as a route is dialled as he wrote it', async () => {
  const desk = await startDesk({ ...strict, agents: [...strict.agents], routes: { 301: '7001' } });
  await desk.callIn('301');
  expect(desk.events('route.dialled')).toHaveLength(1);
});

test('a number abroad that is one of the own country’s too, without its country code, is not mistaken for it', async () => {
  const desk = await startDesk({ ...strict, agents: [...strict.agents] });
  const german = { country: 'DE', allowedPrefixes: ['49', '48'] };
  await desk.changes((directory) => ({ ...directory, space: { ...directory.space, ...german } }));
  await desk.agent('Ana').callsByRest('+48221234567');
  await desk.advance(1_000);
  expect(desk.events('route.entered')).toMatchObject([{ to: '48221234567' }]);
  const { dial } = anAttempt();
  const campaign = anAttempt({ dial: { ...dial, number: '48221234567', trunk: carrier } });
  await desk.asks({ ask: 'callContact', user: desk.agent('Ben').user, campaign });
  await desk.advance(1_000);
  expect(desk.events('route.entered').at(-1)).toMatchObject({ to: '48221234567' });
});

test('an agent who places a call to a route gets its number, by its trunk', async () => {
  const desk = await startDesk({ ...strict, agents: [...strict.agents], routes: { 301: '7001' } });
  await desk.agent('Ana').callsByRest('301');
  await desk.advance(1_000);
  expect(desk.events('route.dialled')).toMatchObject([{ trunk: carrier }]);
});
