import { expect, test } from 'vitest';
import { aSpace, sandbox } from '../domain/testing/space.ts';
import { ringInTarget } from './ring-in-target.ts';

const space = aSpace({ agents: ['Ana'] });
const trunk = space.trunks.get(sandbox)!;
const directory = {
  ...space,
  trunks: new Map([[sandbox, { ...trunk, dids: [{ number: '+33140000001', extensionNumber: '101' }] }]]),
};
const did = { kind: 'did', trunk: sandbox, did: '+33140000001' };

test.each([
  ['+33140000001', did],
  ['33140000001', did],
  ['101', { kind: 'extension', number: '101' }],
  ['000*101', { kind: 'extension', number: '000*101' }],
])('a sandbox caller of %s rings in', (to, target) => {
  expect(ringInTarget(directory, to)).toEqual(target);
});

test.each(['33140000002', '999', '001*101'])('%s leads nowhere', (to) => {
  expect(() => ringInTarget(directory, to)).toThrow(expect.objectContaining({ code: 'call.unknown_target' }));
});
