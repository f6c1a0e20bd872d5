// A carrier by npm `smpp`: npm-server.ts PORT REPLY_EVERY.
import type { AddressInfo } from 'node:net';
import smpp from 'smpp';
import { backTo, receiptText } from './receipts.ts';

const [port, replyEvery] = process.argv.slice(2).map(Number) as [number, number];
process.stdin.on('end', () => process.exit()).resume();

let taken = 0;
const server = smpp.createServer({}, (session) => {
  session.on('error', () => session.destroy());
  session.on('pdu', (pdu: InstanceType<typeof smpp.PDU>) => {
    if (pdu.isResponse()) return;
    if (pdu.command !== 'submit_sm') return void session.send(pdu.response({ system_id: 'npm' }));
    const id = String(++taken);
    session.send(pdu.response({ message_id: id }));
    const back = backTo(pdu);
    if (Number(pdu.registered_delivery) & 1)
      session.deliver_sm({ ...back, esm_class: 4, short_message: receiptText(id) });
    if (replyEvery > 0 && taken % replyEvery === 0) session.deliver_sm({ ...back, short_message: 'Ok' });
  });
});
server.listen(port, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`));
