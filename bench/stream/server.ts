// Either side: `parley` (journal, projection, hub) or `bare` (ws, sending the same bytes to every client).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { startStream } from '../../server/delivery/stream/testing/stream-server.ts';
import { agent } from '../../server/delivery/stream/testing/directory.ts';
import { asId, instant, type SpaceId } from '../../server/domain/ids.ts';
import { type DatabaseAddress, openDatabase } from '../../server/platform/db.ts';
import { silentLog } from '../../server/platform/log.ts';
import { framesOfCall } from '../../server/projections/supervision/frames-of.ts';
import { connected } from '../../server/projections/supervision/testing/stories.ts';
import { type Answers, answerAll } from './ask.ts';

export interface Run {
  events: number;
  perSecond: number;
}

const space = asId<SpaceId>(1);
const now = () => performance.timeOrigin + performance.now();
const eventOf = (number: number) => connected(number, { at: instant(Date.now()), user: agent });

/** One event each time its moment has come; returns when each was out of the hands of its sender (epoch ms). */
async function paced({ events, perSecond }: Run, send: (index: number) => Promise<void>): Promise<number[]> {
  const began = performance.now();
  const sent: number[] = Array.from({ length: events });
  const sending: Promise<void>[] = [];
  for (let index = 0; index < events;) {
    const due = Math.min(events, Math.floor(((performance.now() - began) * perSecond) / 1000) + 1);
    for (; index < due; index++) {
      const at = index;
      sending.push(send(at).then(() => void (sent[at] = now())));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sending);
  return sent;
}

async function parley(address: DatabaseAddress): Promise<Answers> {
  const server = await startStream({ database: openDatabase(address, { log: silentLog }) });
  let number = process.pid * 1_000_000; // Several share a database.
  return {
    address: async () => ({ port: Number(new URL(server.url).port), session: await server.signIn(space) }),
    run: (run: Run) => paced(run, () => server.happen(space, [eventOf(++number)])),
    cpuUs: () => Promise.resolve(cpuUs()),
  };
}

async function bare(): Promise<Answers> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  let number = process.pid * 1_000_000;
  return {
    address: () => Promise.resolve({ port: (http.address() as AddressInfo).port, session: '' }),
    run: (run: Run) =>
      paced(run, () => {
        const event = framesOfCall(space, eventOf(++number))[0];
        const update = { ts: Math.floor(Date.now() / 1000), elapse: 0, event, cpt: number };
        const bytes = Buffer.from(`42${JSON.stringify(['update', update])}`);
        for (const socket of sockets.clients) socket.send(bytes, { binary: false });
        return Promise.resolve();
      }),
    cpuUs: () => Promise.resolve(cpuUs()),
  };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const [side, address] = process.argv.slice(2);
answerAll(side === 'bare' ? await bare() : await parley(JSON.parse(address!) as DatabaseAddress));
