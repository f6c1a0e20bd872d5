// A carrier in memory that does what a test says, octet by octet. Made of our own codec: whether that is SMPP is proved
// against other programs elsewhere.
import { duplexPair } from 'node:stream';
import { VirtualClock } from '../../../../platform/clock.ts';
import { silentLog } from '../../../../platform/log.ts';
import { decodePdu } from '../decode.ts';
import { encodePdu } from '../encode.ts';
import { Framing } from '../framing.ts';
import { noAddress, noTlvs, type Pdu, type ShortMessage } from '../pdu.ts';
import type { Submit } from '../outgoing.ts';
import { Session, type SessionListener, type SessionOptions } from '../session.ts';

export interface Peer {
  session: Session;
  clock: VirtualClock;
  /** What the session has sent. */
  heard: Pdu[];
  /** How it ended; null: it has not. */
  ended: () => string | null;
  send(pdu: Pdu): Promise<void>;
  sendOctets(octets: Buffer): Promise<void>;
  cut(): Promise<void>;
  /** Lets everything run that needs no time. */
  settle(): Promise<void>;
}

export function aPeer(options: Partial<SessionOptions> & { message?: SessionListener['message'] } = {}): Peer {
  const [ours, theirs] = duplexPair();
  const clock = new VirtualClock();
  const heard: Pdu[] = [];
  let ended: string | null = null;
  const framing = new Framing();
  theirs.on('data', (chunk: Buffer) => framing.push(chunk, (octets) => heard.push(decodePdu(octets))));
  const session = new Session({
    socket: ours,
    window: 10,
    answerTimeoutMs: 5_000,
    enquireLinkMs: 30_000,
    clock,
    log: silentLog,
    listener: {
      message: options.message ?? (() => Promise.resolve()),
      roomGrew: () => undefined,
      ended: (why) => (ended = why),
    },
    ...options,
  });
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await clock.advance(0);
  };
  const sendOctets = async (octets: Buffer) => {
    theirs.write(octets);
    await settle();
  };
  return {
    session,
    clock,
    heard,
    ended: () => ended,
    settle,
    sendOctets,
    send: (pdu) => sendOctets(encodePdu(pdu)),
    cut: async () => {
      theirs.destroy();
      ours.destroy();
      await settle();
    },
  };
}

export async function aBoundPeer(options: Parameters<typeof aPeer>[0] = {}): Promise<Peer> {
  const peer = aPeer(options);
  const bound = peer.session.bind('bind_transceiver', { systemId: 'parley', password: 'secret', systemType: '' });
  await peer.settle();
  await peer.send({ command: 'bind_transceiver_resp', status: 0, sequence: 1, systemId: 'carrier', tlvs: noTlvs });
  if (!(await bound)) throw new Error('It was not bound.');
  peer.heard.length = 0;
  return peer;
}

export function aMessage(changes: Partial<ShortMessage> = {}): ShortMessage {
  return {
    command: 'deliver_sm',
    status: 0,
    sequence: 1,
    serviceType: '',
    source: { ton: 1, npi: 1, digits: '33612345678' },
    destination: noAddress,
    esmClass: 0,
    protocolId: 0,
    priority: 0,
    scheduleTime: '',
    validityPeriod: '',
    registeredDelivery: 0,
    replaceIfPresent: 0,
    dataCoding: 0,
    defaultMessageId: 0,
    shortMessage: Buffer.from('Hello'),
    tlvs: noTlvs,
    ...changes,
  };
}

export const aSubmit = (changes: Partial<ShortMessage> = {}): Submit => ({
  ...aMessage(changes),
  command: 'submit_sm',
});
