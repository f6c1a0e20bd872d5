import { expect, test } from 'vitest';
import { asId, type SpaceId, type TrunkId } from '../../../domain/ids.ts';
import type { TrunkSetup } from '../engine.ts';
import { directoryOf } from './directory.ts';

const trunk = (id: number, space: number, dids: string[], matchAddresses = ['192.0.2.1']): TrunkSetup => ({
  ...{ id: asId<TrunkId>(id), space: asId<SpaceId>(space), type: 'sip', host: 'carrier.example', port: 5060 },
  ...{ username: null, password: null, matchAddresses, dids },
});
const newer = trunk(9, 2, ['+33140000000', '33150000000']);
const older = trunk(3, 1, ['33140000000']);
const elsewhere = trunk(4, 3, ['33160000000'], ['198.51.100.1']);
const directory = directoryOf({ trunks: [newer, older, elsewhere], phones: [] });

test('a DID that two trunks of one carrier claim is the older one’s, whichever Asterisk names', () => {
  for (const seen of [newer, older]) expect(directory.didOn(seen.id, '+33140000000')?.trunk).toBe(older);
});

test('a DID that only another trunk of that carrier has is found there, written as it is set up', () => {
  expect(directory.didOn(older.id, '+33150000000')).toEqual({ trunk: newer, did: '33150000000' });
});

test('a DID of a carrier with other addresses is nobody’s', () => {
  expect(directory.didOn(older.id, '33160000000')).toBeNull();
});
