// Whatever happens in a call centre, each dialog's story is whole: told from its creation to its close, once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialogBody } from '../../../contract/dialogs.ts';
import type { Event } from '../../domain/events.ts';
import { anyDay } from '../../flows/testing/any-day.ts';
import { liveThrough } from '../../flows/testing/random-day.ts';
import { toldOf } from './testing/told.ts';

test(
  'each dialog is created once, goes on and not back, and closes once, as the last',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(anyDay, async (day) => {
        expect(await liveThrough(day, faultsIn)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  },
);

function faultsIn(events: readonly Event[]): string[] {
  const told = toldOf(events).filter((body) => 'dialog_uuid' in body);
  const dialogs = Map.groupBy(told, (body) => body.dialog_uuid);
  const legs = new Set<string>(events.flatMap((event) => (event.type === 'leg.created' ? [event.leg] : [])));
  return [
    ...[...legs].flatMap((leg) => (dialogs.has(leg) ? [] : [`${leg}: a leg of which nothing is told`])),
    ...[...dialogs].flatMap(([dialog, bodies]) => faultsOfStory(bodies).map((fault) => `${dialog}: ${fault}`)),
  ];
}

const order = ['ringing', 'alerting', 'answered', 'talking'];

function faultsOfStory(bodies: readonly DialogBody[]): string[] {
  const faults: string[] = [];
  const count = (name: string) => bodies.filter((body) => body.event_name === name).length;
  if (bodies[0]?.event_name !== 'dialog_create' || count('dialog_create') !== 1) faults.push('not created first, once');
  if (bodies.at(-1)?.event_name !== 'dialog_close' || count('dialog_close') !== 1) faults.push('not closed last, once');
  const states = bodies.flatMap((body) => ('state' in body ? [order.indexOf(body.state)] : []));
  if (states.some((state, index) => index > 0 && state <= states[index - 1]!)) faults.push(`states ${states.join()}`);
  const times = bodies.map(({ event_time }) => event_time);
  if (times.join() !== times.toSorted().join()) faults.push(`times ${times.join()}`);
  const holds = bodies.flatMap(({ event_name }) => (event_name.endsWith('hold') ? [event_name] : []));
  if (holds.some((name, index) => name !== (index % 2 === 0 ? 'dialog_hold' : 'dialog_unhold')))
    faults.push(holds.join());
  return faults;
}
