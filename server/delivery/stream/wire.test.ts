import type { Socket } from 'socket.io';
import { expect, test } from 'vitest';
import type { Update } from '../../../contract/supervision.ts';
import { backlogOf, encodeBatch, sendBatch } from './wire.ts';

const update = (cpt: number, filler = 0): Update => ({
  ts: 1,
  elapse: 0,
  event: { msg: { supp: 'x'.repeat(filler), id_operator: 1, id_client: 1 }, type_notification: 'UI', event: 'login' },
  cpt,
});

test.each([0, 30, 70_000])('a batch is the same packets as WebSocket frames and as text (%i bytes more)', (filler) => {
  const { packets, frames } = encodeBatch([update(1, filler), update(2)]);
  expect(packets.map((packet) => JSON.parse(packet.slice(1)) as unknown)).toEqual([
    ['update', update(1, filler)],
    ['update', update(2)],
  ]);
  expect(textsIn(frames)).toEqual(packets.map((packet) => `4${packet}`));
});

test('a frame of fewer than 126 bytes has a short header', () => {
  const tiny = encodeBatch([{ ts: 1, elapse: 0, event: {}, cpt: 1 } as unknown as Update]);
  expect(textsIn(tiny.frames)).toEqual([`4${tiny.packets[0]}`]);
});

test('a websocket gets one write, unless Engine.IO still holds something for it', () => {
  const batch = encodeBatch([update(1), update(2)]);
  const free = aConnection({ name: 'websocket', held: [] });
  sendBatch(free.connection, batch);
  expect([free.frames, free.packets]).toEqual([[batch.frames], []]);

  const busy = aConnection({ name: 'websocket', held: [{ data: 'earlier' }] });
  sendBatch(busy.connection, batch);
  expect([busy.frames, busy.packets]).toEqual([[], [batch.packets[0]]]);
  expect(backlogOf(busy.connection)).toEqual({ packets: 2, bytes: 'earlier'.length + batch.frames.length });
});

test('a polling client gets packet by packet', () => {
  const batch = encodeBatch([update(1), update(2)]);
  const { connection, packets, frames } = aConnection({ name: 'polling', held: [] });
  sendBatch(connection, batch);
  expect([frames, packets]).toEqual([[], batch.packets]);
  expect(backlogOf(connection)).toEqual({ packets: 2, bytes: batch.packets.join('').length });
});

function aConnection({ name, held }: { name: string; held: { data: string; options?: object }[] }) {
  const packets: string[] = [];
  const frames: Buffer[] = [];
  const socket = {
    readyState: 1,
    bufferedAmount: 0,
    _sender: { sendFrame: (list: Buffer[]) => frames.push(...list) },
  };
  const connection = {
    writeBuffer: held,
    transport: name === 'websocket' ? { name, socket } : { name },
    write(data: string, options: object) {
      packets.push(data);
      held.push({ data, options });
    },
  };
  return { connection: connection as unknown as Socket['conn'], packets, frames };
}

/** RFC 6455 §5.2. */
function textsIn(frames: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < frames.length;) {
    expect(frames[at]).toBe(0x81);
    const short = frames[at + 1]!;
    const [from, length] =
      short < 126
        ? [at + 2, short]
        : short === 126
          ? [at + 4, frames.readUInt16BE(at + 2)]
          : [at + 10, Number(frames.readBigUInt64BE(at + 2))];
    texts.push(frames.subarray(from, from + length).toString());
    at = from + length;
  }
  return texts;
}
