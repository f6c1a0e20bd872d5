import { expect, test } from 'vitest';
import { ChannelInput } from '../../contract/rest/message-channels.ts';
import { SpaceInput } from '../../contract/rest/spaces.ts';
import { asId, type ChannelId, instant } from '../domain/ids.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { type IncomingPart, keepPart, keptParts, removeParts } from './incoming-parts.ts';
import { channels } from './message-channels.ts';
import { insertSpace, nextSpaceId } from './spaces.ts';

const db = await testDatabase();
const space = await nextSpaceId(db);
const about = { name: 'Office', code: '000', username: '123456789', time_zone: 'Europe/Paris' };
await db.transaction((tx) => insertSpace(tx, space, SpaceInput.parse(about)));
const settings = { host: '127.0.0.1', system_id: 'x', password: 'x' };
const aChannel = async (name: string) => {
  const { id } = await channels.insert(db, space, ChannelInput.parse({ type: 'smpp', name, settings }));
  return { space, channel: asId<ChannelId>(id) };
};
const aPart = (number: number, ref = 7): IncomingPart => ({
  ...{ from: '+33600000001', to: '38000', dataCoding: 8, octets: Uint8Array.from([0, 0xff, number]) },
  segment: { ref, total: 3, number },
});

test('parts are there as they came, oldest first, until their message is removed', async () => {
  const [one, other] = [await aChannel('one'), await aChannel('other')];
  await keepPart(db, one, aPart(2), instant(2_000));
  await keepPart(db, one, aPart(1), instant(1_000));
  await keepPart(db, one, aPart(1), instant(1_500));
  await keepPart(db, one, aPart(1, 8), instant(3_000));
  await keepPart(db, other, aPart(1), instant(1_000));
  const found = (await keptParts(db, one)).map(({ octets, ...part }) => ({ ...part, octets: Uint8Array.from(octets) }));
  expect(found).toEqual([
    { ...aPart(1), at: 1_500 },
    { ...aPart(2), at: 2_000 },
    { ...aPart(1, 8), at: 3_000 },
  ]);
  await removeParts(db, one, aPart(3));
  expect((await keptParts(db, one)).map(({ segment }) => segment.ref)).toEqual([8]);
  expect(await keptParts(db, other)).toHaveLength(1);
});

test('a channel that is removed takes its parts with it', async () => {
  const gone = await aChannel('gone');
  await keepPart(db, gone, aPart(1), instant(1_000));
  await db.transaction((tx) => channels.remove(tx, space, gone.channel));
  expect(await keptParts(db, gone)).toEqual([]);
});
