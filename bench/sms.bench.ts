// SMS and their receipts through a whole server, against Kannel's bearerbox with the same carrier in the same run. Ours:
// contacts in PostgreSQL, each attempt and receipt in the journal, its state kept, two reports pushed and acknowledged.
// Kannel: messages from a box of its own protocol, receipts back to it, nothing written.
import { startReceiver } from '../server/delivery/testing/receiver.ts';
import { type Parley, startParley } from '../e2e/parley.ts';
import { startKannel } from '../e2e/peers/smpp/kannel.ts';
import { startSmppServer } from '../e2e/peers/smpp/server.ts';
import type { Program } from './program.ts';
import { alternate } from './rounds.ts';

const text = 'Hello, your parcel comes tomorrow.';
/** `window`: submits under way at once, as the carrier allows; `maxItems`: reports in a document. */
const parts = {
  // What a carrier allows that says nothing of it, and Kannel's own default.
  'window-10': { window: 10, maxItems: 500, count: 3_000 },
  'window-100': { window: 100, maxItems: 500, count: 20_000 },
  // Kannel's best: a window takes it 40 ms, whatever the carrier does.
  'window-1000': { window: 1_000, maxItems: 500, count: 40_000 },
  'one-a-document': { window: 100, maxItems: 1, count: 20_000 },
} as const;
const limitMs = 150_000;

export const program: Program = {
  about:
    'SMS through journal, state and pushed reports, submit and receipt, against Kannel by the same carrier and window, for windows of several sizes; reports 500 in a document, or one.',
  parts: Object.keys(parts),
  async run({ options, part, say }) {
    const { window, maxItems, ...given } = parts[part as keyof typeof parts];
    const count = Number(options.get('count') ?? given.count);
    const carrier = await startSmppServer({ kind: 'own' });
    const receiver = await startReceiver();
    const parley = await startParley({ voice: 'simulated', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32' } });
    try {
      await receiver.remember(false);
      const space = await spaceOf(parley, {
        ...{ port: carrier.port, window, url: receiver.url('/ok'), maxItems },
      });
      const ours = async (): Promise<number> => {
        const ms = await sendBroadcast(parley, space, count);
        say(`ours    ${Math.round((1_000 * count) / ms)} pairs/s`);
        return (1_000 * count) / ms;
      };
      const theirs = async (): Promise<number> => {
        const kannel = await startKannel({ port: carrier.port, window });
        try {
          const ms = await kannel.sendAll(count, text);
          say(`Kannel  ${Math.round((1_000 * count) / ms)} pairs/s`);
          return (1_000 * count) / ms;
        } finally {
          await kannel.close();
        }
      };
      const sides = await alternate(Number(options.get('rounds') ?? 3), ours, theirs);
      return [
        {
          what: `${count} SMS with receipts, window ${window}, ${maxItems} reports a document`,
          ours: `${Math.round(sides.ours)} pairs/s`,
          against: `Kannel ${Math.round(sides.theirs)} pairs/s`,
          ratio: sides.ratio,
          target: '≥ 1',
          met: sides.ratio >= 1,
        },
      ];
    } finally {
      await parley.close();
      await receiver.stop();
      await carrier.close();
    }
  },
};

interface Setup {
  port: number;
  window: number;
  url: string;
  maxItems: number;
}

async function spaceOf(parley: Parley, { port, window, url, maxItems: max_items }: Setup): Promise<number> {
  const { id: space_id } = await parley.rest<{ id: number }>('POST', '/spaces', {
    ...{ name: 'Bench', code: '000', username: '123456789', time_zone: 'Europe/Paris' },
    calling_hours: { FR: { messages: null } },
  });
  const settings = { host: '127.0.0.1', port, system_id: 'parley', password: 'secret', window };
  await parley.rest('POST', '/channels', { space_id, type: 'smpp', name: 'Carrier', settings });
  await parley.rest('POST', '/endpoints', { space_id, type: 'reports', url, max_items, concurrency: 50 });
  return space_id;
}

/** ms from its start until every report has been delivered. */
async function sendBroadcast(parley: Parley, space_id: number, count: number): Promise<number> {
  const about = { space_id, media: 'sms', name: 'Bench', text, from: '38000' };
  const { id } = await parley.rest<{ id: string }>('POST', '/broadcasts', about);
  for (let done = 0; done < count; done += 5_000) {
    const contacts = Array.from({ length: Math.min(5_000, count - done) }, (_, place) => ({
      to: `+336${String(10_000_000 + done + place).padStart(8, '0')}`,
    }));
    await parley.rest('POST', `/broadcasts/${id}/contacts`, contacts);
  }
  await parley.rest('POST', `/broadcasts/${id}/check`);
  const begun = performance.now();
  await parley.rest('POST', `/broadcasts/${id}/start`);
  for (;;) {
    const took = performance.now() - begun;
    const { counts } = await parley.rest<{ counts: { attempts: Record<string, number> } }>('GET', `/broadcasts/${id}`);
    // Reports are in the outbox with the status that they tell. Only then: all pushes are counted for the question.
    if (counts.attempts['RECEIVED'] === count) {
      const { pending } = await parley.rest<{ pending: number }>('GET', `/deliveries/summary?space_id=${space_id}`);
      if (pending === 0) return took;
    }
    if (took > limitMs) throw new Error(`${JSON.stringify(counts.attempts)} after ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
