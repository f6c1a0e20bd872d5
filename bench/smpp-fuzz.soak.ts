import fc from 'fast-check';
import { anyPdu } from '../server/channels/sms/smpp/testing/any-pdu.ts';
import { someGarbage, wrongWith, wrongWithStream } from '../server/channels/sms/smpp/testing/garbage.ts';
import type { Program } from './program.ts';

export const program: Program = {
  about:
    'Garbage for the SMPP codec, --count=1000000 pieces, whole and as a stream: taken as a PDU or refused as one, and nothing else.',
  async run({ options, say }) {
    const count = Number(options.get('count') ?? 1_000_000);
    const seeds = fc.sample(anyPdu, { numRuns: 5_000 });
    let wrong = 0;
    for (let turn = 0; turn < count; turn++) {
      const octets = someGarbage(seeds[turn % seeds.length]!, Math.random);
      const problem = wrongWith(octets) ?? wrongWithStream(octets, Math.random);
      if (problem !== null && wrong++ < 10) say(`${octets.toString('hex')}: ${problem}`);
    }
    return [
      { what: `wrong, of ${count}`, ours: String(wrong), against: null, ratio: null, target: '0', met: wrong === 0 },
    ];
  },
};
