// Binds to a carrier that is not ours (npm `smpp`): refused, lost, made anew, several, over TLS.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { carrier, closeNow, deskAt, eventually, receiptFor } from './testing/desk.ts';

test('a wrong password leaves the channel down, and it is not tried again and again', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { password: 'wrong' }, { up: false });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  expect(desk.channel.problem).toBe('The carrier refused the bind: ESME_RINVPASWD.');
  expect(await desk.send()).toMatchObject({ outcome: 'not_sent' });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(smsc.binds).toHaveLength(1);
});

test('a carrier that is not there yet is found when it comes', async () => {
  const first = await carrier();
  const { port } = first;
  await closeNow(first);
  const desk = await deskAt(port, {}, { up: false });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  await carrier({ port });
  await eventually(() => expect(desk.channel.state).toBe('up'));
  expect(desk.channel.problem).toBeNull();
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
});

test.each(['garbage', 'half a PDU'])('%s in the middle of traffic: the connection is made anew', async (what) => {
  const octets = Buffer.from(
    what === 'garbage' ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : '0000003000000005',
    what === 'garbage' ? 'latin1' : 'hex',
  );
  const smsc = await carrier({ onEnquireLink: () => undefined });
  const desk = await deskAt(smsc.port, { enquireLinkMs: 200, answerTimeoutMs: 200 });
  smsc.sessions()[0]!.socket.write(octets);
  await eventually(() => expect(smsc.binds).toHaveLength(2));
  await eventually(() => expect(desk.channel.state).toBe('up'));
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
});

test('a carrier that has died silently is noticed by enquire_link', async () => {
  let asked = 0;
  const smsc = await carrier({ onEnquireLink: () => void asked++ });
  const desk = await deskAt(smsc.port, { enquireLinkMs: 150, answerTimeoutMs: 150 });
  await eventually(() => expect(desk.channel.state).toBe('down'));
  expect(asked).toBeGreaterThanOrEqual(1);
  await eventually(() => expect(smsc.binds.length).toBeGreaterThanOrEqual(2));
});

test('a carrier that unbinds is answered, and bound again', async () => {
  const smsc = await carrier();
  await deskAt(smsc.port);
  const answered = new Promise((resolve) => smsc.sessions()[0]!.unbind(resolve));
  expect(await answered).toMatchObject({ command: 'unbind_resp' });
  await eventually(() => expect(smsc.binds).toHaveLength(2));
});

test('a channel that is closed unbinds, after the answers under way', async () => {
  let unbound = false;
  const smsc = await carrier({
    onSubmit: (pdu, session) => setTimeout(() => session.send(pdu.response({ message_id: 'late' })), 200),
    onUnbind: (pdu, session) => {
      unbound = true;
      session.send(pdu.response());
    },
  });
  const desk = await deskAt(smsc.port);
  const outcome = desk.send();
  await eventually(() => expect(smsc.submits).toHaveLength(1));
  await desk.channel.close(2_000);
  expect(await outcome).toMatchObject({ outcome: 'taken', carrierIds: ['late'] });
  expect(unbound).toBe(true);
  expect(await desk.send()).toMatchObject({ outcome: 'not_sent' });
});

test('a pair of transmitter and receiver: submits on the one, receipts on the other', async () => {
  const smsc = await carrier();
  const desk = await deskAt(smsc.port, { bind: 'tx_rx' });
  await eventually(() => expect(smsc.binds.toSorted()).toEqual(['bind_receiver', 'bind_transmitter']));
  await eventually(() => expect(smsc.sessions()).toHaveLength(2));
  expect(await desk.send()).toMatchObject({ outcome: 'taken', carrierIds: ['1'] });
  await smsc.deliver(receiptFor('1'));
  expect(desk.facts).toMatchObject([{ kind: 'receipt', carrierId: '1', status: 'delivered' }]);
});

test('several binds share the traffic, and the loss of one leaves the channel up', async () => {
  const smsc = await carrier({
    onSubmit: (pdu, session) => setTimeout(() => session.send(pdu.response({ message_id: 'x' })), 30),
  });
  const desk = await deskAt(smsc.port, { binds: 3, window: 2 });
  await eventually(() => expect(desk.channel.room).toBe(6));
  await Promise.all(Array.from({ length: 12 }, () => desk.send()));
  smsc.sessions()[0]!.destroy();
  await eventually(() => expect(desk.channel.room).toBe(4));
  expect(desk.channel.state).toBe('up');
});

test('TLS with the carrier’s own authority; with none it is not trusted', async () => {
  const tls = selfSigned();
  const smsc = await carrier({ tls });
  const desk = await deskAt(smsc.port, { host: 'localhost', tls: { ca: tls.cert } });
  expect(await desk.send()).toMatchObject({ outcome: 'taken' });
  const suspicious = await deskAt(smsc.port, { host: 'localhost', tls: { ca: null } }, { up: false });
  await eventually(() => expect(suspicious.channel.state).toBe('down'));
});

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync(
      'openssl',
      [...args, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      {
        stdio: 'ignore',
      },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
