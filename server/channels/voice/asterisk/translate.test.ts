import { expect, test } from 'vitest';
import { asId, type ExtensionId, type SpaceId, type TrunkId } from '../../../domain/ids.ts';
import type { PhoneSetup, TrunkSetup } from '../engine.ts';
import type { Channel } from './ari-types.gen.ts';
import { directoryOf } from './directory.ts';
import {
  arrivalOf,
  bridgeLabelOf,
  bridgeNameOf,
  dialTarget,
  instantOf,
  isHeldByUs,
  isPlaced,
  legOfChannel,
  mediaOf,
  q850Of,
} from './translate.ts';

const space = asId<SpaceId>(3);
const aTrunk = (id: number, differs: Partial<TrunkSetup> = {}): TrunkSetup => ({
  id: asId<TrunkId>(id),
  space,
  type: 'sip',
  host: '192.0.2.1',
  port: 5060,
  username: null,
  password: null,
  matchAddresses: ['192.0.2.1'],
  dids: [],
  ...differs,
});
const aPhone = (extension: number, differs: Partial<PhoneSetup> = {}): PhoneSetup => ({
  extension: asId<ExtensionId>(extension),
  space,
  number: '12',
  displayName: 'Ana',
  sandbox: false,
  username: 'ana',
  password: 'secret',
  ...differs,
});
const aChannel = (differs: Partial<Channel> = {}): Channel => ({
  id: 'parley-1.2',
  protocol_id: '',
  name: 'PJSIP/trunk-1-0',
  state: 'Ring',
  caller: { number: '+33612345678', name: '' },
  connected: { number: '', name: '' },
  accountcode: '',
  dialplan: { context: 'parley-trunk', exten: '100', priority: 1, app_name: 'Stasis', app_data: 'parley,trunk,1,100' },
  creationtime: '',
  language: 'en',
  ...differs,
});

test('a channel that we placed is its leg; another one gets the same leg every time, and another on another Asterisk', () => {
  const placed = '0b5f2f6e-4d0f-4a49-8a57-9d7c7a3f2a10';
  expect(legOfChannel(placed, 'pbx-1')).toBe(placed);
  // As Python's uuid.uuid5 says.
  const arrived = legOfChannel('parley-1795.7', 'pbx-1');
  expect(arrived).toBe('9b3d315d-d0ae-595a-a713-38e071200a53');
  expect(arrived).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(legOfChannel('parley-1795.8', 'pbx-1')).not.toBe(arrived);
  expect(legOfChannel('parley-1795.7', 'pbx-2')).not.toBe(arrived);
});

test('only channels in our application are ours', () => {
  const inApplication = (app_name: string, app_data: string) =>
    isHeldByUs(aChannel({ dialplan: { context: '', exten: '', priority: 1, app_name, app_data } }));
  expect(inApplication('Stasis', 'parley,trunk,1,100')).toBe(true);
  expect(inApplication('Stasis', 'parley')).toBe(true);
  expect(inApplication('Stasis', 'parley2,trunk,1,100')).toBe(false);
  expect(inApplication('Playback', 'hello-world')).toBe(false);
});

test('whether we placed a channel is told by the arguments that it entered with', () => {
  const dialplan = { context: '', exten: '', priority: 1, app_name: 'Stasis', app_data: 'parley,placed,30000' };
  expect(isPlaced(aChannel({ dialplan }))).toBe(true);
  expect(isPlaced(aChannel())).toBe(false);
});

test('bridges of others have no name', () => {
  expect(bridgeNameOf(bridgeLabelOf('call-7'))).toBe('call-7');
  expect(bridgeNameOf('1f6f-dial-bridge')).toBeNull();
});

test('times, causes and sounds', () => {
  expect(instantOf('2026-11-20T12:07:15.055+0200')).toBe(Date.UTC(2026, 10, 20, 10, 7, 15, 55));
  expect(q850Of(17)).toBe(17);
  expect(q850Of(0)).toBeNull();
  expect(mediaOf('hello-world')).toBe('sound:hello-world');
  expect(mediaOf('tone:busy')).toBe('tone:busy');
});

test('a number is dialled by the trunk, a phone by its user name, sandboxes behind Local channels', () => {
  const directory = directoryOf({
    trunks: [aTrunk(1), aTrunk(2, { type: 'sandbox' })],
    phones: [aPhone(5), aPhone(6, { sandbox: true, username: null })],
  });
  const by = (trunk: number, number: string) =>
    dialTarget({ kind: 'trunk', trunk: asId<TrunkId>(trunk), number }, directory, { autoAnswer: false });
  const to = (extension: number, autoAnswer = false) =>
    dialTarget({ kind: 'phone', extension: asId<ExtensionId>(extension) }, directory, { autoAnswer });
  expect(by(1, '+33140506070')?.endpoint).toBe('PJSIP/+33140506070@trunk-1');
  expect(by(2, '0907')?.endpoint).toBe('Local/0907@parley-sandbox/n');
  expect(by(9, '1')).toBeNull();
  expect(to(5)).toMatchObject({ endpoint: 'PJSIP/ana', unreachable: 20, variables: {} });
  expect(Object.keys(to(5, true)!.variables)).toEqual(['PJSIP_HEADER(add,Call-Info)', 'PJSIP_HEADER(add,Alert-Info)']);
  expect(to(6)?.endpoint).toBe('Local/01@parley-sandbox/n');
  expect(to(6, true)?.endpoint).toBe('Local/picks-up-at-once@parley-sandbox/n');
  expect(to(9)).toBeNull();
});

test.each(['1@evil', '1/2', '1&PJSIP/ana', '1,2', '', '${SHELL(id)}'])('%j is no number', (number) => {
  const directory = directoryOf({ trunks: [aTrunk(1)], phones: [] });
  const dial = () => dialTarget({ kind: 'trunk', trunk: asId<TrunkId>(1), number }, directory, { autoAnswer: false });
  expect(dial).toThrow('not a number');
});

test('the DID decides among trunks that share an address', () => {
  const directory = directoryOf({
    trunks: [
      aTrunk(1, { dids: ['+33100'] }),
      aTrunk(2, { dids: ['200'], space: asId<SpaceId>(4), matchAddresses: ['192.0.2.9', '192.0.2.1'] }),
      aTrunk(3, { dids: ['300'], matchAddresses: ['192.0.2.77'] }),
    ],
    phones: [],
  });
  const arrives = (number: string) => arrivalOf(['trunk', '1', number], aChannel(), directory);
  expect(arrives('+33100')?.via).toEqual({ kind: 'trunk', trunk: 1, did: '+33100', sandbox: false });
  expect(arrives('33100')?.via).toMatchObject({ did: '+33100' });
  expect(arrives('200')).toEqual({
    space: 4,
    via: { kind: 'trunk', trunk: 2, did: '200', sandbox: false },
    from: { number: '+33612345678', name: null },
  });
  expect(arrives('300')).toBeNull();
  expect(arrives('999')).toBeNull();
});

test('a phone is known by its set-up, whatever it says of itself', () => {
  const directory = directoryOf({ trunks: [], phones: [aPhone(5)] });
  const arrived = arrivalOf(['phone', '5', '0140'], aChannel({ caller: { number: '666', name: 'Boss' } }), directory);
  expect(arrived).toEqual({
    space,
    via: { kind: 'phone', extension: 5, dialled: '0140' },
    from: { number: '12', name: 'Ana' },
  });
  expect(arrivalOf(['phone', '6', '0140'], aChannel(), directory)).toBeNull();
  expect(arrivalOf(['phone', '5', ''], aChannel(), directory)).toBeNull();
});
