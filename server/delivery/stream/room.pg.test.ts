// How a client joins, moment by moment: what the log has, what the room has told, what the client gets.
import type { Socket } from 'socket.io';
import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { realClock } from '../../platform/clock.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { appendFrames, lockHead } from '../../projections/supervision/frame-store.ts';
import type { Frame } from '../../projections/supervision/state.ts';
import { Room } from './room.ts';

const database = await testDatabase();
let spaces = 0;
const newSpace = () => asId<SpaceId>(++spaces);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test.each([0, 1, 8, 9, 10])('who has seen %i of 10 gets exactly the rest, from the log alone', async (since) => {
  const room = await aRoom(10);
  const client = aClient();
  expect(await room.replay(client.socket, since)).toBe('joined');
  expect(client.got).toEqual(upTo(10, since + 1));
});

test('what is in the log and not yet told to the room comes once, when it is told', async () => {
  const room = await aRoom(10);
  const client = aClient();
  const later = await write(room.space, upTo(15, 11));
  expect(await room.replay(client.socket, 4)).toBe('joined');
  expect(client.got).toEqual(upTo(10, 5));
  room.take(later);
  expect(client.got).toEqual(upTo(15, 5));
});

test('what is told to the room while the client reads the log comes once, in its place', async () => {
  const room = await aRoom(10);
  const client = aClient();
  const later = await write(room.space, upTo(15, 11));
  const joining = room.replay(client.socket, 0);
  room.take(later.slice(0, 3));
  expect(await joining).toBe('joined');
  room.take(later.slice(3));
  expect(client.got).toEqual(upTo(15));
});

test('more than a page and more than memory holds comes whole', async () => {
  const room = await aRoom(10);
  const later = await write(room.space, upTo(2_600, 11));
  room.take(later);
  const client = aClient();
  expect(await room.replay(client.socket, 3)).toBe('joined');
  expect(client.got).toEqual(upTo(2_600, 4));
});

test('what was deleted cannot be replayed, and the client gets nothing of it', async () => {
  const room = await aRoom(10);
  await database.query('delete from supervision_frames where space_id = $1 and cpt <= 5', [room.space]);
  const [late, inTime] = [aClient(), aClient()];
  expect(await room.replay(late.socket, 4)).toBe('too_old');
  expect(await room.replay(inTime.socket, 5)).toBe('joined');
  expect([late.got, inTime.got]).toEqual([[], upTo(10, 6)]);
});

test('a client that leaves while it reads the log does not join', async () => {
  const room = await aRoom(10);
  const client = aClient();
  const joining = room.replay(client.socket, 0);
  client.socket.connected = false;
  expect(await joining).toBe('gone');
  expect(room.isEmpty).toBe(true);
});

/** Opened when its log had so many frames. */
async function aRoom(frames: number): Promise<Room> {
  const space = newSpace();
  await write(space, upTo(frames));
  return await Room.open({ space, database, clock: realClock });
}

async function write(space: SpaceId, cpts: number[]): Promise<Frame[]> {
  const msg = { supp: '', id_operator: 8, id_client: space };
  const frames = cpts.map((cpt): Frame => ({ cpt, at: 0, event: { msg, type_notification: 'UI', event: 'login' } }));
  await database.transaction(async (tx) => {
    await lockHead(tx, space);
    await appendFrames(tx, space, frames);
  });
  return frames;
}

function aClient() {
  const got: number[] = [];
  const write = (packet: string) => got.push((JSON.parse(packet.slice(1)) as [string, { cpt: number }])[1].cpt);
  const socket = { connected: true, conn: { writeBuffer: [], transport: { name: 'polling' }, write } };
  return { got, socket: socket as unknown as Socket & { connected: boolean } };
}
