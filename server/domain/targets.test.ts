import { expect, test } from 'vitest';
import { type Target, targetOf, type WhyNowhere } from './targets.ts';
import { aSpace, carrier, sandbox, type SpacePlan } from './testing/space.ts';

const plan: SpacePlan = { agents: ['Ana'], queues: ['support'], routes: { 301: '0155550001' } };

const outside = (number: string, trunk = carrier): Target => ({ kind: 'outside', trunk, number });
const none = (why: WhyNowhere): Target => ({ kind: 'none', why });

test.each<[dialled: string, target: object]>([
  ['101', { kind: 'phone', extension: { number: '101' } }],
  ['000*101', { kind: 'phone', extension: { number: '101' } }],
  ['201', { kind: 'queue', queue: 1 }],
  ['301', outside('0155550001', sandbox)],
  ['999#', none('not_a_number')],
  ['', none('not_a_number')],
  ['12', none('not_a_number')],
  ['hello', none('not_a_number')],
  ['123456789012345678901', none('too_long')],
])('%j leads to %j', (dialled, target) => {
  expect(targetOf(aSpace(plan), dialled)).toMatchObject(target);
});

test('an extension wins over a number outside', () => {
  expect(targetOf(aSpace(plan), '101')).toMatchObject({ kind: 'phone' });
});

test('an extension whose trunk is gone leads nowhere', () => {
  expect(targetOf({ ...aSpace(plan), trunks: new Map() }, '301')).toEqual(none('no_trunk'));
});

test.each<[dialled: string, target: Target]>([
  ['0140000000', outside('33140000000')],
  ['01 40-00.00 00', outside('33140000000')],
  ['+33140000000', outside('33140000000')],
  ['0033140000000', outside('33140000000')],
  ['+48221234567', none('prefix_not_allowed')],
  ['0048221234567', none('prefix_not_allowed')],
])('by a real trunk %j leads to %j: the own country only, unless prefixes say otherwise', (dialled, target) => {
  expect(targetOf(aSpace({ ...plan, outbound: 'carrier' }), dialled)).toEqual(target);
});

test('the allowed prefixes replace the own country', () => {
  const own = aSpace({ ...plan, outbound: 'carrier' });
  const directory = { ...own, space: { ...own.space, allowedPrefixes: ['48', '+4930'] } };
  expect(targetOf(directory, '+48221234567')).toEqual(outside('48221234567'));
  expect(targetOf(directory, '+493012345678')).toEqual(outside('493012345678'));
  expect(targetOf(directory, '+498912345678')).toEqual(none('prefix_not_allowed'));
  expect(targetOf(directory, '0140000000')).toEqual(none('prefix_not_allowed'));
});

test('the sandbox takes any number as it is', () => {
  expect(targetOf(aSpace(plan), '+48221234502')).toEqual(outside('48221234502', sandbox));
  expect(targetOf(aSpace({ ...plan, outbound: 'none' }), '0155550001')).toEqual(none('no_trunk'));
});
