import { expect, test } from 'vitest';
import { asId, type ExtensionId, type SpaceId, type TrunkId } from '../../../domain/ids.ts';
import type { PhoneSetup, TrunkSetup } from '../engine.ts';
import {
  changesBetween,
  fingerprintOf,
  isFingerprint,
  objectsBelow,
  type PjsipObject,
  pjsipObjects,
} from './provisioning.ts';

const space = asId<SpaceId>(1);
const media = { mediaAddress: null };
const aTrunk = (differs: Partial<TrunkSetup> = {}): TrunkSetup => ({
  id: asId<TrunkId>(5),
  space,
  type: 'sip',
  host: 'sip.example.org',
  port: 5070,
  username: null,
  password: null,
  matchAddresses: ['192.0.2.1', '192.0.2.2:5080'],
  dids: ['100'],
  ...differs,
});
const aPhone = (differs: Partial<PhoneSetup> = {}): PhoneSetup => ({
  extension: asId<ExtensionId>(12),
  space,
  number: '12',
  displayName: 'Ana',
  sandbox: false,
  username: 'ana',
  password: 'secret',
  ...differs,
});

const names = (objects: readonly PjsipObject[]) => objects.map(({ type, id }) => `${type} ${id}`);
const fieldsOf = (objects: readonly PjsipObject[], name: string) =>
  objects.find(({ type, id }) => `${type} ${id}` === name)!.fields.map(([key, value]) => `${key}=${value}`);

test('a trunk without credentials is dialled and recognised, and does not register', () => {
  const objects = pjsipObjects({ trunks: [aTrunk()], phones: [] }, media);
  expect(names(objects)).toEqual(['aor trunk-5', 'endpoint trunk-5', 'identify trunk-5']);
  expect(fieldsOf(objects, 'aor trunk-5')).toEqual(['contact=sip:sip.example.org:5070']);
  expect(fieldsOf(objects, 'identify trunk-5')).toContain('match=192.0.2.1,192.0.2.2:5080');
  expect(fieldsOf(objects, 'endpoint trunk-5')).toEqual(
    expect.arrayContaining(['context=parley-trunk', 'set_var=PARLEY_TRUNK=5']),
  );
});

test('a trunk with a user name authenticates and registers', () => {
  const trunk = aTrunk({ host: '2001:db8::7', username: 'acme', password: 'pw', matchAddresses: [] });
  const objects = pjsipObjects({ trunks: [trunk], phones: [] }, media);
  expect(names(objects)).toEqual(['auth trunk-5', 'aor trunk-5', 'endpoint trunk-5', 'registration trunk-5']);
  expect(fieldsOf(objects, 'registration trunk-5')).toEqual(
    expect.arrayContaining(['server_uri=sip:[2001:db8::7]:5070', 'client_uri=sip:acme@[2001:db8::7]:5070']),
  );
  expect(fieldsOf(objects, 'endpoint trunk-5')).toContain('outbound_auth=trunk-5');
});

test('a phone authenticates and registers under its user name', () => {
  const objects = pjsipObjects({ trunks: [], phones: [aPhone()] }, { mediaAddress: '127.0.0.1' });
  expect(names(objects)).toEqual(['auth ana', 'aor ana', 'endpoint ana']);
  expect(fieldsOf(objects, 'endpoint ana')).toEqual(
    expect.arrayContaining(['auth=ana', 'context=parley-phone', 'set_var=PARLEY_PHONE=12', 'media_address=127.0.0.1']),
  );
});

test('sandboxes need nothing in PJSIP', () => {
  const setup = {
    trunks: [aTrunk({ type: 'sandbox', host: null })],
    phones: [aPhone({ sandbox: true, username: null, password: null })],
  };
  expect(pjsipObjects(setup, media)).toEqual([]);
});

test.each(['trunk-5', 'a b', 'ana/1', ''])('%j cannot be a user name of a phone', (username) => {
  expect(() => pjsipObjects({ trunks: [], phones: [aPhone({ username })] }, media)).toThrow('user name');
});

test('only what differs is written: deleted before it is put, in an order in which nothing refers to what is not there', () => {
  const before = pjsipObjects({ trunks: [aTrunk({ username: 'acme' })], phones: [aPhone()] }, media);
  const after = pjsipObjects({ trunks: [aTrunk()], phones: [aPhone()] }, media);
  const words = changesBetween(before, after).map(({ do: what, object }) => `${what} ${object.type} ${object.id}`);
  expect(words).toEqual([
    'delete registration trunk-5',
    'delete endpoint trunk-5',
    'delete auth trunk-5',
    'put endpoint trunk-5',
  ]);
  expect(changesBetween(after, after)).toEqual([]);
  expect(changesBetween([], after).map(({ do: what }) => what)).toEqual(after.map(() => 'put'));
});

test('an endpoint of another making is deleted with all that could be below it', () => {
  const wanted = pjsipObjects({ trunks: [], phones: [aPhone()] }, media);
  const changes = changesBetween(objectsBelow('ana'), wanted).map(({ do: what, object }) => `${what} ${object.type}`);
  expect(changes).toEqual([
    'delete registration',
    'delete identify',
    'delete endpoint',
    'delete aor',
    'delete auth',
    'put auth',
    'put aor',
    'put endpoint',
  ]);
});

test('an endpoint says what it and its parts were made of', () => {
  const of = (phone: PhoneSetup) => fingerprintOf('ana', pjsipObjects({ trunks: [], phones: [phone] }, media));
  expect(isFingerprint(of(aPhone())!)).toBe(true);
  expect(of(aPhone())).toBe(of(aPhone({ displayName: 'Zoé' })));
  expect(of(aPhone())).not.toBe(of(aPhone({ password: 'other' })));
  expect(fingerprintOf('ben', pjsipObjects({ trunks: [], phones: [aPhone()] }, media))).toBeNull();
  expect(isFingerprint('sales')).toBe(false);
});
