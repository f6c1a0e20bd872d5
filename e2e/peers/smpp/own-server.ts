// A carrier of our own codec, for benches: own-server.ts PORT REPLY_EVERY. It does as little as a carrier can.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { decodePdu } from '../../../server/channels/sms/smpp/decode.ts';
import { encodePdu } from '../../../server/channels/sms/smpp/encode.ts';
import { Framing } from '../../../server/channels/sms/smpp/framing.ts';
import { noTlvs, type Pdu, type ShortMessage } from '../../../server/channels/sms/smpp/pdu.ts';
import { receiptText } from './receipts.ts';

const [port, replyEvery] = process.argv.slice(2).map(Number) as [number, number];
process.stdin.on('end', () => process.exit()).resume();

let taken = 0;

function serve(socket: Socket): void {
  const framing = new Framing();
  let sequence = 0;
  const send = (pdu: Pdu) => socket.write(encodePdu(pdu));
  const back = (pdu: ShortMessage, esmClass: number, text: string) =>
    send({
      ...pdu,
      command: 'deliver_sm',
      sequence: ++sequence,
      source: { ...pdu.destination, ton: 1, npi: 1 },
      destination: pdu.source,
      esmClass,
      dataCoding: 0,
      validityPeriod: '',
      registeredDelivery: 0,
      shortMessage: Buffer.from(text, 'latin1'),
      tlvs: noTlvs,
    });
  const answer = (pdu: Pdu) => {
    const { sequence: asked } = pdu;
    switch (pdu.command) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver':
        return send({ command: `${pdu.command}_resp`, status: 0, sequence: asked, systemId: 'own', tlvs: noTlvs });
      case 'enquire_link':
      case 'unbind':
        return send({ command: `${pdu.command}_resp`, status: 0, sequence: asked });
      case 'submit_sm': {
        const id = String(++taken);
        send({ command: 'submit_sm_resp', status: 0, sequence: asked, messageId: id, tlvs: noTlvs });
        if (pdu.registeredDelivery & 1) back(pdu, 4, receiptText(id));
        if (replyEvery > 0 && taken % replyEvery === 0) back(pdu, 0, 'Ok');
      }
    }
  };
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    socket.cork();
    framing.push(chunk, (octets) => answer(decodePdu(octets)));
    socket.uncork();
  });
}

const server = createServer(serve);
server.listen(port, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`));
