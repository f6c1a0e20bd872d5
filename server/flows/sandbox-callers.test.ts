// Sandbox callers who ring in by REST.
import { expect, test } from 'vitest';
import { anIvr } from '../domain/ivr/testing/caller.ts';
import { testSpace } from '../domain/testing/space.ts';
import { startDesk } from './testing/desk.ts';

const sandboxCaller = { from: '33612345601', fromName: null, digits: [], hangUpAfterMs: null };

test.each(['', '000*'])('an extension is rung as %s and its number', async (prefix) => {
  const desk = await startDesk({ ivrs: { Menu: anIvr({ main: { start: [{ type: 'pause', length_s: 5 }] } }) } });
  const to = `${prefix}${desk.numberOf('Menu')}`;
  const arriving = desk.centre.ringIn(testSpace, { ...sandboxCaller, to });
  await desk.advance(0);
  const { call } = await arriving;
  expect(desk.eventsOf(call).find(({ type }) => type === 'ivr.entered')).toMatchObject({ caller: { dialled: to } });
});
