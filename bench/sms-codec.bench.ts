// What a session does with a message: submit_sm written, its answer read, the receipt's deliver_sm read, its answer
// written. The same four by npm `smpp`, on the same octets.
import smpp from 'smpp';
import { decodePdu } from '../server/channels/sms/smpp/decode.ts';
import { encodePdu } from '../server/channels/sms/smpp/encode.ts';
import { noTlvs, type ShortMessage } from '../server/channels/sms/smpp/pdu.ts';
import type { Program } from './program.ts';
import { alternate } from './rounds.ts';

const text =
  'Votre commande 4711 est en route. Suivi: https://example.org/t/4711. Répondez STOP pour ne plus recevoir.';
const receipt =
  'id:0123456789 sub:001 dlvrd:001 submit date:2611201304 done date:2611201305 stat:DELIVRD err:000 text:Votre commande 4711';

const submit: ShortMessage = {
  command: 'submit_sm',
  status: 0,
  sequence: 1,
  serviceType: '',
  source: { ton: 5, npi: 0, digits: 'Parley' },
  destination: { ton: 1, npi: 1, digits: '33612345678' },
  esmClass: 0,
  protocolId: 0,
  priority: 0,
  scheduleTime: '',
  validityPeriod: '',
  registeredDelivery: 1,
  replaceIfPresent: 0,
  dataCoding: 4,
  defaultMessageId: 0,
  shortMessage: Buffer.from(text, 'latin1'),
  tlvs: noTlvs,
};

const submitAnswer = encodePdu({
  command: 'submit_sm_resp',
  status: 0,
  sequence: 1,
  messageId: '0123456789',
  tlvs: noTlvs,
});
// data_coding 4: npm smpp then decodes no text, as we do not.
const deliver = encodePdu({
  ...submit,
  command: 'deliver_sm',
  source: submit.destination,
  destination: submit.source,
  esmClass: 4,
  shortMessage: Buffer.from(receipt, 'latin1'),
});

let octetsSeen = 0;

function ours(times: number): void {
  for (let sequence = 1; sequence <= times; sequence++) {
    const sent = encodePdu({ ...submit, sequence });
    const answer = decodePdu(submitAnswer);
    const delivered = decodePdu(deliver);
    const acknowledged = encodePdu({
      command: 'deliver_sm_resp',
      status: 0,
      sequence: delivered.sequence,
      messageId: '',
      tlvs: noTlvs,
    });
    octetsSeen += sent.length + acknowledged.length + answer.sequence;
  }
}

const fields = {
  source_addr_ton: 5,
  source_addr: 'Parley',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '33612345678',
  registered_delivery: 1,
  data_coding: 4,
  short_message: submit.shortMessage,
};

function theirs(times: number): void {
  for (let sequence = 1; sequence <= times; sequence++) {
    const sent = new smpp.PDU('submit_sm', { ...fields, sequence_number: sequence }).toBuffer();
    const answer = smpp.PDU.fromBuffer(submitAnswer);
    const delivered = smpp.PDU.fromBuffer(deliver);
    const acknowledged = delivered.response().toBuffer();
    octetsSeen += sent.length + acknowledged.length + answer.sequence_number;
  }
}

export const program: Program = {
  about: 'Messages/s that the SMPP codec writes and reads (submit, answer, receipt, answer), against npm `smpp`.',
  async run({ options, say }) {
    const times = Number(options.get('messages') ?? 200_000);
    const rounds = Number(options.get('rounds') ?? 7);
    const timed = (name: string, work: (times: number) => void) => {
      const before = performance.now();
      work(times);
      const perSecond = Math.round(times / ((performance.now() - before) / 1_000));
      say(`${name} ${perSecond}/s`);
      return Promise.resolve(perSecond);
    };
    ours(times / 4);
    theirs(times / 4);
    const compared = await alternate(
      rounds,
      () => timed('ours', ours),
      () => timed('npm smpp', theirs),
    );
    if (octetsSeen === 0) throw new Error('Nothing was written or read.');
    return [
      {
        what: 'submit_sm and deliver_sm with their answers',
        ours: `${compared.ours} messages/s`,
        against: `${compared.theirs} messages/s (npm smpp)`,
        ratio: compared.ratio,
        target: '≥ 3',
        met: compared.ratio >= 3,
      },
    ];
  },
};
