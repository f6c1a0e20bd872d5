// A broadcast as large as a customer's, by a whole server, a carrier that is not ours and a customer's HTTP server.
import { journalFaults } from '../e2e/journal-check.ts';
import { Sending } from '../e2e/sending.ts';
import type { Program } from './program.ts';

const replyEvery = 100;
const limitMs = 280_000;
/** In order, each once. The carrier's reply and its receipt leave it together. */
const wholeStory = /^SENT (RECEIVED( ANSWERED)?|ANSWERED RECEIVED)$/;

export const program: Program = {
  about:
    'A broadcast to --count=100000 contacts by SMPP (npm `smpp`), with a receipt from each and a reply from 1 %, until every report is delivered: everybody is sent to once, and told of once a change, in order.',
  async run({ options, say }) {
    const count = Number(options.get('count') ?? 100_000);
    const window = Number(options.get('window') ?? 1_000);
    const sending = await Sending.open({ replyEvery, window });
    try {
      const broadcast = await sending.broadcast(count);
      const begun = performance.now();
      await sending.isIn(broadcast, 'done', limitMs);
      say(`sent in ${Math.round((performance.now() - begun) / 1_000)} s`);
      await sending.settled(limitMs);
      const seconds = (performance.now() - begun) / 1_000;
      const faults = await faultsOf(sending, broadcast, count);
      for (const fault of faults.slice(0, 20)) say(fault);
      return [
        {
          what: `${count} SMS, receipts and ${Math.floor(count / replyEvery)} replies`,
          ours: `${faults.length} lost, doubled, out of order or not told`,
          against: null,
          ratio: null,
          target: '0',
          met: faults.length === 0,
        },
        {
          what: 'start to the last report delivered',
          ours: `${seconds.toFixed(0)} s, ${Math.round(count / seconds)} messages/s`,
          against: null,
          ratio: null,
          target: null,
          met: null,
        },
      ];
    } finally {
      await sending.close();
    }
  },
};

async function faultsOf(sending: Sending, broadcast: string, count: number): Promise<string[]> {
  const taken = [...(await sending.carrier.taken())];
  const told = [...(await sending.pushed()).values()].map(({ statuses }) => statuses.join(' '));
  const { done } = await sending.counts(broadcast);
  const counted = [
    ['were sent to', taken.length, count],
    ['were told of', told.length, count],
    ['are done', done, count],
    ['have answered', told.filter((story) => story.includes('ANSWERED')).length, Math.floor(count / replyEvery)],
  ] as const;
  return [
    ...(await journalFaults(sending.parley.home)),
    ...taken.filter(([, times]) => times !== 1).map(([number, times]) => `${number} was sent to ${times} times`),
    ...told.filter((story) => !wholeStory.test(story)).map((story) => `one was told: ${story}`),
    ...counted
      .filter(([, is, expected]) => is !== expected)
      .map(([what, is, expected]) => `${is} of ${expected} ${what}`),
  ];
}
