// Server and clients in processes of their own. Parley's side is the whole way: append to the journal, projection, frames
// read back, Socket.IO. The bare side only sends: the same bytes by `ws`, to as many clients at the same pace.
import type { Program } from './program.ts';
import type { Result } from './results.ts';
import { alternate, quantile } from './rounds.ts';
import { Child } from './stream/ask.ts';
import type { Run } from './stream/server.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';
import type { DatabaseAddress } from '../server/platform/db.ts';
import { supervisor } from '../server/delivery/stream/testing/directory.ts';

export const program: Program = {
  about:
    'Server CPU per delivered message with 500 clients, against bare ws sending the same bytes; 1,000 clients at 200 events/s: event to client.',
  async run({ options, say }) {
    const seconds = Number(options.get('seconds') ?? 5);
    const rounds = Number(options.get('rounds') ?? 5);
    const clients = Number(options.get('clients') ?? 500);
    return await withThrowawayDatabase(async (_database, { address }) => {
      const results: Result[] = [];
      for (const perSecond of [20, 100]) {
        results.push(
          await cpuCompared({ address, clients, rounds, say, run: { events: perSecond * seconds, perSecond } }),
        );
      }
      results.push(await latency(address, say, { events: 200 * 2 * seconds, perSecond: 200 }));
      return results;
    });
  },
};

interface Comparison {
  address: DatabaseAddress;
  clients: number;
  rounds: number;
  run: Run;
  say(line: string): void;
}

async function cpuCompared({ address, clients, rounds, run, say }: Comparison): Promise<Result> {
  const [ours, theirs] = [await Side.start('parley', address, clients), await Side.start('bare', address, clients)];
  const measured = (side: Side, name: string) => async () => {
    const { cpuUs } = await side.run(run);
    say(`${name} ${run.perSecond} events/s: ${cpuUs.toFixed(2)} µs a message`);
    return cpuUs;
  };
  const {
    ours: us,
    theirs: them,
    ratio,
  } = await alternate(rounds, measured(ours, 'parley'), measured(theirs, 'bare  '));
  await ours.end();
  await theirs.end();
  return {
    what: `CPU a delivered message, ${clients} clients, ${run.perSecond} events/s`,
    ours: `${us.toFixed(1)} µs`,
    against: `ws ${them.toFixed(1)} µs`,
    ratio,
    target: '≤ 1.5',
    met: ratio <= 1.5,
  };
}

async function latency(address: DatabaseAddress, say: (line: string) => void, run: Run): Promise<Result> {
  const side = await Side.start('parley', address, 1_000);
  await side.run({ events: 200, perSecond: 200 });
  const { sent, arrivals, cpuUs } = await side.run(run);
  await side.end();
  const ms = arrivals.flatMap((moments) => moments.map((moment, index) => moment - sent[index]!));
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(ms, share).toFixed(0));
  say(`1,000 clients: ${cpuUs.toFixed(2)} µs a message`);
  return {
    what: '1,000 clients, 200 events/s: event in the journal → client',
    ours: `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    against: null,
    ratio: null,
    target: 'p95 ≤ 250 ms',
    met: Number(p95) <= 250,
  };
}

/** A server and its clients. */
class Side {
  readonly #server: Child;
  readonly #clients: Child;
  readonly #count: number;

  static async start(kind: 'parley' | 'bare', address: DatabaseAddress, count: number): Promise<Side> {
    const server = new Child('./server.ts', [kind, JSON.stringify(address)]);
    const clients = new Child('./clients.ts', []);
    const { port, session } = await server.ask<{ port: number; session: string }>('address');
    const init = kind === 'parley' ? `420${JSON.stringify(['init', 'supervisor', supervisor, session, {}])}` : null;
    const path = kind === 'parley' ? '/socket.io/?EIO=4&transport=websocket' : '/';
    await clients.ask('connect', {
      port,
      path,
      count,
      init,
      sampleEvery: 20,
    });
    return new Side(server, clients, count);
  }

  private constructor(server: Child, clients: Child, count: number) {
    this.#server = server;
    this.#clients = clients;
    this.#count = count;
  }

  /** `cpuUs`: of the server, a delivered message. */
  async run(run: Run): Promise<{ sent: number[]; arrivals: number[][]; cpuUs: number }> {
    await this.#clients.ask('expect', run.events);
    const before = await this.#server.ask<number>('cpuUs');
    const sent = await this.#server.ask<number[]>('run', run);
    const arrivals = await this.#clients.ask<number[][]>('arrived');
    const spent = (await this.#server.ask<number>('cpuUs')) - before;
    return { sent, arrivals, cpuUs: spent / (run.events * this.#count) };
  }

  async end(): Promise<void> {
    await this.#clients.end();
    await this.#server.end();
  }
}
