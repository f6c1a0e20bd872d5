import { expect, test } from 'vitest';
import { mayDial, type NumberRefusal } from './dialable.ts';

const carrier = { sandbox: false };
const space = (country: string, ...allowedPrefixes: string[]) => ({ country, allowedPrefixes });

test.each<[written: string, country: string, dialled: string]>([
  ['0140000000', 'FR', '33140000000'],
  ['01 40-00.00 00', 'FR', '33140000000'],
  ['(01) 40/00/00/00', 'FR', '33140000000'],
  ['+33140000000', 'FR', '33140000000'],
  ['0033140000000', 'FR', '33140000000'],
  ['33140000000', 'FR', '33140000000'],
  ['+33 (0)1 40 00 00 00', 'FR', '33140000000'],
  ['0155550001', 'FR', '33155550001'],
  ['0800123456', 'FR', '33800123456'],
  ['020 7946 0000', 'GB', '442079460000'],
  ['22 123 45 67', 'PL', '48221234567'],
  ['0612345678', 'IT', '390612345678'],
  ['(212) 555-0123', 'US', '12125550123'],
  ['011 1 212 555 0123', 'US', '12125550123'],
])('%s in %s is dialled as %s', (written, country, dialled) => {
  expect(mayDial(written, space(country), carrier)).toEqual({ ok: true, number: dialled });
});

test.each<[written: string, country: string, why: NumberRefusal]>([
  ['', 'FR', 'not_a_number'],
  ['12', 'FR', 'not_a_number'],
  ['hello', 'FR', 'not_a_number'],
  ['999#', 'FR', 'not_a_number'],
  ['+', 'FR', 'not_a_number'],
  ['++33140000000', 'FR', 'not_a_number'],
  ['+33140000000;phone-context=x', 'FR', 'not_a_number'],
  ['٠١٤٠٠٠٠٠٠٠', 'FR', 'not_a_number'],
  ['3912', 'FR', 'not_a_number'],
  ['112', 'FR', 'not_a_number'],
  ['+3314000000', 'FR', 'not_a_number'],
  ['+331400000001', 'FR', 'not_a_number'],
  ['+999123456789', 'FR', 'not_a_number'],
  ['+3314000000000000', 'FR', 'too_long'],
  ['00331400000000000000', 'FR', 'too_long'],
  ['1'.repeat(1_000), 'FR', 'too_long'],
  ['+48221234567', 'FR', 'prefix_not_allowed'],
  ['0048221234567', 'FR', 'prefix_not_allowed'],
  ['48221234567', 'FR', 'prefix_not_allowed'],
  ['+1 876 555 1234', 'US', 'prefix_not_allowed'],
  ['+44 1534 123456', 'GB', 'prefix_not_allowed'],
  ['0899 12 34 56', 'FR', 'premium'],
  ['+33 899 12 34 56', 'FR', 'premium'],
  ['+33 0 899 12 34 56', 'FR', 'premium'],
  ['0909 879 0000', 'GB', 'premium'],
  ['701 234 567', 'PL', 'premium'],
  ['900 234 5678', 'US', 'premium'],
  ['0900 1 123456', 'DE', 'premium'],
  ['0900 1 123456 99', 'DE', 'premium'],
  ['+979 1 2345 6789', 'FR', 'premium'],
  ['0810 12 34 56', 'FR', 'shared_cost'],
  ['801 234 567', 'PL', 'shared_cost'],
  ['+808 1234 5678', 'FR', 'shared_cost'],
  ['+870 773 111 632', 'FR', 'satellite'],
  ['00870 773 111 632', 'FR', 'satellite'],
  ['870773111632', 'FR', 'satellite'],
  ['+874 773 111 632', 'FR', 'satellite'],
  ['+881 6 1234 5678', 'FR', 'satellite'],
  ['+882 13 312345', 'FR', 'satellite'],
  ['+883 5100 12345', 'FR', 'satellite'],
  ['011 881 6 1234 5678', 'US', 'satellite'],
])('%s in %s is refused: %s', (written, country, why) => {
  expect(mayDial(written, space(country), carrier)).toEqual({ ok: false, why });
});

test('allowed prefixes replace the own country', () => {
  const own = space('FR', '48', '+4930');
  expect(mayDial('+48221234567', own, carrier)).toMatchObject({ ok: true });
  expect(mayDial('+493012345678', own, carrier)).toMatchObject({ ok: true });
  expect(mayDial('+498912345678', own, carrier)).toEqual({ ok: false, why: 'prefix_not_allowed' });
  expect(mayDial('0140000000', own, carrier)).toEqual({ ok: false, why: 'prefix_not_allowed' });
  expect(mayDial('+1 876 555 1234', space('US', '1'), carrier)).toMatchObject({ ok: true });
});

test.each(['+48701234567', '+48801234567', '+881612345678', '+979123456789'])('no prefix lets %s through', (number) => {
  const own = space('PL', number.slice(1, 4), '4', '8', '9');
  expect(mayDial(number, own, carrier)).toMatchObject({ ok: false });
});

test.each<[written: string, dialled: string]>([
  ['+48221234502', '48221234502'],
  ['0899 12 34 56', '0899123456'],
  ['+881612345678', '881612345678'],
  ['102', '102'],
  ['0048221234502', '0048221234502'],
])('a sandbox trunk takes %s', (written, dialled) => {
  expect(mayDial(written, space('FR'), { sandbox: true })).toEqual({ ok: true, number: dialled });
});

test('a sandbox trunk takes numbers only, and none longer than there are', () => {
  expect(mayDial('hello', space('FR'), { sandbox: true })).toEqual({ ok: false, why: 'not_a_number' });
  expect(mayDial('1'.repeat(16), space('FR'), { sandbox: true })).toEqual({ ok: false, why: 'too_long' });
});
