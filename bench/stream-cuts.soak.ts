import { type ClientKind, clientKinds } from '../server/delivery/stream/testing/clients.ts';
import { cutOften } from '../server/delivery/stream/testing/cuts.ts';
import { startStream } from '../server/delivery/stream/testing/stream-server.ts';
import { asId } from '../server/domain/ids.ts';
import type { Program } from './program.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';

export const program: Program = {
  about:
    'Clients of the stream, each cut --cuts=100 times at random moments while calls go on: nothing missed, nothing twice.',
  async run({ options, say }) {
    const cuts = Number(options.get('cuts') ?? 100);
    return await withThrowawayDatabase(async (database) => {
      const server = await startStream({ database });
      const results = [];
      for (const [index, kind] of (Object.keys(clientKinds) as ClientKind[]).entries()) {
        const { got, frames } = await cutOften(server, asId(index + 1), { kind, cuts });
        const faults = got.filter((cpt, at) => cpt !== at + 1).length + Math.abs(frames - got.length);
        say(`${kind}: ${frames} frames, ${faults} faults`);
        results.push({
          what: `${kind}: ${frames} frames over ${cuts} cuts`,
          ours: `${faults} missed, doubled or out of order`,
          against: null,
          ratio: null,
          target: '0',
          met: faults === 0,
        });
      }
      await server.close();
      return results;
    });
  },
};
