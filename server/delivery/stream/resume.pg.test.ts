// Clients on bad lines: cut at random moments, or not taking what they are sent.
import { connect as tcpConnect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { queueCall, start } from '../../projections/supervision/testing/stories.ts';
import { clientKinds, type ClientKind, liveClient } from './testing/clients.ts';
import { cutOften } from './testing/cuts.ts';
import { agent, supervisor } from './testing/directory.ts';
import { startStream } from './testing/stream-server.ts';

const database = await testDatabase();
const server = await startStream({ database });
afterAll(() => server.close());
/** `npm run soak -- stream-cuts`: 100 and more. */
const CUTS = 20;
let spaces = 10;
const newSpace = () => asId<SpaceId>(++spaces);

test.each(Object.keys(clientKinds) as ClientKind[])(
  `%s: cut ${CUTS} times at random moments, it misses nothing and gets nothing twice`,
  async (kind) => {
    const { got, frames } = await cutOften(server, newSpace(), { kind, cuts: CUTS });
    expect(got).toEqual(Array.from({ length: frames }, (_, index) => index + 1));
  },
);

test('a client that takes nothing is cut off; the others do not wait for it', async () => {
  const space = newSpace();
  const session = await server.signIn(space);
  const stalled = await deafClient(server.url, session);
  const good = await liveClient(server.url, { session });
  const before = server.hub.stalled;
  let events = 0;
  while (server.hub.stalled === before && events < 60_000) {
    const calls = Array.from({ length: 100 }, (_, index) => queueCall(events + index, agent, start));
    await server.happen(space, calls.flat());
    events += 700;
    await good.received((events / 7) * 6);
  }
  expect(server.hub.stalled - before).toBe(1);
  expect(good.socket.connected).toBe(true);
  expect(good.updates.map(({ cpt }) => cpt)).toEqual(good.updates.map((_, index) => index + 1));
  good.close();
  stalled.destroy();
});

/** A WebSocket by hand that is live and then reads no more. */
async function deafClient(url: string, session: string) {
  const { hostname, port } = new URL(url);
  const socket = tcpConnect(Number(port), hostname);
  socket.write(
    [
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      `Host: ${hostname}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      '\r\n',
    ].join('\r\n'),
  );
  const heard = (what: string) =>
    new Promise<void>((resolve) => {
      let text = '';
      socket.on('data', function listen(chunk: Buffer) {
        text += chunk.toString('latin1');
        if (!text.includes(what)) return;
        socket.off('data', listen);
        resolve();
      });
    });
  await heard('"maxPayload"');
  const connected = heard('40{');
  socket.write(maskedFrame('40'));
  await connected;
  const acknowledged = heard('430[');
  socket.write(maskedFrame(`420${JSON.stringify(['init', 'supervisor', supervisor, session, {}])}`));
  await acknowledged;
  socket.pause();
  return socket;
}

/** RFC 6455 §5.3, with the mask 0. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]);
}
